"""Does the answer hang on a single cluster?

Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). Regression Diagnostics. Wiley. doi:10.1002/0471725153. Here a whole cluster is left out,
not a row: with clusters as the units of assignment, one classroom is one observation.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError, ProblemsError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.estimators import ESTIMATORS
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.arm_model import arm_model
from cycles.study.inference.background import Background, favourable, spec_of
from cycles.study.inference.estimability import is_one_group, uses_baseline
from cycles.study.inference.jackknife import leave_one_out
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.sample import labels_of, take_sample

MOST = 12
"""Clusters that are left out in turn: of more, those that move a linear model of the same terms most."""


@CHECKS.register("influence", designs=ANY_DESIGN, uses_background=True)
def influence(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Estimate again without each cluster in turn.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : its method, and what is worth having

    Returns
    -------
    Finding
        concern when without one cluster the effect changes its sign, its significance, or the side of what is worth having;
        cannot_say without clusters or an estimate. `table` has `case, value, low, high, p, n`: the estimate, and the lowest and the
        highest without a cluster. No cluster is named.

    Notes
    -----
    Of more than twelve clusters those are left out that move the effect most in least squares on the same terms (the cluster jackknife,
    doi:10.1002/jae.2969); each of them is then estimated without by the estimate's own method.
    """
    if estimate.value is None:
        return _unknown("There is no estimate that a cluster could carry.", estimate.code)
    if panel.cluster_name is None:
        return _unknown("The design names no clusters that could be left out.", None)
    try:
        others = [one for one in _without_each(estimate, panel, background) if one.value is not None]
    except ProblemsError:
        return _unknown(f"With what options {estimate.estimator} was called is not known; `background` tells.", None)
    if not others:
        return _unknown(f"Without any one {panel.cluster_name} nothing can be estimated.", None)
    values = [float(one.value) for one in others if one.value is not None]
    moved = _moved(estimate, others, background)
    text = (
        f"Leaving out one {panel.cluster_name} at a time{_of_the_weightiest(panel)}, the effect lies between {min(values):+.3g} and "
        f"{max(values):+.3g} {panel.outcome_unit}"
    )
    text += f"; one alone changes {listed(moved)}." if moved else ": none of them alone changes what it says."
    return Finding(
        name="influence", answer="concern" if moved else "pass", text=text, table=_table(estimate, others, values)
    )


def _of_the_weightiest(panel: Panel) -> str:
    return f" (of the {MOST} that move it most)" if panel.table["cluster"].nunique() > MOST else ""


def _without_each(estimate: Estimate, panel: Panel, background: Background) -> Iterator[Estimate]:
    spec, labels = spec_of(estimate, background), labels_of(panel.table["cluster"])
    for name in _weightiest(panel, spec.estimator, labels):
        rest = panel.table[labels != name].reset_index(drop=True)
        yield estimated(replace(panel, table=rest), estimator=spec)


def _weightiest(panel: Panel, estimator: str, labels: np.ndarray) -> list[str]:
    """The clusters to leave out, all of them if they are few."""
    counted = pd.Series(labels)[panel.table["outcome"].notna().to_numpy(dtype=bool)].value_counts()
    names = sorted(counted.index, key=lambda name: (-counted[name], name))
    if len(names) <= MOST:
        return names
    moves = _moves(panel, estimator)
    if moves is None or len(moves) != len(names):
        return names[:MOST]
    in_order = np.array(sorted(names), dtype=object)
    return in_order[np.argsort(-np.abs(moves), kind="stable")[:MOST]].tolist()


def _moves(panel: Panel, estimator: str) -> np.ndarray | None:
    """How far the effect moves in least squares without each cluster, in the order of their names; None where it cannot be fitted."""
    facts = ESTIMATORS.facts(estimator)
    try:
        baseline = uses_baseline(facts, panel) or is_one_group(panel)
        sample = take_sample(panel, baseline=baseline, covariates=facts["uses_covariates"])
        assert sample.clusters is not None
        subtracted = bool(facts["subtracts"]) or is_one_group(panel)
        response = sample.outcome
        if subtracted and sample.baseline is not None:
            response = sample.outcome - sample.baseline
        model = arm_model(sample, response=response, baseline=not subtracted)
        fit = least_squares(model.response, model.design, model.terms)
    except DesignError:
        return None
    return leave_one_out(fit, sample.clusters)[:, model.focus]


def _moved(estimate: Estimate, others: list[Estimate], background: Background) -> list[str]:
    """What at least one cluster decides by itself."""
    assert estimate.value is not None
    values = np.array([one.value for one in others], dtype=float)
    found = []
    if np.any(np.sign(values) != np.sign(estimate.value)):
        found.append("its sign")
    alpha = 1 - estimate.level
    tested = [one.p < alpha for one in others if one.p is not None]
    if estimate.p is not None and any(said != (estimate.p < alpha) for said in tested):
        found.append("whether it can be told from none")
    if background.worth_having is not None:
        side, worth = favourable(estimate, background), background.worth_having
        if np.any((side * values >= worth) != (side * estimate.value >= worth)):
            found.append("whether it is as large as what is worth having")
    return found


def _table(estimate: Estimate, others: list[Estimate], values: list[float]) -> pd.DataFrame:
    cases = {
        "all": estimate,
        "lowest without one": others[int(np.argmin(values))],
        "highest without one": others[int(np.argmax(values))],
    }
    rows = [
        {"case": case, "value": one.value, "low": one.low, "high": one.high, "p": one.p, "n": one.n}
        for case, one in cases.items()
    ]
    return pd.DataFrame(rows, columns=["case", "value", "low", "high", "p", "n"], dtype=object)


def _unknown(text: str, code: str | None) -> Finding:
    return Finding(name="influence", answer="cannot_say", text=text, code=code)
