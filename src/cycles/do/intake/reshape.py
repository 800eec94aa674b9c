"""A raw table through its mapping: rows chosen, columns renamed, melted, brought into one form, derived. Every row stays accounted for."""

import difflib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, CyclesError, ProblemsError, some
from cycles.core.tables import LINE
from cycles.do.intake.derived import derive
from cycles.do.intake.distinct import replaced
from cycles.do.intake.mapping import Mapping, Names, RowsWhere, several
from cycles.do.intake.moments import read_days, read_moments
from cycles.do.intake.notation import read_numbers
from cycles.do.intake.patterns import compiled
from cycles.do.intake.raw import RawTable

OFTEN = 10
"""A label is quoted in a message only if at least this many rows hold it: a rarer text may be somebody's own words."""


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """The canonical text table. `excluded` counts raw rows left out by rule; `no_answer` counts melted rows without any value."""

    table: pd.DataFrame
    excluded: dict[str, int] = field(default_factory=dict)
    rows_mapped: int = 0
    no_answer: int = 0
    warnings: tuple[str, ...] = ()


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
        CY205, naming every column that the file lacks or has under two names; CY206 for labels without a code; CY228 and CY233 for
        dates and numbers that are not written as the mapping says.
    """
    found = _find_columns(raw.header, mapping, where)
    kept, excluded = _choose(raw.table, mapping, found)
    table = _rename(kept, mapping, found)
    table, no_answer = _melt(table, kept, mapping, found)
    table = _recode(table, mapping, where)
    table = _in_one_form(table, mapping, where)
    table, warnings = _derive(table, kept, mapping)
    canonical = table[[*mapping.canonical, LINE]].reset_index(drop=True)
    return Mapped(
        table=canonical, excluded=excluded, rows_mapped=len(kept), no_answer=no_answer, warnings=tuple(warnings)
    )


def _find_columns(header: tuple[str, ...], mapping: Mapping, where: str) -> dict[Names, str]:
    """Which column of the file each name of the mapping means: of several names the file has exactly one."""
    here = {names: [name for name in several(names) if name in header] for names in mapping.sources}
    missing = [_absent(names, header) for names, own in here.items() if not own]
    twice = [" and ".join(f"'{name}'" for name in own) for own in here.values() if len(own) > 1]
    problems: list[CyclesError] = []
    if missing:
        what = f"the file lacks {len(missing)} columns that the mapping names: {', '.join(missing)}"
        problems.append(ContractError(what, code="CY205", where=where))
    if twice:
        what = f"the file has {', '.join(twice)}, which the mapping takes for names of one column"
        fix = "Leave the name that is meant in the mapping."
        problems.append(ContractError(what, code="CY205", where=where, fix=fix))
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(problems)
    return {names: own[0] for names, own in here.items()}


def _absent(names: Names, header: tuple[str, ...]) -> str:
    said = " or ".join(f"'{name}'" for name in several(names))
    close = next(iter(difflib.get_close_matches(several(names)[0], header, n=1, cutoff=0.7)), None)
    return said + (f" (did you mean '{close}'?)" if close else "")


def _choose(table: pd.DataFrame, mapping: Mapping, found: dict[Names, str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Each row is left out by the first rule that does so, so that the counts add up."""
    counts: dict[str, int] = {}
    for rows, stays in [*((rows, False) for rows in mapping.exclude), *((rows, True) for rows in mapping.only)]:
        keep = _holds(table[found[rows.column]], rows) == stays
        counts[rows.rule] = counts.get(rows.rule, 0) + int((~keep).sum())
        table = table[keep]
    return table, {rule: n for rule, n in counts.items() if n}


def _holds(texts: pd.Series, rows: RowsWhere) -> np.ndarray:
    values = set(rows.values)
    if rows.pattern is not None:
        pattern = compiled(rows.pattern)
        values = {text for text in pd.unique(texts) if pattern.fullmatch(text)}
    return texts.isin(values).to_numpy(dtype=bool)


def _rename(kept: pd.DataFrame, mapping: Mapping, found: dict[Names, str]) -> pd.DataFrame:
    table = pd.DataFrame({name: kept[found[names]] for name, names in mapping.columns.items()}, index=kept.index)
    for name, text in mapping.constants.items():
        table[name] = pd.array([text] * len(table), dtype="str")
    return table.assign(**{LINE: kept[LINE]})


def _melt(
    table: pd.DataFrame, kept: pd.DataFrame, mapping: Mapping, found: dict[Names, str]
) -> tuple[pd.DataFrame, int]:
    if mapping.melt is None:
        return table, 0
    into = mapping.melt.into
    parts = [
        _melted(table, kept, {into: key}, {name: found[names] for name, names in columns.items()}, mapping.melted)
        for key, columns in mapping.waves.items()
    ]
    melted = pd.concat(parts)
    return melted, len(table) * len(parts) - len(melted)


def _melted(
    table: pd.DataFrame, kept: pd.DataFrame, key: dict[str, str], columns: dict[str, str], names: tuple[str, ...]
) -> pd.DataFrame:
    """One key's rows: those where the file holds anything for it."""
    wave = table.assign(**{into: pd.array([text] * len(table), dtype="str") for into, text in key.items()})
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
        recoded = recoded.assign(**{name: replaced(table[name], codes)})
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


def _in_one_form(table: pd.DataFrame, mapping: Mapping, where: str) -> pd.DataFrame:
    """Numbers, days and moments; what is none of them stays, for the contract to catch."""
    for name, notation in mapping.numbers.items():
        table = table.assign(**{name: read_numbers(table, name, notation, where=where)})
    for name, forms in mapping.dates.items():
        table = table.assign(**{name: read_days(table, name, forms, where=where)})
    for name, moment in mapping.moments.items():
        table = table.assign(**{name: read_moments(table, name, moment, where=where)})
    return table


def _derive(table: pd.DataFrame, kept: pd.DataFrame, mapping: Mapping) -> tuple[pd.DataFrame, list[str]]:
    warnings: list[str] = []
    for name, rule in mapping.derive.items():
        parts = [table[part] if part in table.columns else kept[part].loc[table.index] for part in rule.parts]
        made = derive(rule, parts)
        lost = (made == "") & (pd.concat(parts, axis=1) != "").all(axis=1)
        if lost.any():
            lines = some(table.loc[lost, LINE])
            warnings.append(f"CY226: nothing to take for '{name}' in {int(lost.sum()):,} rows: lines {lines}")
        table = table.assign(**{name: made})
    return table, warnings
