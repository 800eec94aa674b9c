"""How much of the comparison is left once it is weighted or matched to be like the change arm?

Kish, L. (1965). Survey Sampling, section 11.7. Wiley. Crump, R. K., Hotz, V. J., Imbens, G. W., & Mitnik, O. A. (2009). Dealing with
limited overlap in estimation of average treatment effects. Biometrika, 96(1), 187-199. doi:10.1093/biomet/asn055
"""

import pandas as pd

from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING

ENOUGH_LEFT = 0.25
"""Share of the comparison, in units of equal weight, below which few units carry the estimate."""

HEAVY = 0.10
"""Share of all weight on one unit from which that unit carries the estimate."""

ENOUGH_ALIKE = 0.90
"""Share of the change arm that must have found a match, or lie in the comparison's range."""


@CHECKS.register("weighting", designs=COMPARING, after_weighting=True)
def weighting(estimate: Estimate, panel: Panel) -> Finding:
    """Effective number of comparison units, the largest weight, and how much of the change arm has anybody like it.

    Parameters
    ----------
    estimate, panel : the estimate, which weighted or matched its units, and its panel

    Returns
    -------
    Finding
        concern when less than a quarter of the comparison is left, one unit carries a tenth of it, or a tenth of the change arm has nobody
        like it; pass otherwise. `table` has `covariate, smd_before, smd_after`.
    """
    assert estimate.balance is not None
    facts, n = estimate.facts, next(iter(estimate.n_by_arm.values()))
    left = f"The comparison's {n:,} {panel.unit_name}s tell as much as {facts['effective_n']:.0f} of equal weight"
    told = [f"{left}; the heaviest carries {facts['largest_weight_share']:.1%} of the weight."]
    alike = [facts["effective_n"] >= ENOUGH_LEFT * n, facts["largest_weight_share"] <= HEAVY]
    for name, words in (("matched_share", "could be matched"), ("overlap_share", "lies within the comparison's range")):
        if name in facts:
            told.append(f"{facts[name]:.0%} of the change arm {words}.")
            alike.append(facts[name] >= ENOUGH_ALIKE)
    table: pd.DataFrame = estimate.balance[["covariate", "smd_before", "smd_after"]]
    return Finding(name="weighting", answer="pass" if all(alike) else "concern", text=" ".join(told), table=table)
