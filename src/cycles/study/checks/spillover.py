"""Did the comparison get some of the change, where both arms share a school or classroom?

Hudgens, M. G., & Halloran, M. E. (2008). Toward causal inference with interference. JASA, 103(482), 832-842.
doi:10.1198/016214508000000292
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.background import Background, favourable
from cycles.study.inference.null_effects import judge, negligible, table_of
from cycles.study.inference.sample import labels_of, numbers

SHARED, APART = "shares a group with the change", "apart from the change"

SAID: dict[Answer, str] = {
    "concern": "did better than the others: some of the change may have reached them, and the effect is larger than it looks.",
    "pass": "did as the others did: the change has not spread by an amount that matters.",
    "cannot_say": "are too few, or too like the others, to tell whether the change has spread to them.",
}
"""What is said of those in the comparison who share a group with the change."""


@CHECKS.register("spillover", designs=COMPARING, uses_background=True)
def spillover(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Compare comparison units that share a block or cluster with the change with those that do not.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the direction hoped for, and what is worth having

    Returns
    -------
    Finding
        pass when no comparison unit shares a block (or, without blocks, a cluster) with the change, or when those that do moved no
        differently and an amount worth having can be ruled out; concern when they moved more in the direction hoped for; cannot_say
        when all of them share one, or the difference is too imprecise. `table` has `effect, value, low, high, p, n`.

    Notes
    -----
    Spillover makes an effect look smaller. Groups were not mixed by lot, so a difference may have other causes.
    """
    level = panel.block_name or panel.cluster_name
    if level is None:
        return _finding("cannot_say", "The design names no classrooms or schools that the arms could share.")
    column = "block" if panel.block_name else "cluster"
    arms, groups = labels_of(panel.table["arm"]), labels_of(panel.table[column])
    compared = arms == panel.comparison
    reached = (
        np.isin(groups.astype(str), groups[arms == panel.change].astype(str)) & panel.table[column].notna().to_numpy()
    )
    mixed, apart = compared & reached, compared & ~reached
    if not mixed.any():
        return _finding("pass", f"Nobody in the comparison shares a {level} with the change.")
    if not apart.any():
        text = (
            f"Everybody in the comparison shares a {level} with the change, so whether it spread cannot be seen; "
            "if it did, the effect is larger than it looks."
        )
        return _finding("cannot_say", text)
    return _compared(estimate, panel, background, mixed, compared, column)


def _compared(
    estimate: Estimate,
    panel: Panel,
    background: Background,
    mixed: np.ndarray,
    compared: np.ndarray,
    column: str,
) -> Finding:
    try:
        has_baseline = bool(np.isfinite(numbers(panel.table, "baseline")).any())
    except DesignError:
        has_baseline = False
    found = estimated(
        _comparison_alone(panel, mixed, compared, column),
        estimator="ancova" if has_baseline else "difference_in_means",
        level=estimate.level,
    )
    level = panel.block_name or panel.cluster_name
    effects = {f"sharing a {level} with the change": found}
    small = {name: negligible(found, background.worth_having) for name in effects}
    answer, _ = judge(effects, small=small, level=estimate.level)
    hoped = found.value is not None and favourable(estimate, background) * found.value > 0
    if answer == "concern" and not hoped:
        answer, said = "pass", "did worse than the others: the change has not spread to them."
    else:
        said = SAID[answer]
    text = f"Comparison units that share a {level} with the change {said}"
    return Finding(name="spillover", answer=answer, text=text, table=table_of(effects))


def _comparison_alone(panel: Panel, mixed: np.ndarray, compared: np.ndarray, column: str) -> Panel:
    """The comparison only, as a panel whose arms are who shares a group with the change and who does not."""
    arms = pd.Series(np.where(mixed, SHARED, APART), index=panel.table.index)
    table = panel.table.assign(arm=arms)
    clusters = panel.cluster_name
    if clusters is None:
        table, clusters = table.assign(cluster=table[column]), panel.block_name
    return replace(
        panel,
        table=table[compared].reset_index(drop=True),
        change=SHARED,
        comparison=APART,
        cluster_name=clusters,
        block_name=None,
        weight_name=None,
        covariates=(),
        subgroups=(),
        breaks=None,
    )


def _finding(answer: Answer, text: str) -> Finding:
    return Finding(name="spillover", answer=answer, text=text)
