"""Why, and what next, in words a teacher would use; every number in them comes from the case."""

from cycles.act.decisions.case import DESCRIBED_ONLY, Case
from cycles.act.decisions.needed import Needed
from cycles.act.decisions.thresholds import HARM, POSSIBLE_HARM
from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import amount, chance, day, difference, listed, with_interval
from cycles.core.phrases import name as words
from cycles.core.vocabulary import ASSOCIATIONS, IN_A_UNIT_OF_THEIR_OWN, Decision

THAN = {
    "one_group_pre_post": "than before",
    "interrupted_time_series": "than where it was heading before the change",
    "comparative_interrupted_time_series": "where the change was tried than where it was heading, beyond what changed elsewhere",
}
"""What an effect is told to be higher or lower than, by the design."""
TOO_FEW = {
    "CY307": "too few groups took part for a decision; ",
    "CY322": "there are too few periods before the change or under it for a decision; ",
}
NO_BALANCING = "No limit was set for what might get worse, so nobody looked whether something else suffered."


def not_due(case: Case) -> str:
    """Before the decision date."""
    return (
        f"the decision was set for {day(case.rule.on)}. Until then results are collected and not judged: "
        "looking early and stopping at a good moment would mislead."
    )


def looked(case: Case) -> str:
    """On a day that was agreed for looking early, without a reason to decide."""
    return f"{_the_look(case)} {_allowing_for_looks(case)} Nothing is decided before {day(case.rule.on)}."


def bound_not_crossed(case: Case) -> str:
    """Adopting needs more, since it was agreed to look early."""
    return f"Because looking early was agreed, the effect would have to be surer. {_allowing_for_looks(case)}"


def no_decision(case: Case) -> str:
    """The estimate cannot carry a decision."""
    if case.blocking is not None:
        return f"a check forbids it. {case.blocking.text}".strip()
    if case.estimate.state == "not_estimable":
        return f"the effect on {case.measure} cannot be estimated. {case.estimate.reason}".strip()
    if case.estimate.estimator in ASSOCIATIONS:
        return f"what was estimated of {case.measure} is not an effect of the change, and a decision never rests on such an answer alone."
    if case.estimate.estimator in IN_A_UNIT_OF_THEIR_OWN:
        return (
            f"the effect on {case.measure} is told in {case.estimate.unit}s, and the size worth having in another unit."
        )
    if case.estimate.code in DESCRIBED_ONLY:
        why = TOO_FEW.get(case.estimate.code or "", "")
        return f"{why}the difference is described only. {case.estimate.reason}".strip()
    if case.estimate.se is not None and not case.estimate.sd:
        return (
            f"how much single students differ in {case.measure} is not known, so the effect cannot be set against what was expected of "
            "it. For a published figure, say `sd` at the measure."
        )
    return f"the uncertainty of the effect on {case.measure} is not known, so the rule cannot be applied."


def harm(case: Case, worst: list[str]) -> str:
    """Something probably got worse."""
    bar = f"at {chance(HARM)} the change is stopped"
    if worst:
        told = [f"{_chance_worse(case, name)} ({chance(case.worse[name])})" for name in worst]
        return f"{_start(listed(told))}; {bar}."
    wrong = "lower" if case.prediction.direction == "increase" else "raise"
    odds = case.settled_odds.harm
    return (
        f"{effect(case)} The chance that the change makes {case.measure} worse "
        f"({wrong}s it by {_worth(case)} or more) is {chance(odds)}; {bar}."
    )


def not_done(case: Case) -> str:
    """Below the floor."""
    told = [
        f"{words(name)} was {_plain(case.fidelity[name])}, below the {_plain(case.rule.fidelity[name].at_least)} agreed"
        for name in case.below_floor
    ]
    return f"the change was not done as intended: {listed(told)}. What was not done has not been tested."


def adopt(case: Case) -> str:
    """Probably worth having."""
    early = "" if case.is_due else f"{_the_look(case)} {_allowing_for_looks(case)} "
    return f"{early}{effect(case)} {_odds_of_worth(case)}, and {chance(case.rule.adopt)} was agreed as enough to adopt."


def abandon(case: Case) -> str:
    """Probably not worth having."""
    return (
        f"{effect(case)} {_odds_of_worth(case)}, and {chance(case.rule.abandon)} or less was agreed as the point to let the change go. "
        f"Without any earlier expectation it is {chance(case.settled_odds.flat)}, also within that."
    )


def well_measured(case: Case, blocked: tuple[str, ...]) -> str:
    """Narrow, yet between the bars, or barred from adopting."""
    return (
        f"{effect(case)} {_odds_of_worth(case)}: {_between(case)}. The effect is measured to within "
        f"{difference(case.half_width, case.estimate.unit)} (four times in five), so more of the same would not settle it."
        f"{_barred(blocked)}"
    )


def too_uncertain(case: Case, blocked: tuple[str, ...]) -> str:
    """Wide."""
    return (
        f"{effect(case)} {_odds_of_worth(case)}: {_between(case)}. The effect is known only to within "
        f"{difference(case.half_width, case.estimate.unit)} (four times in five), wider than what is worth having.{_barred(blocked)}"
    )


def may_have_harmed(case: Case) -> str:
    """Harm on the outcome cannot be ruled out."""
    odds = case.settled_odds.harm
    return (
        f"The chance that {case.measure} got worse by {_worth(case)} or more is {chance(odds)}; "
        f"adopting needs it below {chance(POSSIBLE_HARM)}."
    )


def may_be_worse(case: Case, name: str) -> str:
    """Harm on a balancing measure cannot be ruled out."""
    return f"{_start(_chance_worse(case, name))} is {chance(case.worse[name])}; adopting needs it below {chance(POSSIBLE_HARM)}."


def balancing_not_measured(name: str) -> str:
    """Nobody looked."""
    return f"{_start(words(name))} could not be held to its limit, so it is not known whether it got worse."


def fidelity_not_measured(name: str) -> str:
    """Nobody knows whether it was done."""
    return f"{_start(words(name))} was not recorded, so it is not known whether the change was done as intended."


def effect(case: Case) -> str:
    """The effect in the measure's own unit, with its interval."""
    estimate = case.estimate
    value = estimate.value or 0.0
    than = THAN.get(estimate.design, "where the change was tried")
    direction = f"{'higher' if value >= 0 else 'lower'} {than}"
    if estimate.low is None or estimate.high is None:
        return f"{_start(case.measure)} was {difference(value, estimate.unit)} {direction}."
    size, low, high = with_interval(value, estimate.low, estimate.high, estimate.unit)
    return f"{_start(case.measure)} was {size} {direction} ({estimate.level:.0%} interval: {low} to {high})."


def next_step(decision: Decision, case: Case, needed: Needed | None) -> str:
    """What to do now."""
    if decision.call == "adapt" and decision.step == 3:
        return f"Find out what kept {listed([words(name) for name in case.below_floor])} low, make it easier to do, and test again."
    if needed is not None:
        return _test_on(case, needed)
    if decision.call == "no decision":
        return _remedy(case)
    if decision.call == "keep testing":
        return f"Go on for another cycle, at most {case.rule.max_cycles} in all, or begin where the change has not begun yet."
    return {
        "adopt": "Keep doing it, show it to those who come next, and keep measuring so that a fading effect is seen.",
        "adapt": "Change one thing about how it is done, write a new prediction, and run the next cycle.",
        "abandon": "Let this change go, write down what was learnt, and choose another idea for the same aim.",
        "stop: harm": "Stop now, look at who was affected and make it good, and write down what was learnt.",
        "monitoring": f"Go on as planned until {day(case.rule.on)}.",
    }[decision.call]


def _test_on(case: Case, needed: Needed) -> str:
    head = f"Run another cycle, at most {case.rule.max_cycles} in all."
    clusters = f" in {needed.clusters:,} more groups such as these" if needed.clusters else ""
    return f"{head} About {needed.units:,} more students{clusters} would be enough for a clear answer."


def _remedy(case: Case) -> str:
    code = (case.blocking.code if case.blocking else None) or case.estimate.code
    return (
        CATALOGUE[code].fix
        if code is not None and code in CATALOGUE
        else "Look at the checks, put right what they name, and run again."
    )


def _the_look(case: Case) -> str:
    look = case.look
    if look is None or look.number is None:
        return "looking at any time was agreed beforehand."
    return f"this is look {look.number} of {look.of} that were agreed beforehand."


def _allowing_for_looks(case: Case) -> str:
    """The effect with the interval that allows for every look."""
    estimate = case.estimate
    assert case.look is not None
    value = estimate.value or 0.0
    reach = case.look.reach(estimate.se or 0.0, estimate.df)
    size, low, high = with_interval(value, value - reach, value + reach, estimate.unit)
    says = "does not include no effect" if abs(value) >= reach else "includes no effect"
    way = "more" if value >= 0 else "less"
    return f"With an interval that allows for every look, the effect is {size} {way} ({low} to {high}), which {says}."


def _odds_of_worth(case: Case) -> str:
    odds = case.settled_odds.worth_having
    change = "a rise" if case.prediction.direction == "increase" else "a fall"
    return (
        f"The chance of {change} of at least {_worth(case)}, which the team agreed is worth having, is {chance(odds)}"
    )


def _between(case: Case) -> str:
    odds = case.settled_odds
    if odds.worth_having >= case.rule.adopt:
        return f"enough to adopt ({chance(case.rule.adopt)}), if nothing stood against it"
    if odds.worth_having <= case.rule.abandon:
        return _abandoning_withheld(case)
    return f"not enough to adopt ({chance(case.rule.adopt)}) and too much to let it go ({chance(case.rule.abandon)})"


def _abandoning_withheld(case: Case) -> str:
    """The sealed prior alone would abandon, or it is not known whether the change was done."""
    flat = case.settled_odds.flat
    if flat > case.rule.abandon:
        return f"low, yet {chance(flat)} without any earlier expectation, too much to let it go ({chance(case.rule.abandon)})"
    return "low, yet a change is not let go while it is not known whether it was done"


def _barred(blocked: tuple[str, ...]) -> str:
    return f" It could not be adopted in any case: {' '.join(blocked)}" if blocked else ""


def _chance_worse(case: Case, name: str) -> str:
    estimate = case.balancing[name]
    limit = difference(case.rule.balancing[name].worse_by, estimate.unit)
    return f"the chance that {words(name)} got worse by {limit} or more"


def _worth(case: Case) -> str:
    return difference(case.prediction.worth_having, case.estimate.unit)


def _plain(value: float | None) -> str:
    return amount(value or 0.0, "")


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
