"""Does the change help some groups more than others? The difference of effects, tested, and all such differences counted together.

Holm (1979); Pustejovsky & Tipton (2018), doi:10.1080/07350015.2016.1247004, for the standard errors; Gelman, Hill & Yajima (2012),
doi:10.1080/19345747.2011.618213, for effects that are drawn towards one another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.inference.arm_model import ArmModel, arm_model, fit_of
from cycles.study.inference.cluster_variance import coefficient_variance
from cycles.study.inference.estimability import MIN_UNITS, estimable_sample, few_clusters, uses_baseline
from cycles.study.inference.multiplicity import holm
from cycles.study.inference.sample import Sample, labels_of, part_of
from cycles.study.inference.shrinkage import shrunken

APART = 0.25
"""Spread of effects between groups that the prior expects, in standard deviations of the outcome."""

COMPARED = ["moderator", "group", "difference", "se", "df", "low", "high", "p", "p_holm", "n"]
POOLED = ["moderator", "group", "value", "low", "high", "pooled", "pooled_low", "pooled_high", "n"]


class ByGroup(dict[str, Estimate]):
    """The effect in each group, by label such as ``"iep: yes"``, with what may be said of the groups together.

    `compared` has one row per difference of effects: that in a group less that in all others of its moderator, once for a moderator of two
    groups; `p` is its own, `p_holm` counts all of them together. `pooled` has each group's effect as it is and drawn towards the others.
    """

    def __init__(self, groups: Mapping[str, Estimate] | None = None, *, level: float = 0.95) -> None:
        super().__init__(groups or {})
        self.level = level
        self.compared = pd.DataFrame(columns=COMPARED)
        self.pooled = pd.DataFrame(columns=POOLED)

    @property
    def text(self) -> str:
        """What may be said of the differences, all of them counted together."""
        return family_wise(self.compared, self.level)


@dataclass(frozen=True)
class Method:
    """How the effect was estimated: what its estimator registered, and its variance."""

    facts: Mapping[str, Any]
    variance: Variance
    level: float


def by_group(panel: Panel, groups: Mapping[str, Estimate], *, method: Method) -> ByGroup:
    """The groups' estimates with their differences and their pooled effects.

    Parameters
    ----------
    panel : the panel; its `subgroups` are the moderators
    groups : label -> the estimate within that group
    method : how it was estimated; differences are tested for estimators that are least squares

    Notes
    -----
    The difference is the interaction of arm and group in the estimator's own model, all other terms shared; units whose group is unknown
    are in none, units with missing values are left out. It is not tested with two or three clusters in an arm, or where an arm has fewer
    than two units in or outside the group.
    """
    found = ByGroup(groups, level=method.level)
    found.compared = _counted_together(list(_differences(panel, method)))
    found.pooled = _pooled(panel, groups, method.level)
    return found


def family_wise(compared: pd.DataFrame, level: float) -> str:
    """One sentence on differences of effects between groups, all of them counted together.

    >>> family_wise(pd.DataFrame({"group": ["iep: yes"], "p_holm": [0.4]}), 0.95)
    'One difference between groups was tested: the effect is not told to differ (p 0.4).'
    """
    tested = compared.dropna(subset=["p_holm"])
    n = len(tested)
    if not n:
        return "Whether the effect differs between groups was not tested."
    alpha, least = 1 - level, float(tested["p_holm"].min())
    head = (
        "One difference between groups was tested"
        if n == 1
        else f"{n} differences between groups were tested together (Holm)"
    )
    told = [str(name) for name in tested.loc[tested["p_holm"] < alpha, "group"]]
    if not told:
        which = "the effect is not told to differ" if n == 1 else "none is told from chance"
        least_p = f"p {least:.2g}" if n == 1 else f"smallest adjusted p {least:.2g}"
        return f"{head}: {which} ({least_p})."
    return f"{head}: the effect differs for {listed(told)} (adjusted p below {alpha:.2g})."


def _differences(panel: Panel, method: Method) -> Iterator[dict[str, Any]]:
    if not method.facts.get("least_squares") or panel.comparison is None:
        return
    for column in panel.subgroups:
        own = replace(panel, covariates=tuple(name for name in panel.covariates if name != column))
        try:
            baseline = uses_baseline(method.facts, own)
            sample = estimable_sample(own, baseline=baseline, covariates=method.facts["uses_covariates"])
        except DesignError:
            continue
        labels = labels_of(panel.table[column])[sample.rows]
        known = np.array([one is not None for one in labels])
        levels = sorted(set(labels[known]), key=str)
        for level in levels[1:] if len(levels) == 2 else levels if len(levels) > 2 else []:
            told = _difference(part_of(sample, known), (labels == level)[known & (sample.arm <= 1)], method)
            yield {"moderator": column, "group": f"{column}: {level}", **told}


def _difference(sample: Sample, member: NDArray[np.bool_], method: Method) -> dict[str, Any]:
    """The interaction of the change with a group."""
    nothing: dict[str, Any] = {**dict.fromkeys(COMPARED[2:8]), "n": _smallest(sample, member)}
    if nothing["n"] < MIN_UNITS or few_clusters(sample):
        return nothing
    model = _with_group(_model(sample, method.facts), sample, member.astype(float))
    try:
        fit = fit_of(sample, model)
    except DesignError:
        return nothing
    found = coefficient_variance(
        fit, kind=method.variance, clusters=sample.clusters, df_for=model.n_reported, strata=sample.strata
    )
    value, se, df = (float(one[model.focus]) for one in (fit.coefficients, found.se, found.df))
    if not (np.isfinite(se) and np.isfinite(df) and se > 0 and df > 0):
        return nothing
    reach = float(stdtrit(df, (1 + method.level) / 2)) * se
    p = float(2 * stdtr(df, -abs(value / se)))
    return {**nothing, "difference": value, "se": se, "df": df, "low": value - reach, "high": value + reach, "p": p}


def _smallest(sample: Sample, member: NDArray[np.bool_]) -> int:
    """Units in the smallest of the four cells of arm and group."""
    return min(int(((sample.arm == code) & (member == side)).sum()) for code in (0, 1) for side in (True, False))


def _model(sample: Sample, facts: Mapping[str, Any]) -> ArmModel:
    if facts["subtracts"] and sample.baseline is not None:
        return arm_model(sample, response=sample.outcome - sample.baseline, baseline=False)
    return arm_model(sample, response=sample.outcome, baseline=True)


def _with_group(model: ArmModel, sample: Sample, member: NDArray[np.float64]) -> ArmModel:
    """The model with the group, and the group under the change, before its blocks."""
    own, blocks = model.design[:, : model.n_reported], model.design[:, model.n_reported :]
    both = np.column_stack([member, member * (sample.arm == 1)])
    terms = (*model.terms[: model.n_reported], "group", "group under the change", *model.terms[model.n_reported :])
    n = model.n_reported
    return replace(model, design=np.hstack([own, both, blocks]), terms=terms, focus=n + 1, n_reported=n + 2)


def _counted_together(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COMPARED)
    tested = table["p"].notna()
    table["p_holm"] = None
    if tested.any():
        table.loc[tested, "p_holm"] = holm(table.loc[tested, "p"].to_numpy(dtype=float))
    return table


def _pooled(panel: Panel, groups: Mapping[str, Estimate], level: float) -> pd.DataFrame:
    """Each moderator's groups by themselves and drawn towards one another; only groups with an interval, and at least two of them."""
    rows: list[dict[str, Any]] = []
    normal = float(ndtri((1 + level) / 2))
    for column in panel.subgroups:
        named = {name: one for name, one in groups.items() if name.startswith(f"{column}: ")}
        own = {name: one for name, one in named.items() if one.low is not None and one.sd}
        if len(own) < 2:
            continue
        scale = APART * float(np.mean([one.sd for one in own.values()]))
        values = np.array([one.value for one in own.values()], dtype=float)
        widths = np.array([[one.low, one.high] for one in own.values()], dtype=float)
        together = shrunken(values, (widths[:, 1] - widths[:, 0]) / 2 / normal, scale=scale, level=level)
        for place, (name, one) in enumerate(own.items()):
            told = {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
            ends = {"pooled_low": float(together.low[place]), "pooled_high": float(together.high[place])}
            rows.append({"moderator": column, "group": name, **told, "pooled": float(together.value[place]), **ends})
    return pd.DataFrame(rows, columns=POOLED)
