"""Does the answer hang on a single cluster?

Belsley, D. A., Kuh, E., & Welsch, R. E. (1980). Regression Diagnostics. Wiley. doi:10.1002/0471725153. Here a whole cluster is left out,
not a row: with clusters as the units of assignment, one classroom is one observation.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.background import Background, favourable, spec_of
from cycles.study.inference.sample import labels_of

MOST = 200
"""Clusters that are left out in turn, the largest first: of more than this many no small one decides anything."""


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
    """
    if estimate.value is None:
        return _unknown("There is no estimate that a cluster could carry.", estimate.code)
    if panel.cluster_name is None:
        return _unknown("The design names no clusters that could be left out.", None)
    others = [one for one in _without_each(estimate, panel, background) if one.value is not None]
    if not others:
        return _unknown(f"Without any one {panel.cluster_name} nothing can be estimated.", None)
    values = [float(one.value) for one in others if one.value is not None]
    moved = _moved(estimate, others, background)
    text = (
        f"Leaving out one {panel.cluster_name} at a time, the effect lies between {min(values):+.3g} and {max(values):+.3g} "
        f"{panel.outcome_unit}"
    )
    text += f"; one alone changes {listed(moved)}." if moved else ": none of them alone changes what it says."
    return Finding(
        name="influence", answer="concern" if moved else "pass", text=text, table=_table(estimate, others, values)
    )


def _without_each(estimate: Estimate, panel: Panel, background: Background) -> Iterator[Estimate]:
    spec, labels = spec_of(estimate, background), labels_of(panel.table["cluster"])
    counted = pd.Series(labels)[panel.table["outcome"].notna().to_numpy(dtype=bool)].value_counts()
    for name in sorted(counted.index, key=lambda name: (-counted[name], name))[:MOST]:
        rest = panel.table[labels != name].reset_index(drop=True)
        yield estimated(replace(panel, table=rest), estimator=spec)


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
