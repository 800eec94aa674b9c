"""Difference in differences over many periods: an effect of each series and each period, and one of the change.

Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics, 225(2), 254-277.
doi:10.1016/j.jeconom.2021.03.014
"""

import numpy as np
import pandas as pd

from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.series_record import (
    across_series_breaks,
    counts_of,
    degraded,
    described_series,
    effect_size_in_words,
    sure,
)
from cycles.study.inference.starts import (
    FEWEST_TO_JUDGE,
    NEVER,
    Starts,
    require_comparison,
    take_starts,
)
from cycles.study.inference.two_way_contrast import TwoWayContrast, two_way_contrast
from cycles.study.inference.two_way_effects import FittedTwoWayEffects, TwoWayVariance, fit_two_way_effects

TERM = "under_the_change"


class Options(Model):
    """The kind of standard error, clustered by series."""

    variance: TwoWayVariance = "CR2"


@ESTIMATORS.register("two_way_fixed_effects", series=True, options=Options)
def two_way_fixed_effects(panel: SeriesPanel, *, level: float = 0.95, options: Options | None = None) -> Estimate:
    r"""Regress the values on being under the change, with an effect of each series and each period.

    .. math:: y_{st} = a_s + b_t + \beta\, \text{change}_{st} + \varepsilon_{st}

    Parameters
    ----------
    panel : SeriesPanel
        Series without a start are those in which the change never began.
    level : coverage of the interval
    options : Options
        `variance`: "CR2" with Satterthwaite degrees of freedom, "CR1", "CR1S" (pyfixest's factor) or "CR0", clustered by series.

    Returns
    -------
    Estimate
        `value` is beta; `coefficients` has it as `under_the_change`. "degraded" (CY307) with fewer than four series that began or did not;
        CY221 across a series break. Where series began at different times, conventions and `facts` say how much of its weight it gives to
        comparisons with series already under the change.

    Raises
    ------
    DesignError
        CY302, CY303, CY304, CY308-CY310; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    An average of effects only if all series began together, or effects neither grow nor differ. Otherwise it is a contrast to show beside
    `staggered_starts`, not an answer. Series with a gap are left out and counted; :func:`cycles.fit_two_way_effects` takes
    tables with gaps.

    Examples
    --------
    >>> from cycles.study.designs.series_frames import as_series
    >>> from cycles.study.estimators import estimate
    >>> rows = pd.DataFrame([(f"s{s}", y, 2 if s < 4 else None, s % 4 + y + 3 * (y > 1 and s < 4) + (s * y) % 3)
    ...     for s in range(8) for y in (1, 2)], columns=["school", "year", "began", "share"])
    >>> panel = as_series(rows, measure="share", value="share", time="year", series="school", started="began", change="joined",
    ...     design="staggered_starts")
    >>> found = estimate(panel, estimator="two_way_fixed_effects")
    >>> found.state, round(found.value, 3), round(found.second_route, 3), found.se_kind
    ('estimated', 2.75, 2.75, 'CR2 by school')
    """
    options = options or Options()
    starts = take_starts(panel)
    require_comparison(starts, name=panel.series_name, with_later=True)
    fitted = fit_two_way_effects(
        _rows(starts),
        outcome="value",
        predictors=(TERM,),
        unit="series",
        period="period",
        variance=options.variance,
        level=level,
    )
    contrast = two_way_contrast(starts)
    counts = counts_of(starts, panel)
    described = described_series(
        panel,
        estimator="two_way_fixed_effects",
        level=level,
        value=float(fitted.coefficients.value.iloc[0]),
        second_route=contrast.value,
        conventions=_said(panel, starts, contrast, options),
        coefficients=fitted.coefficients,
        **{**counts, "facts": counts["facts"] | _facts(contrast)},
    )
    return across_series_breaks(_judged(described, panel, starts, fitted), panel)


def _judged(described: Estimate, panel: SeriesPanel, starts: Starts, fitted: FittedTwoWayEffects) -> Estimate:
    few = min(starts.n_began, starts.n_never if len(starts.began) == 1 else len(starts.values))
    term = fitted.coefficients.iloc[0]
    if few < FEWEST_TO_JUDGE or term["se"] is None or term["df"] is None:
        told = f"{starts.n_began} began the change, {starts.n_never} never did"
        return degraded(described, "CY307", f"Too few {panel.series_name}s: {told}.")
    return sure(
        described,
        **{name: float(term[name]) for name in ("se", "df", "low", "high", "p")},
        kind=f"{fitted.variance} by {panel.series_name}",
    )


def _facts(contrast: TwoWayContrast) -> dict[str, float]:
    return {
        "two_way_negative_share": contrast.negative_share,
        "two_way_already_begun_share": contrast.already_begun_share,
    }


def _rows(starts: Starts) -> pd.DataFrame:
    n, periods = starts.values.shape
    began = starts.starts[starts.group]
    under = (began[:, None] != NEVER) & (np.arange(periods) >= began[:, None])
    columns = {"series": np.repeat(np.arange(n), periods), "period": np.tile(np.arange(periods), n)}
    return pd.DataFrame({**columns, TERM: under.ravel().astype(float), "value": starts.values.ravel()})


def _said(panel: SeriesPanel, starts: Starts, contrast: TwoWayContrast, options: Options) -> tuple[str, ...]:
    factor = {
        "CR2": "identity working model, Satterthwaite (Bell-McCaffrey) degrees of freedom",
        "CR1S": "factor G/(G-1) (N-1)/(N-k), k the periods and one, G - 1 degrees of freedom",
        "CR1": "factor G/(G-1), G - 1 degrees of freedom",
        "CR0": "no small-sample factor, G - 1 degrees of freedom",
    }[options.variance]
    said = [
        f"An effect of each {panel.series_name} and each period, and one of being under the change.",
        f"Standard error {options.variance} by {panel.series_name}, {factor}.",
        effect_size_in_words(panel),
    ]
    return (*said, *([contrast.told(panel.outcome_unit)] if len(starts.began) > 1 else []))
