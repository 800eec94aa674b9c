"""Were the arms alike in everything that was measured before, and did they overlap?

Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in
propensity-score matched samples. Statistics in Medicine, 28(25), 3083-3107. doi:10.1002/sim.3697
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.estimability import in_words, is_constant
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import covariate_columns, labels_of, numbers

ALIKE = 0.10
"""Standard deviations up to which Austin (2009) calls a covariate balanced."""

ADJUSTABLE = 0.25
"""Beyond this a linear adjustment depends on its form (Rubin 2001, doi:10.1023/A:1020363010465)."""

MOST_OUTSIDE = 0.10
"""Share of the change arm outside the comparison's range from which the comparison is an extrapolation."""

EDGE = 1e-9
COLUMNS = ["covariate", "smd", "outside_share", "n"]


@CHECKS.register("balance", designs=COMPARING)
def balance(estimate: Estimate, panel: Panel) -> Finding:
    r"""Standardised mean difference of the baseline and every covariate, and their overlap, among units with an outcome.

    .. math:: d = (\bar x_1 - \bar x_0) / \sqrt{(s_1^2 + s_0^2) / 2}

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        pass up to .10 standard deviations, and up to .25 for what the estimate adjusts for; concern beyond, or when a tenth of the change
        arm lies outside the comparison's range of a number; cannot_say when nothing was measured. `table` has `covariate, smd`
        (None where neither arm varies), `outside_share` and `n`. Where units were weighted or matched, `smd` is what is left afterwards.
    """
    try:
        table = _table(estimate, panel)
    except DesignError as refusal:
        return Finding(name="balance", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code)
    sizes = {
        str(name): abs(float(smd))
        for name, smd in zip(table["covariate"], table["smd"], strict=True)
        if smd is not None
    }
    if not sizes:
        text = "Nothing was measured before by which the arms could be compared."
        return Finding(name="balance", answer="cannot_say", text=text)
    adjusted = _adjusted_for(estimate, sizes)
    unlike = [name for name, size in sizes.items() if size > (ADJUSTABLE if name in adjusted else ALIKE) + EDGE]
    outside = dict(zip(table["covariate"], table["outside_share"], strict=True))
    apart = [str(name) for name, share in outside.items() if share is not None and share > MOST_OUTSIDE]
    answer: Answer = "concern" if unlike or apart else "pass"
    return Finding(name="balance", answer=answer, text=_told(sizes, unlike, apart), table=table)


def standardised_difference(change: Floats, comparison: Floats) -> float | None:
    """Difference of two means over the root of their mean variance; of yes and no, p(1 - p). None where neither varies.

    >>> standardised_difference(np.array([1.0, 2, 3]), np.array([0.0, 1, 2]))
    1.0
    """
    if min(len(change), len(comparison)) < 2:
        return None
    both = np.concatenate([change, comparison])
    yes_or_no = bool(np.isin(both, (0.0, 1.0)).all())
    sd = float(np.sqrt(np.mean([part.var(ddof=0 if yes_or_no else 1) for part in (change, comparison)])))
    if is_constant(np.array([0.0, 2 * sd]), size=both):
        return None
    return float(change.mean() - comparison.mean()) / sd


def _table(estimate: Estimate, panel: Panel) -> pd.DataFrame:
    observed = ~np.isnan(numbers(panel.table, "outcome"))
    arms = labels_of(panel.table["arm"])
    columns = {"baseline": numbers(panel.table, "baseline")}
    for covariate in panel.covariates:
        columns.update(covariate_columns(panel.table, covariate))
    left = (
        {}
        if estimate.balance is None
        else dict(zip(estimate.balance["covariate"], estimate.balance["smd_after"], strict=True))
    )
    rows = []
    for name, column in columns.items():
        use = observed & ~np.isnan(column)
        change, comparison = column[use & (arms == panel.change)], column[use & (arms == panel.comparison)]
        smd = left[name] if name in left else standardised_difference(change, comparison)
        rows.append((name, smd, _outside(change, comparison), len(change) + len(comparison)))
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    return table[table["n"] > 0].reset_index(drop=True)


def _outside(change: Floats, comparison: Floats) -> float | None:
    """Share of the change arm below or above everybody in the comparison."""
    if not len(change) or not len(comparison):
        return None
    return float(((change < comparison.min()) | (change > comparison.max())).mean())


def _adjusted_for(estimate: Estimate, columns: Iterable[str]) -> set[str]:
    facts = ESTIMATORS.facts(estimate.estimator)
    found = set(columns) - {"baseline"} if facts["uses_covariates"] and estimate.balance is None else set()
    return found | {"baseline"} if facts["adjusts"] else found


def _told(sizes: Mapping[str, float], unlike: list[str], apart: list[str]) -> str:
    most, columns = max(sizes, key=lambda name: sizes[name]), "column" if len(sizes) == 1 else "columns"
    text = f"Of {len(sizes)} {columns} measured before, the arms differ most in {most} ({sizes[most]:.2f} standard deviations)."
    if unlike:
        text += f" More than the estimate makes good: {listed(unlike)}."
    if apart:
        text += f" A tenth or more of the change arm lies outside the comparison's range of {listed(apart)}."
    return text
