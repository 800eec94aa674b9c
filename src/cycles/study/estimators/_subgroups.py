"""For whom: the same estimate within each group named beforehand."""

from dataclasses import replace

from cycles.core.vocabulary import Estimate, Panel
from cycles.plan.cycle_file import EstimateSpec


def estimate_by_subgroup(panel: Panel, *, estimator: EstimateSpec, seed: int = 0) -> dict[str, Estimate]:
    """The effect in each level of the panel's subgroups.

    Parameters
    ----------
    panel : the panel; `subgroups` names the columns
    estimator : the method, the same as for all students
    seed : for resampling, where the method asks for it or clusters are few

    Returns
    -------
    dict, ``"english_learner: yes"`` -> Estimate
        Groups too small to estimate say so in their state. Students whose group is unknown are in none.

    Notes
    -----
    Each group is estimated by itself: a difference between two groups' effects is not tested here, and several groups
    looked at together make one striking result likely by chance.
    """
    from cycles.study.estimators import estimate

    found = {}
    for column in panel.subgroups:
        for level, rows in panel.table.groupby(column, sort=True):
            covariates = tuple(name for name in panel.covariates if name != column)
            group = replace(panel, table=rows.reset_index(drop=True), covariates=covariates, subgroups=())
            name = f"{column}: {level}"
            found[name] = replace(estimate(group, estimator=estimator, seed=seed), id=name)
    return found
