"""Who is missing, and did one arm lose more than the other?

What Works Clearinghouse (2020). Standards Handbook, version 4.1, table II.1.
"""

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.attrition import attrition_boundary
from cycles.study.inference.effect_size import hedges_g
from cycles.study.inference.estimability import in_words, uses_baseline
from cycles.study.inference.sample import labels_of, numbers

COLUMNS = ["part", "group", "n", "response_share"]
EDGE = 1e-9
THIRDS = ("lowest third", "middle third", "highest third")


@CHECKS.register("response_and_attrition", designs=ANY_DESIGN)
def response_and_attrition(estimate: Estimate, panel: Panel) -> Finding:
    """Share of units and clusters without an outcome, overall and by arm, held against the tabulated boundary.

    Parameters
    ----------
    estimate, panel : the estimate and its panel; every assigned unit is in the panel

    Returns
    -------
    Finding
        pass when both levels are low under the cautious boundary; concern otherwise; cannot_say for one group with losses
        (there is no other arm to hold it against). `table` has `part, group, n` (units assigned), `response_share`, by arm,
        clusters of the arm, subgroup and thirds of the baseline.

    Notes
    -----
    A unit is lost without an outcome, and also when the estimator leaves it out for a missing baseline or covariate: both
    losses are told and both must be low. Units that joined later are not in the panel.
    """
    try:
        observed = ~np.isnan(numbers(panel.table, "outcome"))
        table = _table(panel, observed)
    except DesignError as refusal:
        return Finding(
            name="response_and_attrition", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code
        )
    if not len(observed):
        return Finding(
            name="response_and_attrition", answer="cannot_say", text="Nobody was assigned.", code="CY308", table=table
        )
    if panel.comparison is None:
        return _of_one_group(observed, table)
    arms = labels_of(panel.table["arm"])
    if not {panel.change, panel.comparison} <= set(arms):
        return Finding(
            name="response_and_attrition",
            answer="cannot_say",
            text="Nobody was assigned to one of the arms.",
            table=table,
        )
    levels = [_level(f"Lost at the level of {panel.unit_name}", *_losses(arms, observed, panel))]
    analysed = observed & _complete(estimate, panel)
    if not np.array_equal(analysed, observed):
        levels.append(_level("Left out of the estimate for any missing value", *_losses(arms, analysed, panel)))
    if panel.cluster_name is not None:
        clusters = _clusters(panel, observed)
        if {panel.change, panel.comparison} <= set(clusters["arm"]):
            losses = _losses(labels_of(clusters["arm"]), clusters["observed"].to_numpy(), panel)
            levels.append(_level(f"Lost at the level of {panel.cluster_name}", *losses))
    answer: Answer = "pass" if all(good for good, _ in levels) else "concern"
    text = " ".join(words for _, words in levels)
    return Finding(name="response_and_attrition", answer=answer, text=text + _who(panel, observed), table=table)


def _losses(arms: np.ndarray, observed: np.ndarray, panel: Panel) -> tuple[float, float]:
    """Overall and differential loss of the two arms, as shares."""
    change, comparison = observed[arms == panel.change], observed[arms == panel.comparison]
    overall = 1 - float(np.concatenate([change, comparison]).mean())
    return overall, abs(float(change.mean()) - float(comparison.mean()))


def _complete(estimate: Estimate, panel: Panel) -> np.ndarray:
    """Units with every value that the estimator needs besides the outcome."""
    facts = ESTIMATORS.facts(estimate.estimator)
    needed = [
        *(["baseline"] if uses_baseline(facts, panel) else []),
        *(panel.covariates if facts.get("uses_covariates") else []),
    ]
    return panel.table[needed].notna().all(axis=1).to_numpy(dtype=bool)


def _level(what: str, overall: float, differential: float) -> tuple[bool, str]:
    cautious, optimistic = attrition_boundary(overall)
    told = f"{what}: {overall:.1%} overall, {100 * differential:.1f} points more in one arm than in the other; "
    if cautious is not None and differential <= cautious + EDGE:
        return True, f"{told}low even by the cautious boundary ({100 * cautious:.1f} points)."
    if optimistic is not None and differential <= optimistic + EDGE:
        return (
            False,
            f"{told}low only if the change cannot have affected who stayed (boundary {100 * optimistic:.1f} points).",
        )
    return False, f"{told}high by the cautious and the optimistic boundary."


def _of_one_group(observed: np.ndarray, table: pd.DataFrame) -> Finding:
    text = f"{observed.mean():.1%} of those assigned have an outcome."
    if observed.all():
        return Finding(name="response_and_attrition", answer="pass", text=text, table=table)
    text += " There is no other arm to hold the loss against: those who stayed may differ from those who did not."
    return Finding(name="response_and_attrition", answer="cannot_say", text=text, table=table)


def _table(panel: Panel, observed: np.ndarray) -> pd.DataFrame:
    parts = [_shares(labels_of(panel.table["arm"]), observed, "arm")]
    if panel.cluster_name is not None:
        parts.append(_cluster_shares(panel, observed))
    parts.extend(_shares(_known(panel.table[name]), observed, name) for name in panel.subgroups)
    before = numbers(panel.table, "baseline")
    if len(np.unique(before[~np.isnan(before)])) >= len(THIRDS):
        thirds = _shares(_thirds(before), observed, "baseline").set_index("group", drop=False)
        parts.append(thirds.reindex([name for name in (*THIRDS, "unknown") if name in thirds.index]))
    return pd.concat(parts, ignore_index=True)


def _shares(groups: np.ndarray, observed: np.ndarray, part: str) -> pd.DataFrame:
    counted = pd.Series(observed).groupby(groups, sort=True).agg(["size", "mean"])
    columns = {
        "part": part,
        "group": counted.index.astype(str),
        "n": counted["size"],
        "response_share": counted["mean"],
    }
    return pd.DataFrame(columns, columns=COLUMNS).reset_index(drop=True)


def _clusters(panel: Panel, observed: np.ndarray) -> pd.DataFrame:
    """One row per arm and cluster: units assigned, and whether any has an outcome."""
    rows = pd.DataFrame(
        {"arm": labels_of(panel.table["arm"]), "cluster": labels_of(panel.table["cluster"]), "observed": observed}
    )
    return rows.groupby(["arm", "cluster"], as_index=False).agg(n=("observed", "size"), observed=("observed", "max"))


def _cluster_shares(panel: Panel, observed: np.ndarray) -> pd.DataFrame:
    counted = (
        _clusters(panel, observed)
        .groupby("arm", as_index=False)
        .agg(n=("n", "sum"), response_share=("observed", "mean"))
    )
    return counted.rename(columns={"arm": "group"}).assign(part=f"{panel.cluster_name}s with an outcome")[COLUMNS]


def _known(values: pd.Series) -> np.ndarray:
    return np.array(
        ["unknown" if label is None or label == "" else str(label) for label in labels_of(values)], dtype=object
    )


def _thirds(before: np.ndarray) -> np.ndarray:
    low, high = np.nanquantile(before, [1 / 3, 2 / 3])
    place = (before > low).astype(int) + (before > high)
    return np.array(
        ["unknown" if np.isnan(one) else THIRDS[at] for one, at in zip(before, place, strict=True)], dtype=object
    )


def _who(panel: Panel, observed: np.ndarray) -> str:
    """How those with an outcome differ from those without, at baseline."""
    before = numbers(panel.table, "baseline")
    try:
        g = hedges_g(before[observed], before[~observed]).g
    except DesignError:
        return ""
    return f" At baseline those with an outcome are {g:+.2f} standard deviations from those without."
