"""A study as a reviewer sees it: how it was assigned, who was lost, whether the arms were alike, how sure the result is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import ASSOCIATIONS, Answer, Estimate, Finding, Panel, SeriesPanel, State
from cycles.plan.standards import Standards
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.clustering_correction import APPENDIX, clustering_correction
from cycles.study.inference.effect_size import hedges_g
from cycles.study.inference.estimability import uses_baseline
from cycles.study.inference.losses import Loss, losses
from cycles.study.inference.sample import labels_of, numbers
from cycles.study.inference.wwc import BLIND_TO_CLUSTERS, BY_CLUSTER, DEFAULT_ICC

RANDOMISED = ("cluster_randomised", "student_randomised")
LARGE_GROUP = 10
"""Students that make a group count towards a large sample."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """What the rating and the tier are worked out from.

    `baseline` is the answer of the check of that name among the units analysed, `baseline_g` the difference it saw. `p` knows of the
    clusters that were assigned; `p_from` says how. `reliability` is an internal consistency; None where nothing is known of it.
    An `association` (with how much was received, say) is no effect of having had the change. A study `over_time` follows series from before
    the change to after it. `seen_at_cutoff` has what was seen where a score's cutoff decided, by condition; empty elsewhere.
    """

    measure: str
    design: str
    state: State
    compares: bool
    randomised: bool
    by_cluster: bool
    association: bool = False
    over_time: bool = False
    seen_at_cutoff: dict[str, tuple[Answer, str]] = field(default_factory=dict)
    one_cluster_in_an_arm: bool = False
    losses: tuple[Loss, ...] | None = None
    baseline: Answer = "cannot_say"
    baseline_g: float | None = None
    baseline_seen: str = ""
    adjusts: bool = False
    controls: bool = False
    records: bool = False
    reliability: float | None = None
    n: int = 0
    n_large_groups: int = 0
    group: str = "group"
    p: float | None = None
    p_from: str = ""
    favourable: bool | None = None
    effect: float | None = None
    effect_se: float | None = None


def study_of(
    estimate: Estimate,
    panel: Panel | SeriesPanel,
    findings: Sequence[Finding],
    *,
    answers: Standards,
    reliability: float | None = None,
    records: bool = False,
) -> Study:
    """What an estimate, its panel and its checks tell a reviewer.

    Parameters
    ----------
    estimate, panel, findings : the estimate, what it was made from, and what the checks saw
    answers : `standards` of the cycle file; its `outcome_domain` chooses the default intra-class correlation
    reliability : internal consistency of the outcome, where it was computed
    records : whether the outcome comes from a school's own records rather than from a questionnaire or test
    """
    if isinstance(panel, SeriesPanel):
        return _study_over_time(estimate, panel, reliability=reliability, records=records)
    facts = ESTIMATORS.facts(estimate.estimator)
    needed = [
        *(["baseline"] if uses_baseline(facts, panel) else []),
        *(panel.covariates if facts["uses_covariates"] else []),
    ]
    named = {finding.name: finding for finding in findings}
    baseline = named.get("baseline_equivalence")
    compares = panel.comparison is not None and estimate.code != "CY302"
    by_cluster = BY_CLUSTER.get(panel.design, False)
    p, p_from = _p(estimate, panel, answers) if compares else (None, "")
    return Study(
        association=estimate.estimator in ASSOCIATIONS,
        measure=estimate.id,
        design=panel.design,
        state=estimate.state,
        compares=compares,
        randomised=panel.design in RANDOMISED,
        by_cluster=by_cluster,
        one_cluster_in_an_arm=any(one.code == "CY303" for one in findings) or estimate.code == "CY303",
        losses=losses(panel, needed=needed, by_cluster=by_cluster) if compares else None,
        baseline=baseline.answer if baseline else "cannot_say",
        baseline_g=_baseline_g(estimate, panel, needed),
        baseline_seen=baseline.text if baseline else "Nobody looked whether the arms were alike before the change.",
        adjusts=bool(facts["adjusts"]) or bool(facts["subtracts"]),
        controls=bool(needed) or bool(facts["subtracts"]),
        records=records,
        reliability=reliability,
        n=sum(list(estimate.n_by_arm.values())[:2]),
        n_large_groups=_large_groups(panel, needed),
        group=panel.cluster_name or panel.unit_name,
        p=p,
        p_from=p_from,
        favourable=None if estimate.value is None else (estimate.value > 0) == (panel.higher_is == "better"),
        effect=estimate.effect_size_wwc,
        effect_se=estimate.effect_size_wwc_se,
        seen_at_cutoff={} if panel.cutoff is None else _at_cutoff(estimate, named),
    )


def _at_cutoff(estimate: Estimate, findings: Mapping[str, Finding]) -> dict[str, tuple[Answer, str]]:
    """What the checks of a cutoff saw, and whether the jump was estimated as its standards ask."""
    local = estimate.estimator == "regression_discontinuity"
    lines: tuple[Answer, str] = (
        ("pass", "It is.") if local else ("concern", f"It is estimated by {estimate.estimator}.")
    )
    looked = {name: findings[name] for name in ("manipulation", "continuity_at_cutoff") if name in findings}
    return {"local_lines": lines, **{name: (one.answer, one.text) for name, one in looked.items()}}


def _study_over_time(estimate: Estimate, panel: SeriesPanel, *, reliability: float | None, records: bool) -> Study:
    """A study of series: each is its own control before the change, and nobody was drawn by lot."""
    compares = panel.comparison is not None or panel.design == "staggered_starts"
    return Study(
        measure=estimate.id,
        design=panel.design,
        state=estimate.state,
        compares=compares and estimate.code != "CY302",
        randomised=False,
        by_cluster=False,
        over_time=True,
        baseline_seen="Series are compared with themselves before the change, not with one another at a baseline.",
        controls=compares,
        records=records,
        reliability=reliability,
        group=panel.series_name,
        p=estimate.p,
        p_from=f"standard error {estimate.se_kind}" if estimate.p is not None else "",
        favourable=None if estimate.value is None else (estimate.value > 0) == (panel.higher_is == "better"),
    )


def _p(estimate: Estimate, panel: Panel, answers: Standards) -> tuple[float | None, str]:
    """The p-value, corrected where clusters were assigned and the standard error does not know them."""
    blind = BY_CLUSTER.get(panel.design, False) and estimate.se_kind in BLIND_TO_CLUSTERS
    if estimate.p is None or not blind:
        return estimate.p, f"standard error {estimate.se_kind}" if estimate.p is not None else ""
    counts = list(estimate.n_by_arm.values())[:2]
    n_clusters = sum(list(estimate.n_clusters_by_arm.values())[:2])
    if estimate.effect_size is None or n_clusters < 3:
        return None, ""
    icc = DEFAULT_ICC[answers.outcome_domain or "other"] if estimate.icc is None else estimate.icc
    found = clustering_correction(
        estimate.effect_size, n_change=counts[1], n_comparison=counts[0], n_clusters=n_clusters, icc=icc
    )
    return found.p, f"corrected for clusters by {APPENDIX}"


def _analysed(panel: Panel, needed: Sequence[str]) -> np.ndarray:
    arms = labels_of(panel.table["arm"])
    inside = np.array((arms == panel.change) | (arms == panel.comparison), dtype=bool)
    present = panel.table[["outcome", *needed]].notna().all(axis=1).to_numpy(dtype=bool)
    return inside & present


def _baseline_g(estimate: Estimate, panel: Panel, needed: Sequence[str]) -> float | None:
    """The difference at baseline among the units of the estimate, as they were weighted or matched where they were."""
    if estimate.balance is not None and "baseline" in set(estimate.balance["covariate"]):
        return estimate.balance.set_index("covariate")["smd_after"]["baseline"]
    arms = labels_of(panel.table["arm"])
    try:
        before, analysed = numbers(panel.table, "baseline"), _analysed(panel, needed)
        return hedges_g(before[analysed & (arms == panel.change)], before[analysed & (arms == panel.comparison)]).g
    except DesignError:
        return None


def _large_groups(panel: Panel, needed: Sequence[str]) -> int:
    if panel.cluster_name is None:
        return 0
    sizes = panel.table.loc[_analysed(panel, needed), "cluster"].value_counts()
    return int((sizes >= LARGE_GROUP).sum())
