"""LimeSurvey response exports: CSV with question codes or texts as headings, and the data file of the R export with its syntax."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.beside import beside
from cycles.do.intake.choices import outside_choices
from cycles.do.intake.fingerprint import file_bytes, fingerprint
from cycles.do.intake.identifying import only_carried
from cycles.do.intake.item_text import as_wanted, plain
from cycles.do.intake.positions import read_by_position
from cycles.do.intake.promise import as_promised
from cycles.do.intake.r_syntax import Syntax, read_syntax
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.sniff import decode

_FIRST = """id | response id | antwort id | antwort-id | antwoord id | antwoord-id | reactie-id | id de respuesta | id de la respuesta
 | id de réponse | id de la réponse | id da resposta | id risposta | id odpowiedzi"""
_SUBMITTED = """submitdate | date submitted | datum abgeschickt | abgeschickt | datum inzending | fecha de envío | fecha de entrega
 | date de soumission | data de envio | data di invio"""
FIRST = frozenset(name.strip() for name in _FIRST.split("|"))
SUBMITTED = frozenset(name.strip() for name in _SUBMITTED.split("|"))
"""What the columns of the response's id and of its completion are called, in small letters, by code and by language."""

Said = TypeVar("Said", str, dict[str, str])


@ADAPTERS.register("limesurvey", table="responses")
def limesurvey(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    r"""Read the responses of a LimeSurvey survey.

    Parameters
    ----------
    path : the CSV export of responses, or the data file of the R export
    columns : the columns that a mapping reads: codes such as ``G1Q1[SQ001]``, or question texts (other quotes, spaces or punctuation
        at the end do not matter); the second of two columns with one heading is called ``heading (column 12)``
    reading : `beside` names the syntax file of the R export, from which names, texts and labels are taken (it is never run)

    Returns
    -------
    RawTable
        One row per response, incomplete ones among them. Columns that identify a person (IP address, names, e-mail) are dropped unless
        in `columns`. `facts`: `incomplete` (responses without a date of submission, or None), `dropped`; `labels` and `item_text`
        (of the syntax file), `beside`. Values without a label are counted in a CY218 warning.

    Raises
    ------
    ParameterError
        CY104 when the syntax file is not where the mapping says.
    ContractError
        CY202 when the file is the structure of a survey, or no export of LimeSurvey; CY204 when a mapping names a heading that stands
        several times; CY205 when the syntax names more columns than the file has; and what delimited text may raise.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "results.csv"
    >>> _ = file.write_text('"id","submitdate","ipaddr","Q1[SQ001]"\n"7","2026-09-21","203.0.113.9","A2"\n"8","","203.0.113.9",""\n')
    >>> read = limesurvey(file)
    >>> read.table["Q1[SQ001]"].tolist(), read.facts["incomplete"], read.facts["dropped"]
    (['A2', ''], 1, ['ipaddr'])
    """
    path = Path(path)
    syntax, of_syntax = _syntax(beside(path, reading))
    raw, headings = read_by_position(file_bytes(path), where=path.name, reading=reading)
    _refuse_a_structure(headings, path.name)
    _require_responses(headings, syntax, path.name)
    wanted = None if columns is None else list(columns)
    header, told_apart = _header(headings, syntax, wanted, path.name)
    names = as_wanted([name for name in header if name], wanted, where=path.name)
    named = {f"c{number}": names[name] for number, name in enumerate(header, 1) if name}
    read = dataclasses.replace(
        raw,
        table=raw.table[[*named, LINE]].rename(columns=named),
        header=tuple(names.get(name, name) for name in header),
    )
    kept = only_carried(read, wanted)
    labels = _by_name(syntax.labels, named, kept.table.columns)
    texts = _by_name(syntax.item_text, named, kept.table.columns)
    facts = {"incomplete": _incomplete(raw.table, header), "labels": labels, "item_text": texts, **of_syntax}
    warnings = [*raw.facts["warnings"], *told_apart, *outside_choices(kept.table, labels)]
    return as_promised(dataclasses.replace(kept, facts={**kept.facts, **facts, "warnings": warnings}), path, reading)


def _syntax(path: Path | None) -> tuple[Syntax, dict[str, Any]]:
    """What the syntax file says, and which file it is."""
    if path is None:
        return Syntax(), {}
    data = file_bytes(path)
    of_syntax = {"beside": {"file": path.name, "sha256": fingerprint(data)}}
    return read_syntax(decode(data, where=path.name).content), of_syntax


def _refuse_a_structure(headings: list[str], where: str) -> None:
    if {"class", "type/scale", "relevance"} <= set(headings):
        raise ContractError(
            "the file is the structure of a LimeSurvey survey, not its responses",
            code="CY202",
            where=where,
            fix="Export the responses: Responses, Export, CSV.",
        )


def _require_responses(headings: list[str], syntax: Syntax, where: str) -> None:
    if syntax.names and max(syntax.names) > len(headings):
        raise ContractError(
            f"the syntax file names {max(syntax.names)} columns, the data file has {len(headings)}",
            code="CY205",
            where=where,
            fix="Export data and syntax again, in one go.",
        )
    if not syntax.names and not FIRST & {heading.casefold() for heading in headings}:
        raise ContractError(
            "no column is the id of a LimeSurvey response",
            code="CY202",
            where=where,
            fix="Export the responses with the response id, name the R syntax under reading.beside, or use the adapter csv.",
        )


def _header(headings: list[str], syntax: Syntax, wanted: list[str] | None, where: str) -> tuple[list[str], list[str]]:
    """The names of the syntax, or the headings; headings that stand several times are told apart by their column number."""
    said = [syntax.names.get(number, plain(heading)) for number, heading in enumerate(headings, 1)]
    times = Counter(said)
    twice = [number for number, name in enumerate(said, 1) if name and times[name] > 1]
    asked = [name for name in wanted or () if times[name] > 1]
    if asked:
        raise ContractError(
            f"{len(asked)} headings that the mapping names stand several times in the file",
            code="CY204",
            where=f"{where}, columns number {some(number for number in twice if said[number - 1] in asked)}",
            fix="Export with question codes as headings, or write 'heading (column N)' in the mapping.",
        )
    header = [f"{name} (column {number})" if number in set(twice) else name for number, name in enumerate(said, 1)]
    shown = f"CY204: headings that stand several times are called by their column number: {some(twice)}"
    return header, [shown] if twice else []


def _incomplete(table: pd.DataFrame, header: list[str]) -> int | None:
    found = next((number for number, name in enumerate(header, 1) if name.casefold() in SUBMITTED), None)
    return None if found is None else int((table[f"c{found}"].str.strip() == "").sum())


def _by_name(said: dict[int, Said], named: dict[str, str], kept: Iterable[str]) -> dict[str, Said]:
    """What the syntax says of the columns carried, by their names."""
    by_name = {named[f"c{number}"]: one for number, one in said.items() if f"c{number}" in named}
    return {name: by_name[name] for name in kept if name in by_name}
