"""A raw table through its mapping: excluded, renamed, melted, recoded, dated, derived. Every row stays accounted for."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pandas as pd

from cycles.core.errors import ContractError, CyclesError, ProblemsError, some
from cycles.core.tables import LINE
from cycles.do.intake.mapping import Derive, Mapping
from cycles.do.intake.raw import RawTable

NO_ANSWER = "no_answer_in_wave"
OFTEN = 10
"""A label is quoted in a message only if at least this many rows hold it: a rarer text may be somebody's own words."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """The canonical text table. `excluded` counts raw rows left out by rule; `no_answer` counts wave rows without any value."""

    table: pd.DataFrame
    excluded: dict[str, int] = field(default_factory=dict)
    rows_mapped: int = 0
    no_answer: int = 0


def reshape(raw: RawTable, mapping: Mapping, *, where: str) -> Mapped:
    """Put a raw table through a mapping.

    Parameters
    ----------
    raw : what the adapter read
    mapping : the mapping file's content
    where : the source file's name, for messages

    Returns
    -------
    Mapped
        Columns `_line` and those the mapping makes, all text. Raw rows = `rows_mapped` + `excluded` + broken rows; with a melt
        the table has `rows_mapped` times the number of waves, less `no_answer`.

    Raises
    ------
    ContractError
        CY205, naming every column that the file lacks; CY206 for labels without a code.
    """
    _require_columns(raw, mapping, where)
    kept, excluded = _exclude(raw.table, mapping)
    table = _rename(kept, mapping)
    table, no_answer = _melt(table, kept, mapping)
    table = _recode(table, mapping, where)
    table = _date(table, mapping)
    table = _derive(table, kept, mapping)
    canonical = table[[*mapping.canonical, LINE]].reset_index(drop=True)
    return Mapped(table=canonical, excluded=excluded, rows_mapped=len(kept), no_answer=no_answer)


def _require_columns(raw: RawTable, mapping: Mapping, where: str) -> None:
    missing = [name for name in mapping.source_columns if name not in raw.header]
    if not missing:
        return
    hints = [(name, difflib.get_close_matches(name, raw.header, n=1, cutoff=0.7)) for name in missing]
    named = ", ".join(f"'{name}'" + (f" (did you mean '{close[0]}'?)" if close else "") for name, close in hints)
    raise ContractError(
        f"the file lacks {len(missing)} columns that the mapping names: {named}", code="CY205", where=where
    )


def _exclude(table: pd.DataFrame, mapping: Mapping) -> tuple[pd.DataFrame, dict[str, int]]:
    """Each row is left out by the first rule that names it, so that the counts add up."""
    counts: dict[str, int] = {}
    for exclusion in mapping.exclude:
        out = table[exclusion.column].isin(exclusion.values)
        counts[exclusion.rule] = counts.get(exclusion.rule, 0) + int(out.sum())
        table = table[~out]
    return table, {rule: n for rule, n in counts.items() if n}


def _rename(kept: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    table = pd.DataFrame({name: kept[source] for name, source in mapping.columns.items()}, index=kept.index)
    for name, text in mapping.constants.items():
        table[name] = pd.array([text] * len(table), dtype="str")
    return table.assign(**{LINE: kept[LINE]})


def _melt(table: pd.DataFrame, kept: pd.DataFrame, mapping: Mapping) -> tuple[pd.DataFrame, int]:
    if mapping.melt is None:
        return table, 0
    names = tuple(dict.fromkeys(name for wave in mapping.waves.values() for name in wave))
    parts = [_wave(table, kept, mapping.melt.into, key, columns, names) for key, columns in mapping.waves.items()]
    melted = pd.concat(parts)
    return melted, len(table) * len(parts) - len(melted)


def _wave(
    table: pd.DataFrame, kept: pd.DataFrame, into: str, key: str, columns: dict[str, str], names: tuple[str, ...]
) -> pd.DataFrame:
    wave = table.assign(**{into: pd.array([key] * len(table), dtype="str")})
    blank = pd.array([""] * len(table), dtype="str")
    for name in names:
        wave[name] = kept[columns[name]] if name in columns else blank
    answered = (wave[list(columns)] != "").any(axis=1)
    return wave[answered]


def _recode(table: pd.DataFrame, mapping: Mapping, where: str) -> pd.DataFrame:
    problems: list[CyclesError] = []
    recoded = table
    for name, codes in mapping.recode.items():
        known = table[name].isin([*codes, ""])
        if mapping.recode_others == "refuse" and not known.all():
            problems.append(_without_code(table.loc[~known, [name, LINE]], name, codes, where))
        recoded = recoded.assign(
            **{name: table[name].map(lambda label, codes=codes: codes.get(label, label)).astype("str")}
        )
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(problems)
    return recoded


def _without_code(unknown: pd.DataFrame, name: str, codes: dict[str, str], where: str) -> ContractError:
    counts = unknown[name].value_counts()
    quotable = [f"'{label}'" for label, n in counts.items() if n >= OFTEN and len(str(label)) <= 60]
    quoted = f" ({', '.join(quotable)})" if quotable else ""
    return ContractError(
        f"{len(counts)} labels of '{name}' have no code{quoted}; {len(unknown):,} rows hold them",
        code="CY206",
        where=f"{where}, lines {some(unknown[LINE])}",
        fix=f"Add each label under recode.{name} in the mapping; it has {len(codes)} now.",
    )


def _date(table: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Dates in the declared format become ISO dates; anything else stays as it is, for the contract to catch."""
    for name, form in mapping.dates.items():
        texts = pd.unique(table[name])
        parsed = pd.to_datetime(pd.Series(texts, dtype="str"), format=form, errors="coerce", exact=True)
        iso = dict(zip(texts, parsed.dt.strftime("%Y-%m-%d"), strict=True))
        dated = [text if pd.isna(iso[text]) else iso[text] for text in table[name]]
        table = table.assign(**{name: pd.array(dated, dtype="str")})
    return table


def _derive(table: pd.DataFrame, kept: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    for name, rule in mapping.derive.items():
        parts = [table[part] if part in table.columns else kept[part].loc[table.index] for part in rule.parts]
        combine = _sum if rule.sum is not None else _joiner(rule)
        values = [combine(texts) if all(texts) else "" for texts in zip(*parts, strict=True)]
        table = table.assign(**{name: pd.array(values, dtype="str")})
    return table


def _sum(texts: tuple[str, ...]) -> str:
    """An exact decimal sum; a part that is no number leaves a text that no cast accepts, so the row is set aside."""
    if not all(_NUMBER.match(text.strip()) for text in texts):
        return "+".join(texts)
    return format(sum((Decimal(text.strip()) for text in texts), Decimal(0)), "f")


def _joiner(rule: Derive) -> Callable[[tuple[str, ...]], str]:
    separator = rule.concat.separator if rule.concat else ""
    return separator.join
