"""Run charts: points in time around their median, and two rules for "more than chance".

Anhoej and Olesen (2014). Run charts revisited: a simulation study of run chart rules for detection of non-random variation in health
care processes. PLoS ONE 9(11), e113825. doi:10.1371/journal.pone.0113825
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError
from cycles.core.phrases import amount
from cycles.core.vocabulary import Chart, SeriesBreak
from cycles.study.charts.parts import break_sentences, breaks_within, main_part, part_names, part_of, phases
from cycles.study.charts.sentences import MIN_POINTS, describe, signal_sentences

FALSE_SIGNALS = "1 to 4 in 100 series that vary only by chance show a signal (12 to 36 points)"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """The two rules and what they saw. `n_useful` points do not lie on the median."""

    n_useful: int
    longest_run: int
    longest_run_limit: int
    crossings: int
    crossings_limit: int

    @property
    def shifted(self) -> bool:
        """The longest run is longer than chance would let it be."""
        return self.n_useful >= MIN_POINTS and self.longest_run > self.longest_run_limit

    @property
    def sticky(self) -> bool:
        """The median is crossed less often than chance would have it."""
        return self.n_useful >= MIN_POINTS and self.crossings < self.crossings_limit


def run_chart(
    values: pd.DataFrame,
    *,
    change_on: date | None = None,
    measure: str,
    unit: str,
    weight: Literal["n", "equal"] = "n",
    breaks: Iterable[SeriesBreak] = (),
) -> Chart:
    r"""Points over time around their median, with the longest run and the crossings told in words.

    A run longer than :math:`\text{round}(\log_2 n) + 3`, or fewer crossings than the 5% point of a binomial with
    :math:`n - 1` tries of one half, is more than chance would give; :math:`n` counts the points that are not on the median.

    Parameters
    ----------
    values : DataFrame, one row per point, or an indicator by week or month
        `period` (date), `value`, `n` (people behind the point); or `student_id, period, value, n` as :func:`cycles.indicator`
        returns it, summed up to one point a period.
    change_on : the day the change started; it and breaks are all that makes phases
    measure, unit : what the values are, for the sentences
    weight : with an indicator, "n" divides the sum of numerators by the sum of denominators; "equal" takes the mean over students
    breaks : series breaks; those of this measure that lie between two points are used

    Returns
    -------
    Chart
        `points` (`period, value, n, phase`), `center` (median of each phase), `signals` (sentences), `text`, and `facts`: the
        numbers of the two rules, the medians and their difference in the unit and in percent, and how often such rules
        are wrong. With breaks, the numbers of the rules are those of the part that holds the change, or else of the last part.

    Raises
    ------
    ContractError
        CY211 for missing columns.
    ParameterError
        CY105 when a phase is asked for and the periods are not dates.

    Notes
    -----
    The two rules look at all points together against one median; phases (`before`, `after`, the latter from the first period that begins on
    or after `change_on`) only describe. At a series break the chart starts anew: each part has phases, a median and the two rules of its
    own, and a change that starts in one part is compared with what was before it in that part only. Points without a value are left out and
    counted. Below ten useful points no signal is given. Not for counts of rare events, nor for very few people a point: the small numbers
    alone make the points jump.

    Examples
    --------
    >>> weeks = pd.DataFrame({"period": pd.date_range("2026-09-07", periods=12, freq="W-MON"), "value": [3.0] * 6 + [5.0] * 6, "n": 30})
    >>> chart = run_chart(weeks, change_on=date(2026, 10, 19), measure="belonging", unit="points")
    >>> chart.center, chart.facts["longest_run"], chart.facts["crossings"]
    ({'before': 3.0, 'after': 5.0}, 6, 1)
    """
    points, n_missing = _points(values, weight)
    used = breaks_within(breaks, points["period"], measure=measure)
    part = part_of(points["period"], used)
    after = _after(points["period"], change_on)
    points = points.assign(phase=pd.Series(phases(part, after, used), index=points.index, dtype="str"))
    center = {str(phase): float(rows.median()) for phase, rows in points.groupby("phase", sort=False)["value"]}
    parts = [points[part == number] for number in range(len(used) + 1)]
    runs = [anhoej(one["value"].to_numpy()) for one in parts]
    found = [signal_sentences(seen, one) for seen, one in zip(runs, parts, strict=True)]
    main = main_part(part, after)
    facts = {
        **asdict(runs[main]),
        **_facts(parts[main], center),
        "n_missing": n_missing,
        "false_signals": FALSE_SIGNALS,
    }
    told = describe(parts[main], facts=facts, signals=found[main], measure=measure, unit=unit)
    levels = {phase: amount(median, unit) for phase, median in center.items()}
    anew = break_sentences(used, center, levels, about=part_names(used)[main])
    return Chart(
        kind="run",
        measure=measure,
        unit=unit,
        points=points,
        center=center,
        change_on=change_on,
        signals=_all_signals(found, used),
        breaks=used,
        text=" ".join([told, *anew]),
        facts=facts,
    )


def anhoej(values: np.ndarray) -> Runs:
    """Longest run and crossings around the median, and their limits.

    Parameters
    ----------
    values : the points in order, none missing

    Examples
    --------
    >>> anhoej(np.array([1.0, 5, 1, 5, 1, 5, 1, 5, 1, 5])).crossings
    9
    """
    above = _sides(np.asarray(values, dtype=float))
    if len(above) == 0:
        return Runs(n_useful=0, longest_run=0, longest_run_limit=0, crossings=0, crossings_limit=0)
    changes = np.flatnonzero(np.diff(above.astype(int)) != 0) + 1
    lengths = np.diff(np.concatenate([[0], changes, [len(above)]]))
    longest, fewest = limits(len(above))
    return Runs(
        n_useful=len(above),
        longest_run=int(lengths.max()),
        longest_run_limit=longest,
        crossings=len(changes),
        crossings_limit=fewest,
    )


def limits(n_useful: int) -> tuple[int, int]:
    """The longest run and the fewest crossings that chance would still give.

    >>> limits(24)
    (8, 8)
    """
    from scipy.stats import binom

    return round(float(np.log2(n_useful))) + 3, int(binom.ppf(0.05, n_useful - 1, 0.5))


def _sides(values: np.ndarray) -> np.ndarray:
    """Which side of the median each point is on, points on the median dropped (to within rounding)."""
    if len(values) == 0:
        return np.zeros(0, dtype=bool)
    distance = values - np.median(values)
    off = np.abs(distance) > 1e-12 * max(1.0, float(np.abs(values).max()))
    return distance[off] > 0


def _points(values: pd.DataFrame, weight: str) -> tuple[pd.DataFrame, int]:
    """One row per period, in order; and how many periods have no value."""
    missing = [column for column in ("period", "value", "n") if column not in values]
    if missing:
        raise ContractError(f"the values have no column {', '.join(missing)}", code="CY211", where="run chart")
    table = _summed(values, weight) if "student_id" in values else values[["period", "value", "n"]]
    table = table.assign(value=table["value"].astype("Float64").astype(float)).sort_values(
        "period", kind="stable", ignore_index=True
    )
    present = table["value"].notna()
    return table[present].reset_index(drop=True), int((~present).sum())


def _summed(values: pd.DataFrame, weight: str) -> pd.DataFrame:
    """Ratio of sums over students, or their plain mean; `n` is the number of students with a value."""
    rows = values.dropna(subset=["value"])
    weights = rows["n"].astype(float) if weight == "n" else pd.Series(1.0, index=rows.index)
    parts = pd.DataFrame(
        {
            "period": rows["period"],
            "top": rows["value"].astype(float) * weights,
            "bottom": weights,
            "student_id": rows["student_id"],
        }
    )
    sums = parts.groupby("period", as_index=False).agg(
        top=("top", "sum"), bottom=("bottom", "sum"), n=("student_id", "nunique")
    )
    sums = sums[sums["bottom"] > 0]
    return sums.assign(value=sums["top"] / sums["bottom"])[["period", "value", "n"]]


def _after(periods: pd.Series, change_on: date | None) -> np.ndarray | None:
    """Which periods begin on or after the day of the change; None when there is no such day."""
    if change_on is None:
        return None
    if not pd.api.types.is_datetime64_any_dtype(periods):
        try:
            periods = pd.to_datetime(periods, format="ISO8601")
        except (ValueError, TypeError):
            raise ParameterError(
                "phases need periods that are dates", code="CY105", where="run chart, change_on"
            ) from None
    return (periods >= pd.Timestamp(change_on)).to_numpy(dtype=bool)


def _all_signals(found: list[tuple[str, ...]], breaks: tuple[SeriesBreak, ...]) -> tuple[str, ...]:
    """The signals of every part; with breaks, each says of which."""
    if not breaks:
        return found[0]
    named = zip(part_names(breaks), found, strict=True)
    return tuple(f"{name[0].upper()}{name[1:]}: {one}" for name, several in named for one in several)


def _facts(points: pd.DataFrame, center: dict[str, float]) -> dict[str, float | int | None]:
    """The numbers behind the sentences; a change in percent only where the earlier median is not zero."""
    median = float(points["value"].median()) if len(points) else None
    facts: dict[str, float | int | None] = {"n_points": len(points), "median": median}
    if {"before", "after"} <= set(points["phase"]):
        before, after = center["before"], center["after"]
        facts |= {"before": before, "after": after, "difference": after - before}
        facts["percent_change"] = 100 * (after - before) / abs(before) if before else None
    return facts
