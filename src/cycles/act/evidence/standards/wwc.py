"""The rating that a review by the What Works Clearinghouse would give a group design, with everything that stands against a higher one.

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, group design standards.
What Works Clearinghouse (2020). Standards Handbook, version 4.1, chapter II.
"""

from dataclasses import dataclass
from typing import Literal

from cycles.act.evidence.standards.conditions import Condition, all_met, cheapest
from cycles.act.evidence.standards.study import Study
from cycles.act.evidence.standards.wwc_conditions import (
    HANDBOOK,
    baseline_alike,
    by_chance,
    comparison,
    covered,
    effect_of_the_change,
    finding,
    measured_alike,
    no_confound,
    not_overaligned,
    reliable,
)
from cycles.act.evidence.standards.wwc_cutoff import at_cutoff
from cycles.plan.standards import Standards

Rating = Literal["meets without reservations", "meets with reservations", "does not meet", "cannot be rated"]
WITHOUT: Rating = "meets without reservations"
WITH: Rating = "meets with reservations"
NOT: Rating = "does not meet"
OPEN: Rating = "cannot be rated"


@dataclass(frozen=True, kw_only=True)
class WwcRating:
    """The rating, every condition that was looked at, and the cheapest step towards a higher one."""

    rating: Rating
    conditions: tuple[Condition, ...]
    next_step: str
    standards: str = "group design"

    @property
    def failing(self) -> tuple[Condition, ...]:
        """The conditions that stand against a higher rating."""
        return tuple(one for one in self.conditions if one.met is False)

    @property
    def unanswered(self) -> tuple[Condition, ...]:
        """The conditions that nobody has answered."""
        return tuple(one for one in self.conditions if one.met is None)

    @property
    def text(self) -> str:
        """The rating as a sentence."""
        if self.rating == OPEN:
            without_finding = [one for one in self.failing if one.name == "finding"]
            waits = " ".join(one.step for one in without_finding or self.unanswered)
            return f"The study cannot be rated by the {self.standards} standards of the What Works Clearinghouse yet. {waits}".strip()
        said = {
            WITHOUT: f"meets the {self.standards} standards of the What Works Clearinghouse without reservations",
            WITH: f"meets the {self.standards} standards of the What Works Clearinghouse with reservations",
            NOT: f"does not meet the {self.standards} standards of the What Works Clearinghouse",
        }[self.rating]
        return f"By what is known of it, the study {said} ({HANDBOOK})."


def wwc_rating(study: Study, answers: Standards) -> WwcRating:
    """Rate a study.

    Parameters
    ----------
    study : what the data say of it
    answers : what its file says

    Returns
    -------
    WwcRating
        "cannot be rated" while an answer is missing that the rating hangs on, or there is no estimate. A study that already fails on what
        is known "does not meet", whatever else is open.

    Notes
    -----
    A low-attrition trial with assignment intact needs no equivalence at baseline. Every other study needs it, and is then rated with
    reservations at best. Series over time are not covered by these standards and
    say so; single cases have standards of their own. A regression discontinuity is held to its own, of which
    attrition at the cutoff is not judged here: it "cannot be rated" at best, and everything else is told.
    """
    core = [
        finding(study),
        comparison(study),
        *effect_of_the_change(study),
        *covered(study),
        reliable(study, answers),
        not_overaligned(answers),
        measured_alike(answers),
        no_confound(study, answers),
    ]
    if study.design == "regression_discontinuity":
        return _of_cutoff(study, [*core, *at_cutoff(study)])
    chance = by_chance(study, answers)
    alike_before = [baseline_alike(study)]
    rating = _rating(core, chance, alike_before, has_finding=study.state != "not_estimable")
    looked_at = [*core, *chance, *([] if rating == WITHOUT else alike_before)]
    return WwcRating(
        rating=rating,
        conditions=tuple(looked_at),
        next_step=_next_step(rating, core, chance, alike_before),
    )


def _of_cutoff(study: Study, conditions: list[Condition]) -> WwcRating:
    """By standards of their own, of which one is not judged here: at best it stays open."""
    failed = all_met(conditions) is False and study.state != "not_estimable"
    step = cheapest([one for one in conditions if one.met is False] or conditions)
    return WwcRating(
        rating=NOT if failed else OPEN,
        conditions=tuple(conditions),
        next_step=step,
        standards="regression discontinuity",
    )


def _rating(core: list[Condition], chance: list[Condition], baseline: list[Condition], *, has_finding: bool) -> Rating:
    if not has_finding:
        return OPEN
    top, second = all_met([*core, *chance]), all_met([*core, *baseline])
    if top:
        return WITHOUT
    if top is False and second is False:
        return NOT
    return WITH if top is False and second else OPEN


def _next_step(rating: Rating, core: list[Condition], chance: list[Condition], baseline: list[Condition]) -> str:
    """Of all that stands in the way of the next higher rating, by whichever road asks for less, the step that costs least."""
    if rating == WITHOUT:
        return ""
    if rating == OPEN:
        without_finding = [one for one in core if one.name == "finding" and not one.met]
        return cheapest(without_finding or [one for one in (*core, *chance, *baseline) if one.met is None])
    if rating == WITH:
        return cheapest([*core, *chance])
    blocked = [one for one in core if one.met is False]
    if blocked:
        return cheapest(blocked)
    hardest = {at: max(one.effort for one in road if one.met is not True) for at, road in enumerate((chance, baseline))}
    return cheapest((chance, baseline)[min(hardest, key=lambda at: hardest[at])])
