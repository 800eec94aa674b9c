"""For whom: the same estimate within each group named beforehand."""

from dataclasses import replace

from cycles.core.vocabulary import Panel, SeriesPanel
from cycles.plan.method import EstimateSpec
from cycles.study.inference.moderation import ByGroup, Method, by_group


def estimate_by_subgroup(panel: Panel | SeriesPanel, *, estimator: EstimateSpec, seed: int = 0) -> ByGroup:
    """The effect in each level of the panel's subgroups.

    Parameters
    ----------
    panel : the panel; `subgroups` names the columns. Series over time have none
    estimator : the method, the same as for all students
    seed : for resampling, where the method asks for it or clusters are few

    Returns
    -------
    ByGroup, a dict of ``"english_learner: yes"`` -> Estimate
        Groups too small to estimate say so in their state. Students whose group is unknown are in none. `compared` holds the differences of
        the effects between groups, their p-values counted together (Holm); `pooled` the effects drawn towards one another; `text` says
        whether any difference is told from chance.

    Notes
    -----
    Each group is estimated by itself, and several groups looked at together make one striking result likely by chance: `text` counts them.
    The pooled effects allow for that too (Gelman, Hill and Yajima 2012).
    """
    from cycles.study.estimators import ESTIMATORS, estimate

    method = Method(facts=ESTIMATORS.facts(estimator.estimator), variance=estimator.variance, level=estimator.level)
    if isinstance(panel, SeriesPanel):
        return ByGroup()
    found = {}
    for column in panel.subgroups:
        for level, rows in panel.table.groupby(column, sort=True):
            covariates = tuple(name for name in panel.covariates if name != column)
            group = replace(panel, table=rows.reset_index(drop=True), covariates=covariates, subgroups=())
            name = f"{column}: {level}"
            found[name] = replace(estimate(group, estimator=estimator, seed=seed), id=name)
    return by_group(panel, found, method=method)
