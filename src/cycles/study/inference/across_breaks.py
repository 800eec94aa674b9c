"""An estimate whose baseline and outcome lie on two sides of a series break."""

from dataclasses import replace
from typing import Any

from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Panel


def across_breaks(estimate: Estimate, panel: Panel, *, subtracts: bool) -> Estimate:
    """The estimate as it may be told when the series breaks between baseline and outcome.

    Parameters
    ----------
    estimate : Estimate
        Of the panel.
    panel : Panel
        Its `breaks`.
    subtracts : bool
        Whether the estimator takes the baseline off the outcome.

    Returns
    -------
    Estimate
        Unchanged without a break. A difference from the baseline keeps its value only and is degraded (CY221); an estimate that compares
        outcomes among units of equal baseline stands, as the baseline need not be the same measure for that, and says so under its
        conventions.
    """
    if not panel.breaks or estimate.state == "not_estimable" or panel.table["baseline"].isna().all():
        return estimate
    where = listed([f"{one.at} ({one.because})" for one in panel.breaks])
    if not subtracts:
        return replace(
            estimate,
            conventions=(
                *estimate.conventions,
                f"CY221: the series breaks at {where}; baseline and outcome are not one measure, and only outcomes are compared.",
            ),
        )
    reason = f"The series breaks between baseline and outcome, at {where}. {CATALOGUE['CY221'].fix}"
    terms = None if estimate.coefficients is None else estimate.coefficients.assign(**dict.fromkeys(_UNCERTAIN))
    unknown: dict[str, Any] = dict.fromkeys((*_UNCERTAIN, *_EFFECT))
    return replace(
        estimate,
        **unknown,
        state="degraded",
        code="CY221",
        reason=reason,
        se_kind="none",
        coefficients=terms,
    )


_UNCERTAIN = ("se", "df", "low", "high", "p")
_EFFECT = ("effect_size", "effect_size_se", "effect_size_low", "effect_size_high", "improvement_index")
