"""SurveyMonkey CSV exports: a row of questions, blank while a question goes on, above a row of answer options."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.identifying import identifies, only_carried
from cycles.do.intake.item_text import alike, as_wanted, plain
from cycles.do.intake.positions import read_by_position
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading

RESPONDENT = frozenset(
    {"respondentid", "befragtenid", "iddelencuestado", "iddurépondant", "iddorespondente", "idrispondente"}
)
"""The first column, without spaces and signs, by the language of the account."""
_ONE_ANSWER = "Response | Open-Ended Response | Antwort | Offene Antwort | Respuesta | Respuesta abierta | Réponse | Réponse ouverte"
ONE_ANSWER = frozenset(_ONE_ANSWER.split(" | "))
"""Options that only say that the question has one answer."""


@ADAPTERS.register("surveymonkey", table="responses")
def surveymonkey(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    r"""Read a SurveyMonkey CSV export of all responses.

    Parameters
    ----------
    path : the export, with its two header rows
    columns : the columns that a mapping reads; other quotes, spaces or punctuation at the end do not matter
    reading : what the mapping declares about the file

    Returns
    -------
    RawTable
        One row per response, its columns called ``Question | Option``, or ``Question`` when the option only says "Response". Ids of
        respondents and collectors are carried; the IP address, names, the e-mail address and custom data only if in `columns`.

    Raises
    ------
    ContractError
        CY202 when the two header rows are not those of SurveyMonkey, CY204 when two columns get the same name, and what delimited text
        may raise.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "monkey.csv"
    >>> _ = file.write_text("Respondent ID,IP Address,I feel safe,\n,,At school,On the way\n1001,203.0.113.9,4,5\n")
    >>> surveymonkey(file).table.to_dict("records")
    [{'Respondent ID': '1001', 'I feel safe | At school': '4', 'I feel safe | On the way': '5', '_line': 3}]
    """
    path = Path(path)
    raw, questions = read_by_position(file_bytes(path), where=path.name, reading=reading)
    header = _names(questions, _options(raw, questions, path.name))
    _refuse_names_twice(header, path.name)
    answers = raw.table.iloc[1:].reset_index(drop=True)
    wanted = None if columns is None else list(columns)
    names = as_wanted([name for name in header if name], wanted, where=path.name)
    named = {f"c{number}": names[name] for number, name in enumerate(header, 1) if name}
    read = dataclasses.replace(
        raw,
        table=answers[[*named, LINE]].rename(columns=named),
        header=tuple(names.get(name, name) for name in header),
        rows_raw=raw.rows_raw - 1,
        facts={**raw.facts, "header_rows": 2, "warnings": [*raw.facts["warnings"], *_unnamed(answers, header)]},
    )
    return as_promised(only_carried(read, wanted, identifying=_identifies), path, reading)


def _options(raw: RawTable, questions: list[str], where: str) -> list[str]:
    """The second header row, which says nothing below the respondent's id."""
    options = [plain(str(text)) for text in raw.table.iloc[0].drop(LINE)] if len(raw.table) else []
    if not options or _letters(questions[0]) not in RESPONDENT or options[0]:
        raise ContractError(
            "the two header rows are not those of a SurveyMonkey export",
            code="CY202",
            where=where,
            fix="Export all responses from SurveyMonkey as CSV, or use the adapter csv.",
        )
    return options


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalpha())


def _names(questions: list[str], options: list[str]) -> list[str]:
    names, question = [], ""
    for text, option in zip(map(plain, questions), options, strict=True):
        question = text or question
        one_answer = alike(option) in ONE_ANSWER
        names.append(text if not option else question if one_answer else f"{question} | {option}")
    return names


def _refuse_names_twice(header: list[str], where: str) -> None:
    twice = [position + 1 for position, name in enumerate(header) if name and name in header[:position]]
    if twice:
        raise ContractError(
            f"{len(twice)} columns have the question and option of another one",
            code="CY204",
            where=f"{where}, columns number {some(twice)}",
        )


def _identifies(name: str) -> bool:
    return identifies(name) or _letters(name).startswith("customdata")


def _unnamed(answers: pd.DataFrame, header: list[str]) -> list[str]:
    """Columns without a question and an option are not read; if they hold anything, that is said."""
    lost = [number for number, name in enumerate(header, 1) if not name and (answers[f"c{number}"] != "").any()]
    return [f"CY226: columns without a name hold values and are not read: number {some(lost)}"] if lost else []
