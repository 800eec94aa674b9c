"""One case, or a few, before a change and under it: how far the two phases overlap.

Parker, R. I., & Vannest, K. (2009). An improved effect size for single-case research: nonoverlap of all pairs. Behavior Therapy, 40(4),
357-367. doi:10.1016/j.beth.2008.10.006
Tarlow, K. R. (2017). An improved rank correlation effect size statistic for single-case designs: baseline corrected Tau. Behavior
Modification, 41(4), 427-467. doi:10.1177/0145445516676750
Pustejovsky, J. E. (2018). Using response ratios for meta-analyzing single-case designs with behavioral outcomes. Journal of School
Psychology, 68, 99-112. doi:10.1016/j.jsp.2018.02.003
What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, chapter VI.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.phrases import is_share
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference import single_case as indices
from cycles.study.inference.arm_model import versions
from cycles.study.inference.estimability import is_constant
from cycles.study.inference.single_case import Phases, Scale
from cycles.study.inference.two_phases import Case, cases_of

FEWEST_POINTS, ENOUGH_POINTS = 3, 5
"""Points that a phase needs to be reviewed with reservations, and without, by the standards of the What Works Clearinghouse."""

ENOUGH_ALTOGETHER = 12
"""With fewer points of both phases together the interval holds the truth less often than it claims (tests/recovery)."""

ATTEMPTS = 3
"""Times at which an effect must be shown before these standards speak of one: cases that began at different times, or phases."""

ORDER = ("tau", "nap", "tau_u", "tau_bc", "tau_bc_kendall", "pnd", "pem", "smd", "lrri", "lrrd")


class Options(Model):
    """`scale` says that zero means none, which the log response ratios need; "auto" takes only shares to be on such a scale."""

    scale: Literal["auto", "none", "count", "rate", "proportion", "percentage"] = "auto"


@ESTIMATORS.register("single_case", series=True, options=Options)
def single_case(panel: SeriesPanel, *, level: float = 0.95, options: Options | None = None) -> Estimate:
    r"""Compare every value before the change with every value under it, case by case.

    .. math:: \text{Tau} = 2\,\text{NAP} - 1, \quad
              \text{NAP} = \frac{\#\{b \text{ better than } a\} + \tfrac12 \#\{b = a\}}{m n}

    Parameters
    ----------
    panel : SeriesPanel
        Phase A is what lies before `started`, phase B the rest; a case is a series in which the change began.
    level : coverage of the intervals
    options : Options
        `scale` ("auto", "none", "count", "rate", "proportion", "percentage") of the values, for the log response ratios.

    Returns
    -------
    Estimate
        `value` is Tau, from -1 (every pair got worse) to 1 (every pair got better), whichever direction is better. `coefficients` has `tau,
        nap, tau_u` (adjusted for the trend of A), `tau_bc` (less the Theil-Sen trend of A), `tau_bc_kendall` (the same as Kendall's
        tau-b), `pnd, pem, smd` (by the standard deviation of A), `lrri, lrrd`, those with a standard error where one is known. Of several
        cases, the means over cases. `n` counts the people behind them. "degraded" (CY321) where no case has more than three or four
        points in a phase (where some have, the others are left out and counted), or where one has fewer than twelve in both.

    Raises
    ------
    DesignError
        CY302 when the change began in no series, CY321 with fewer than three points in a phase, CY304 when no value differs;
        :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    No effect of the change: one case before and after shows a difference between two phases. Standard errors and intervals take the points
    as independent of one another; most series are not, and they are too short then. Tau-U has no standard error of its own, and that of
    Tau-BC does not count what is not known of the trend. Not for sd-based decisions: Tau is not in the measure's unit.

    Examples
    --------
    >>> from cycles.study.designs import as_series
    >>> frame = pd.DataFrame({"day": range(13), "words": [20, 20, 26, 25, 22, 23, 28, 25, 24, 27, 30, 30, 29]})
    >>> panel = as_series(frame, measure="words", value="words", time="day", started=6, change="coaching", series_name="student")
    >>> from cycles.study.estimators import estimate
    >>> found = estimate(panel, estimator="single_case")
    >>> round(found.value, 6), round(found.coefficients.set_index("term").value["nap"], 6), found.n
    (0.833333, 0.916667, 1)
    """
    options = options or Options()
    cases, left_out = _usable(cases_of(panel))
    scale = _scale(panel, options)
    table = _averaged([_indices(case.phases, scale, level) for case in cases], level)
    described = Estimate(
        id=panel.measure,
        estimand=f"share of pairs in which {panel.measure} is better under {panel.change} than before it, less those in which it is worse",
        estimator="single_case",
        design=panel.design,
        state="estimated",
        value=float(table["value"]["tau"]),
        level=level,
        n=sum(case.people for case in cases),
        n_missing=sum(case.missing for case in cases),
        missing_handling="points without a value are left out and counted",
        unit="Tau (-1 to 1)",
        second_route=float(np.mean([_by_ranks(case.phases) for case in cases])),
        conventions=_conventions(panel, cases, left_out, scale),
        coefficients=table.reset_index(names="term"),
        facts={
            "n_cases": len(cases),
            "n_points_before": sum(len(case.phases.a) for case in cases),
            "n_points_under": sum(len(case.phases.b) for case in cases),
        },
        versions=versions(),
    )
    return _degraded(described, cases) if _reason(cases) else _with_interval(described, table)


def _usable(cases: list[Case]) -> tuple[list[Case], int]:
    """The cases with points enough in both phases (where none has, those with a few) and any variation, and how many are left out."""
    if not cases:
        raise DesignError("the change began in no series, so there is no second phase", code="CY302")
    enough = [case for case in cases if _fewest([case]) >= ENOUGH_POINTS]
    enough = enough or [case for case in cases if _fewest([case]) >= FEWEST_POINTS]
    if not enough:
        raise DesignError(
            f"no case has {FEWEST_POINTS} points before the change and {FEWEST_POINTS} under it", code="CY321"
        )
    varied = [case for case in enough if not is_constant(np.concatenate([case.phases.a, case.phases.b]))]
    if not varied:
        raise DesignError("no value differs from another", code="CY304")
    return varied, len(cases) - len(varied)


def _fewest(cases: list[Case]) -> int:
    return min(min(len(case.phases.a), len(case.phases.b)) for case in cases)


def _scale(panel: SeriesPanel, options: Options) -> Scale | None:
    if options.scale == "auto":
        return "proportion" if is_share(panel.outcome_unit) else None
    return None if options.scale == "none" else options.scale


def _indices(phases: Phases, scale: Scale | None, level: float) -> pd.DataFrame:
    """Every index of one case: `value, se, low, high` by its name."""
    plain, freed = indices.nap(phases.pairs, level=level), indices.corrected(phases)
    flat = indices.nap(freed.pairs, level=level)
    rows = {
        "tau": _as_tau(plain),
        "nap": (plain.value, plain.se, plain.low, plain.high),
        "tau_u": (indices.tau_u(phases),),
        "tau_bc": _as_tau(flat),
        "tau_bc_kendall": (indices.kendall_with_phase(freed.pairs, freed),),
        "pnd": (indices.share_beyond_all(phases),),
        "pem": (indices.share_beyond_median(phases),),
        "smd": (indices.standardised_difference(phases),),
    }
    for name, improving in (("lrri", "increase"), ("lrrd", "decrease")):
        ratio = indices.response_ratio(phases, scale=scale, improving=improving) if scale else None  # type: ignore[arg-type]
        rows[name] = (None,) if ratio is None else (ratio.value, ratio.se, *_normal(ratio.value, ratio.se, level))
    filled = {name: (*row, *[None] * (4 - len(row))) for name, row in rows.items()}
    return pd.DataFrame.from_dict(filled, orient="index", columns=["value", "se", "low", "high"], dtype=float)


def _as_tau(found: indices.Nap) -> tuple[float | None, ...]:
    se = None if found.se is None else 2 * found.se
    return 2 * found.value - 1, se, 2 * found.low - 1, 2 * found.high - 1


def _normal(value: float, se: float, level: float) -> tuple[float, float]:
    reach = float(ndtri((1 + level) / 2)) * se
    return value - reach, value + reach


def _averaged(tables: list[pd.DataFrame], level: float) -> pd.DataFrame:
    """The means over cases, which are taken as independent; None where one of them is not known."""
    if len(tables) == 1:
        table = tables[0]
    else:
        values = np.stack([one["value"].to_numpy() for one in tables])
        errors = np.stack([one["se"].to_numpy() for one in tables])
        mean, se = values.mean(axis=0), np.sqrt((errors**2).sum(axis=0)) / len(tables)
        low, high = _normal(mean, se, level)  # type: ignore[arg-type]
        table = pd.DataFrame({"value": mean, "se": se, "low": low, "high": high}, index=tables[0].index)
    kept = table.loc[[name for name in ORDER if np.isfinite(table["value"][name])]]
    told = kept.astype(object).where(kept.notna(), None)
    return told.assign(df=None, p=None)[["value", "se", "df", "low", "high", "p"]]


def _by_ranks(phases: Phases) -> float:
    """Tau by the ranks of all points (Mann and Whitney's U)."""
    ranks = rankdata(phases.better * np.concatenate([phases.a, phases.b]))
    m, n = len(phases.a), len(phases.b)
    return 2 * (float(ranks[m:].sum()) - n * (n + 1) / 2) / (m * n) - 1


def _with_interval(described: Estimate, table: pd.DataFrame) -> Estimate:
    row = dict(table.loc["tau"])
    kind = "Sen's unbiased, points independent"
    return replace(described, se=row["se"], se_kind=kind, low=row["low"], high=row["high"])


def _degraded(described: Estimate, cases: list[Case]) -> Estimate:
    unknown = described.coefficients.assign(se=None, low=None, high=None)  # type: ignore[union-attr]
    return replace(
        described, state="degraded", code="CY321", reason=_reason(cases), se_kind="none", coefficients=unknown
    )


def _reason(cases: list[Case]) -> str:
    """Why the phases are described only; empty where they are not."""
    if _fewest(cases) < ENOUGH_POINTS:
        few = f"A phase has {_fewest(cases)} points; {ENOUGH_POINTS} are asked for"
    elif (points := min(len(case.phases.a) + len(case.phases.b) for case in cases)) < ENOUGH_ALTOGETHER:
        few = f"Both phases have {points} points together; {ENOUGH_ALTOGETHER} are asked for"
    else:
        return ""
    return f"{few}, with fewer the phases are described only."


def _conventions(panel: SeriesPanel, cases: list[Case], left_out: int, scale: Scale | None) -> tuple[str, ...]:
    better = "higher" if panel.higher_is == "better" else "lower"
    starts = len({case.started for case in cases})
    said = [
        f"Tau is twice the nonoverlap of all pairs (NAP) less one; {better} values count as better, ties as half.",
        "Standard errors of NAP and Tau: Sen's unbiased; interval: Newcombe's fifth method; of several cases the normal one of their mean.",
        "They take the points as independent of one another. Where a day is like the day before it, the intervals are too short.",
        "Tau-U: adjusted for the trend of phase A, over the pairs of A with B; no standard error. Tau-BC: the Theil-Sen trend of "
        "phase A is always taken off, tested or not; its standard error does not count what is not known of that trend.",
        "PND, PEM and the standardised difference (by the standard deviation of phase A) are shown because others report them.",
        "Two phases of a case show a difference between times, not what made it. The What Works Clearinghouse asks for "
        f"{ATTEMPTS} attempts at different times; here the change began at {starts}.",
    ]
    if scale is None:
        said.append("No log response ratios: they need a scale on which zero means none (option `scale`).")
    else:
        said.append(f"Log response ratios on the scale {scale}, corrected for small samples.")
    if left_out:
        least = ENOUGH_POINTS if _fewest(cases) >= ENOUGH_POINTS else FEWEST_POINTS
        said.append(f"Cases left out for fewer than {least} points in a phase, or none that differ: {left_out}.")
    return tuple(said)
