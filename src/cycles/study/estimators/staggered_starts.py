"""Effect of a change that schools began at different times, from comparisons with those that had not begun it.

Callaway, B., & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics, 225(2), 200-230.
doi:10.1016/j.jeconom.2020.12.001
"""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from cycles.core.models import Model
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import versions
from cycles.study.inference.group_time import Aggregate, Comparison, Method
from cycles.study.inference.group_time_effects import GroupTimeEffects, group_time_effects
from cycles.study.inference.group_time_variance import Uncertain
from cycles.study.inference.series_record import (
    across_series_breaks,
    counts_of,
    degraded,
    described_series,
    effect_size_in_words,
    sure,
    table_of_terms,
)
from cycles.study.inference.starts import (
    FEWEST_TO_JUDGE,
    Starts,
    require_comparison,
    take_starts,
)


class Options(Model):
    """Whose method, who is compared with, and what the headline averages."""

    method: Method = "callaway_santanna"
    comparison: Comparison = "never_started"
    anticipation: Annotated[int, Field(ge=0, le=24)] = 0
    aggregate: Aggregate = "overall"
    inference: Literal["small_sample", "large_sample"] = "small_sample"

    @model_validator(mode="after")
    def _go_together(self) -> "Options":
        if self.method == "sun_abraham" and self.comparison != "never_started":
            raise ValueError("sun_abraham compares with series that never started")
        if self.inference == "large_sample" and (self.anticipation or self.aggregate != "overall"):
            raise ValueError("large_sample is known for aggregate: overall without anticipation only")
        return self


@ESTIMATORS.register("staggered_starts", series=True, options=Options)
def staggered_starts(panel: SeriesPanel, *, level: float = 0.95, options: Options | None = None) -> Estimate:
    r"""Average the effects of each group that began together, period by period since its start.

    .. math:: ATT(g, t) = E[Y_t - Y_{g-1} \mid g] - E[Y_t - Y_{g-1} \mid \text{comparison}]

    Parameters
    ----------
    panel : SeriesPanel
        Series without a start are those in which the change never began.
    level : coverage of the intervals
    options : Options
        `method` ("callaway_santanna"; "sun_abraham"; "imputation", which uses all periods before a start and everybody who has not begun);
        `comparison` ("never_started" or "not_yet_started"); `anticipation`, periods before the start that may already show the change;
        `aggregate`: the headline weighs every series and period under the change alike ("overall"), every horizon alike ("by_time") or
        every series alike ("by_group"); `inference`: "small_sample", or the method's own large-sample standard error.

    Returns
    -------
    Estimate
        `coefficients` has the headline as `overall`, `since_start[e]` for e periods since the start (before it, placebo effects; for the
        imputation none), `group[...]`, and each group in each period. `facts` has the series by group, the comparison series left at each
        horizon, and what two-way fixed effects would say. "degraded" (CY307) with fewer than four series that began or to compare with,
        or where a group is a single series; CY221 across a series break.

    Raises
    ------
    DesignError
        CY302, CY303, CY304, CY308-CY310; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Every series counts alike, whatever its size; one with a gap is left out and counted, as is one under the change from the first period.
    The standard error is that of means of whole series within groups, so correlation over time within a series does no harm; it takes the
    sizes of the groups as given. Not for a change that some series gave up again.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from cycles.study.designs.series_frames import as_series
    >>> from cycles.study.estimators import estimate
    >>> draw = np.random.default_rng(1)
    >>> rows = pd.DataFrame([(f"s{s}", y, [2002, 2003, None][s % 3]) for s in range(12) for y in range(2000, 2005)],
    ...     columns=["school", "year", "began"])
    >>> rows["share"] = draw.normal(size=60) + 2 * (rows.year >= rows.began)
    >>> panel = as_series(rows, measure="share", value="share", time="year", series="school", started="began", change="joined",
    ...     design="staggered_starts")
    >>> found = estimate(panel, estimator="staggered_starts")
    >>> found.state, round(found.value, 3), round(found.value - found.second_route, 9), found.n_clusters_by_arm
    ('estimated', 2.321, 0.0, {'never_started': 4, 'joined': 8})
    """
    options = options or Options()
    starts = take_starts(panel, before=1 + options.anticipation)
    with_later = options.method == "imputation" or options.comparison == "not_yet_started"
    require_comparison(starts, name=panel.series_name, with_later=with_later)
    effects = group_time_effects(starts, **options.model_dump(exclude={"inference"}), level=level)
    counts = counts_of(starts, panel)
    described = described_series(
        panel,
        estimator="staggered_starts",
        level=level,
        value=float(effects.found.value[0]),
        second_route=effects.second_route,
        conventions=tuple(_said(panel, starts, effects, options)),
        **{**counts, "facts": counts["facts"] | effects.facts},
        versions={**versions(), "diff_diff": effects.theirs.version},
    )
    return across_series_breaks(_judged(described, panel, starts, effects, options), panel)


def _judged(
    described: Estimate, panel: SeriesPanel, starts: Starts, effects: GroupTimeEffects, options: Options
) -> Estimate:
    """The record with its uncertainty, where there are series enough to judge it by."""
    large = options.inference == "large_sample"
    found = effects.large_sample(described.level) if large else effects.found
    terms = table_of_terms(effects.terms, found.value, found.se, found.df, found.low, found.high, found.p)
    told = replace(described, coefficients=terms)
    why = _too_few(panel, starts, found, with_later=effects.comparison == "not_yet_started")
    if why:
        return degraded(told, "CY307", why)
    se, df, low, high, p = (float(one[0]) for one in (found.se, found.df, found.low, found.high, found.p))
    kind = "large-sample" if large else f"of means of {panel.series_name}s"
    return sure(told, se=se, df=None if large else df, low=low, high=high, p=p, kind=kind)


def _too_few(panel: SeriesPanel, starts: Starts, found: Uncertain, *, with_later: bool) -> str:
    """Why the uncertainty cannot be judged, in words; empty if it can."""
    name = panel.series_name
    others = starts.n_never
    if with_later:
        others += starts.n_began - int(starts.sizes[starts.began[0]])
    if min(starts.n_began, others) < FEWEST_TO_JUDGE:
        return f"Too few {name}s: {starts.n_began} began the change, {others} can be compared with."
    if not np.isfinite(found.se[0]):
        single = listed([starts.label(int(group)) for group in np.flatnonzero(starts.sizes == 1)])
        if not single:
            return f"{name.capitalize()}s that began together do not differ, so nothing is left to judge the effect by."
        return f"A group is a single {name} ({single}), so its spread is not known."
    return ""


def _said(panel: SeriesPanel, starts: Starts, effects: GroupTimeEffects, options: Options) -> list[str]:
    name = panel.series_name
    who = {
        "never_started": f"{name}s that never began the change",
        "not_yet_started": f"{name}s that had not begun it yet",
    }[options.comparison]
    said = [
        {
            "callaway_santanna": f"Group-time effects (Callaway & Sant'Anna 2021), compared with {who}.",
            "sun_abraham": f"Effects by group and time since the start (Sun & Abraham 2021), compared with {who}.",
            "imputation": "Imputation (Borusyak, Jaravel & Spiess 2024): compared with what everything not yet under the change says.",
        }[options.method],
        {
            "overall": f"Headline: every {name} and period under the change weighs alike.",
            "by_time": "Headline: every number of periods since the start weighs alike.",
            "by_group": f"Headline: every {name} weighs alike, its periods averaged first.",
        }[options.aggregate],
        _standard_error(name, options),
        effect_size_in_words(panel),
        effects.contrast.told(panel.outcome_unit),
    ]
    if options.anticipation:
        said.append(
            f"The last {options.anticipation} periods before a start may already show the change and are not compared with."
        )
    if effects.without_effect:
        said.append(f"Nobody is left to compare the {name}s with that began in {listed(list(effects.without_effect))}.")
    if starts.no_before:
        said.append(f"{starts.no_before} {name}s were under the change before anything was observed, and are left out.")
    return said


def _standard_error(name: str, options: Options) -> str:
    if options.inference == "large_sample":
        return "Standard error of the method for large samples (influence functions), normal distribution: too small with few series."
    return (
        f"Standard error: spread of whole {name}s within groups that began together, sizes of the groups as given; Satterthwaite degrees "
        "of freedom."
    )
