"""The rule in practice: with this many students and classrooms, how often would the sealed rule be right?"""

from dataclasses import dataclass

from cycles.act.decisions.operating_characteristics import OperatingCharacteristics, operating_characteristics
from cycles.core.vocabulary import Record
from cycles.plan.cycle_file import Prediction
from cycles.plan.power import Detectable
from cycles.plan.rule import Decide


@dataclass(frozen=True, kw_only=True, repr=False)
class NotKnown(Record):
    """Why the rule's errors cannot be told beforehand."""

    text: str


WITHOUT_GROUPS = {
    "interrupted_time_series": "the series",
    "staggered_starts": "the series",
    "two_way_fixed_effects": "the series",
    "regression_discontinuity": "the cutoff",
}
"""What can detect nothing for other reasons than too few groups."""


OTHER_UNITS = {
    "single_case": "Tau says how far phases overlap, not how large an effect is",
    "ordinal": "the effect is a log odds ratio, and what is worth having is not",
}
"""What cannot be set against what is worth having."""


def rule_in_practice(
    detectable: Detectable, *, prediction: Prediction, rule: Decide
) -> OperatingCharacteristics | NotKnown:
    """How often the rule would adopt or abandon, if the change did nothing, or what is worth having, or twice that.

    Parameters
    ----------
    detectable : what the cycle can detect, as :func:`cycles.can_detect` returns it
    prediction : `prediction` of the cycle file; its `worth_having` is in the measure's unit
    rule : `decide` of the cycle file

    Returns
    -------
    OperatingCharacteristics, or NotKnown
        The second when there is no baseline to take the standard deviation from, or the design leaves no degrees of freedom.
    """
    if detectable.formula in ("none", "single_case", "ordinal"):
        what = "what it can detect is not known"
        if detectable.value is not None:
            what = OTHER_UNITS[detectable.formula]
        return NotKnown(text=f"How often the rule would err cannot be told beforehand: {what}.")
    if detectable.value is not None and detectable.mdes is None:
        return NotKnown(
            text="How often the rule would err cannot be told beforehand: how much single students differ is not known, so nothing can be "
            "set against what was expected."
        )
    if detectable.formula in WITHOUT_GROUPS and detectable.mdes is None:
        what = WITHOUT_GROUPS[detectable.formula]
        return NotKnown(
            text=f"How often the rule would err cannot be told beforehand: what {what} can detect is not known."
        )
    if detectable.mdes is None or detectable.value is None or detectable.se is None:
        why = "are too few groups to compare" if detectable.mdes is None else "is no baseline to take the spread from"
        return NotKnown(text=f"How often the rule would err cannot be told beforehand: there {why}.")
    sd = detectable.value / detectable.mdes
    return operating_characteristics(
        se=detectable.se, df=detectable.df, worth_having=prediction.worth_having / sd, rule=rule
    )
