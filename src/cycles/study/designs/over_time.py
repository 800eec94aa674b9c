"""Panels over time: a measure of each school, classroom, student or published site in each period, in order."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.periods import crosses, period_key
from cycles.core.vocabulary import SeriesBreak, SeriesPanel
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.plan.design import SeriesSpec
from cycles.study.designs.cohort import UNIT_KEYS
from cycles.study.designs.crossing import breaks_of
from cycles.study.designs.measuring import facts_of, responses_of
from cycles.study.designs.series_frames import as_series
from cycles.study.indicators import INDICATORS, indicator
from cycles.study.scoring import score

if TYPE_CHECKING:
    from cycles.do.collection import Tables

EVERYBODY = "all"
NAMES = {"school_id": "school", "classroom_id": "classroom", "student_id": "student", "site_id": "site", "all": "arm"}
"""What a series is called, by whose values make it."""

DATED = ("day", "week", "month")
"""Periods that are counted by the calendar; terms and years have names."""


def build_series(cycle: Cycle, tables: "Tables", *, measure: str) -> SeriesPanel:
    """The panel over time of one measure, as `design.series` asks for it.

    Parameters
    ----------
    cycle : the cycle; its design is one over time
    tables : the validated tables
    measure : name of an outcome, balancing or process measure

    Returns
    -------
    SeriesPanel
        Periods after the decision date are left out. `sd` is the spread of single students before the change; of published
        figures, what the file says.

    Raises
    ------
    DesignError
        CY301 when a table or a column is missing, CY310 for periods that the measure does not have.

    Notes
    -----
    A series is of whoever was there in each period (an open cohort): the ratio of sums over its students, or the plain mean where each
    student's value is yes or no. Students whom no arm names are left out and counted.
    """
    spec, wanted = cycle.measures.all[measure], _wanted(cycle)
    if spec.published is not None:
        rows, notes, sd = _published(spec, wanted, cycle, tables)
    else:
        rows, notes, sd = _of_students(spec, wanted, cycle, tables)
    facts = facts_of(spec, tables)
    contrast = cycle.design.contrast
    panel = as_series(
        rows,
        measure=measure,
        value="value",
        time="period",
        series="series",
        started="started" if wanted.starts == "arms" else _start(cycle, wanted),
        arm="arm",
        n="n",
        change=contrast.change,
        comparison=contrast.comparison,
        outcome_unit=facts["unit"],
        every=wanted.every,
        cycle_length=wanted.cycle_length,
        design=cycle.design.kind,
        series_name=NAMES[wanted.by],
        higher_is=facts["higher_is"],  # type: ignore[arg-type]
        sd=sd,
    )
    return _with_breaks(panel, breaks_of(measure, spec, tables), notes)


def _wanted(cycle: Cycle) -> SeriesSpec:
    assert cycle.design.series is not None, "a design over time has its series"
    return cycle.design.series


def _start(cycle: Cycle, wanted: SeriesSpec) -> object:
    """The day the change started, as the periods are written."""
    return pd.Timestamp(cycle.started_on) if wanted.every in DATED else cycle.started_on.isoformat()


def _published(
    spec: MeasureSpec, wanted: SeriesSpec, cycle: Cycle, tables: "Tables"
) -> tuple[pd.DataFrame, list[str], float | None]:
    """The figures of each site; days become weeks or months by the people behind them."""
    if "site_measures" not in tables.by_table:
        raise DesignError("published figures need a source of the table 'site_measures'", code="CY301", where="sources")
    table = tables.by_table["site_measures"]
    rows = table[table["measure"] == spec.published].rename(columns={"site_id": "series"})
    if rows.empty:
        raise DesignError(f"no published figure is called '{spec.published}'", code="CY301", where="measures")
    last = period_key(cycle.decide.on)
    rows = rows[[period_key(period) <= last for period in rows["period"]]]
    n = pd.to_numeric(rows["n"]) if "n" in rows else pd.Series(np.nan, index=rows.index)
    rows = rows.assign(
        n=n.astype("Float64").astype(float), value=pd.to_numeric(rows["value"]).astype("Float64").astype(float)
    )
    if wanted.every in DATED:
        rows = _by_calendar(rows, wanted.every)
    rows = rows.assign(series=EVERYBODY) if wanted.by == "all" else rows
    placed, notes = _in_arms(rows, wanted, cycle, tables, key="series", kinds=("school",))
    return placed[["series", "period", "value", "n", "arm", "started"]], notes, spec.sd


def _by_calendar(rows: pd.DataFrame, every: str) -> pd.DataFrame:
    days = pd.to_datetime(rows["period"], errors="coerce", format="ISO8601")
    if days.isna().any():
        raise DesignError(f"published periods are not dates, and the design wants one value a {every}", code="CY310")
    starts = days.dt.to_period({"day": "D", "week": "W-SUN", "month": "M"}[every]).dt.start_time
    known = rows.assign(period=starts)[rows["value"].notna()]
    weight = known["n"] if known["n"].notna().all() else 1.0
    parts = known.assign(weight=weight, top=known["value"] * weight)
    sums = parts.groupby(["series", "period"], as_index=False).agg(
        top=("top", "sum"), bottom=("weight", "sum"), n=("n", "max")
    )
    return sums.assign(value=sums["top"] / sums["bottom"])


def _of_students(
    spec: MeasureSpec, wanted: SeriesSpec, cycle: Cycle, tables: "Tables"
) -> tuple[pd.DataFrame, list[str], float | None]:
    """The values of single students, gathered into series."""
    if wanted.by == "site_id":
        raise DesignError("sites have published figures only; a series of students is by school", code="CY310")
    values = _values(spec, wanted.every, cycle, tables)
    roster = _needed(tables, "students")
    key = "student_id" if wanted.by in ("student_id", "all") else wanted.by
    if key not in roster:
        raise DesignError(f"the roster has no column '{key}'", code="CY301", where="design.series")
    columns = list(dict.fromkeys(["student_id", key, *(one for one in UNIT_KEYS.values() if one in roster)]))
    rows = values.merge(roster[columns].drop_duplicates("student_id"), on="student_id", how="inner")
    placed, notes = _in_arms(rows, wanted, cycle, tables, key=key, kinds=tuple(UNIT_KEYS))
    placed = placed.assign(series=_series_of(placed, wanted))
    plain = bool(placed["value"].dropna().isin([0.0, 1.0]).all())
    weighted = placed["value"] * placed["n"]
    parts = placed.assign(top=placed["value"] if plain else weighted, bottom=1.0 if plain else placed["n"])
    groups = parts.dropna(subset=["value"]).groupby(["series", "period", "arm"], as_index=False)
    sums = groups.agg(
        top=("top", "sum"), bottom=("bottom", "sum"), n=("student_id", "nunique"), started=("started", "first")
    )
    sums = sums[sums["bottom"] > 0]
    return (
        sums.assign(value=sums["top"] / sums["bottom"]),
        notes,
        _spread(spec, cycle, tables, set(placed["student_id"])),
    )


def _values(spec: MeasureSpec, every: str, cycle: Cycle, tables: "Tables") -> pd.DataFrame:
    """`student_id, period, value, n` of every period."""
    if spec.scale:
        found = score(
            responses_of(spec, tables), instrument=tables.instrument(str(spec.instrument)), scale=spec.scale_name
        )
        return found.rename(columns={"respondent_id": "student_id", "wave": "period", "score": "value"}).assign(n=1.0)
    name, until = str(spec.indicator), cycle.decide.on
    if every in ("week", "month"):
        return indicator(name, tables.by_table, by=every, until=until, **spec.options)  # type: ignore[arg-type]
    totals = tables.by_table.get("attendance_totals")
    if totals is None or "attendance_totals" not in INDICATORS.facts(name)["needs"]:
        raise DesignError(f"{name} has no value for each {every}: its records give weeks and months", code="CY310")
    periods = sorted(totals["period"].dropna().unique(), key=period_key)
    return pd.concat(
        [indicator(name, tables.by_table, by="window", period=str(one), **spec.options) for one in periods]
    )


def _in_arms(
    rows: pd.DataFrame, wanted: SeriesSpec, cycle: Cycle, tables: "Tables", *, key: str, kinds: tuple[str, ...]
) -> tuple[pd.DataFrame, list[str]]:
    """The rows with the arm and the start of each: from `members`, from the table of arms, or all of them in the change."""
    contrast = cycle.design.contrast
    if wanted.members:
        arms = {one: arm for arm, ids in wanted.members.items() for one in ids}
        others = contrast.comparison if contrast.comparison not in wanted.members else None
        placed = rows.assign(arm=rows[key].astype(str).map(arms), started=None)
        placed["arm"] = placed["arm"].where(placed["arm"].notna(), others)
    elif "arms" in tables.by_table:
        placed = _by_table_of_arms(rows, tables.by_table["arms"], key=key, kinds=kinds)
    elif contrast.comparison is None:
        placed = rows.assign(arm=contrast.change, started=None)
    else:
        raise DesignError(
            "nothing says which series had the change: no table of arms, no `series.members`", code="CY301"
        )
    outside = placed["arm"].isna()
    out = placed.loc[outside, key].nunique()
    notes = [f"{out:,} {NAMES.get(key, 'serie')}s are in no arm and are left out."] if out else []
    return placed[~outside], notes


def _by_table_of_arms(rows: pd.DataFrame, arms: pd.DataFrame, *, key: str, kinds: tuple[str, ...]) -> pd.DataFrame:
    """Each row's arm by its student, classroom or school, whichever the table of arms names."""
    arms = arms if "started_on" in arms else arms.assign(started_on=None)
    placed = rows.assign(arm=None, started=None)
    for kind, group in arms[arms["unit_kind"].isin(kinds)].groupby("unit_kind"):
        column = key if key == "series" else UNIT_KEYS[str(kind)]
        if column not in placed:
            continue
        named = group.drop_duplicates("unit_id").set_index(group.drop_duplicates("unit_id")["unit_id"].astype(str))
        ids = placed[column].astype(str)
        placed["arm"] = placed["arm"].where(placed["arm"].notna(), ids.map(named["arm"]))
        placed["started"] = placed["started"].where(placed["started"].notna(), ids.map(named["started_on"]))
    return placed


def _series_of(placed: pd.DataFrame, wanted: SeriesSpec) -> pd.Series:
    """The name of each row's series; a school with students in several arms is a series in each."""
    if wanted.by == "all":
        return placed["arm"].astype(str)
    names = placed[wanted.by].astype(str)
    if wanted.by == "classroom_id" and "school_id" in placed:
        names = placed["school_id"].astype(str) + "/" + names
    several = placed.groupby(names)["arm"].transform("nunique") > 1
    return names.where(~several, names + " (" + placed["arm"].astype(str) + ")")


def _needed(tables: "Tables", name: str) -> pd.DataFrame:
    if name not in tables.by_table:
        raise DesignError(f"the design needs a source of the table '{name}'", code="CY301", where="sources")
    return tables.by_table[name]


def _spread(spec: MeasureSpec, cycle: Cycle, tables: "Tables", students: set[str]) -> float | None:
    """The standard deviation of single students over the time before the change; None where it is not seen."""
    if not spec.indicator or "attendance_totals" in tables.by_table:
        return None
    before = indicator(
        spec.indicator, tables.by_table, by="window", until=cycle.started_on - timedelta(days=1), **spec.options
    )
    values = before.loc[before["student_id"].isin(students), "value"].dropna()
    sd = float(values.std()) if len(values) > 1 else 0.0
    return sd if np.isfinite(sd) and sd > 0 else None


def _with_breaks(panel: SeriesPanel, known: tuple[SeriesBreak, ...] | None, notes: list[str]) -> SeriesPanel:
    """The panel with the breaks between its first and last period with a value."""
    seen = panel.table.dropna(subset=["value"]).sort_values("time")["period"]
    inside = known
    if known and len(seen):
        inside = tuple(one for one in known if crosses(one.at, before=seen.iloc[0], after=seen.iloc[-1]))
    return replace(panel, breaks=inside, notes=(*notes, *panel.notes))
