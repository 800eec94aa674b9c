"""Checks: ways an estimate may mislead, each put to it by a module of its own. The folder is the list.

A check registers the designs it applies to, `uses_background` where it needs more than the estimate and its panel, `after_weighting`
where it is about weighted or matched units only, and `with_weights` where it is about those of a survey. It answers pass, concern or
cannot_say, with numbers of groups only.
"""

from cycles.core.registry import Registry
from cycles.core.vocabulary import ASSOCIATIONS, Estimate, Finding, Panel
from cycles.study.checks._background import background
from cycles.study.inference.background import Background

__all__ = ["ANY_DESIGN", "CHECKS", "COMPARING", "background", "choose_design", "run_checks"]

CHECKS = Registry("cycles.study.checks", kind="check")

COMPARING = ("cluster_comparison", "student_comparison", "cluster_randomised", "student_randomised")
"""Designs that compare arms."""

AT_A_CUTOFF = ("regression_discontinuity",)
"""Designs in which a score's cutoff decides."""

ANY_DESIGN = (*COMPARING, "one_group_pre_post", *AT_A_CUTOFF)
"""Every design with one row per unit."""

ABOUT_EFFECTS = (
    "balance",
    "baseline_equivalence",
    "hidden_confounding",
    "influence",
    "multiplicity",
    "parallel_pre_trends",
    "placebo_outcome",
    "regression_to_the_mean",
    "repeated_looks",
    "spillover",
)
"""Checks that ask what else could explain an effect, and have nothing to ask where none is claimed."""


def run_checks(estimate: Estimate, panel: Panel, *, background: Background | None = None) -> list[Finding]:
    """Put every check that applies to the panel's design to its estimate.

    Parameters
    ----------
    estimate : Estimate
        Of this panel, whatever its state.
    panel : Panel
    background : Background or None
        What else was looked at, when, and what is known of everybody, as :func:`cycles.background` gathers it. Checks that need it cannot
        say without it.

    Returns
    -------
    list of Finding
        In the order of the checks' names. A blocking finding carries the code that forbids a decision word.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": ["yes", "yes", "no", "no"], "score": [5.0, 5, 5, 5]})
    >>> panel = as_panel(frame, measure="score", outcome="score", arm="arm", change="yes", comparison="no")
    >>> [found.code for found in run_checks(estimate(panel, estimator="difference_in_means"), panel) if found.blocking]
    ['CY304']
    """
    names = [name for name in CHECKS.names() if _applies(name, estimate, panel)]
    around = Background() if background is None else background
    return [
        CHECKS.get(name)(estimate, panel, *([around] if CHECKS.facts(name).get("uses_background") else []))
        for name in names
    ]


def _applies(name: str, estimate: Estimate, panel: Panel) -> bool:
    if estimate.estimator in ASSOCIATIONS and name in ABOUT_EFFECTS:
        return False
    facts = CHECKS.facts(name)
    weighted, surveyed = estimate.balance is not None, "unweighted" in estimate.facts
    asked = (weighted or not facts.get("after_weighting")) and (surveyed or not facts.get("with_weights"))
    return panel.design in facts["designs"] and asked


from cycles.study.checks._choosing import choose_design  # noqa: E402  (needs `CHECKS`)
