"""The decision rule: seven steps in a fixed order, written before the data and applied as written.

The first step that has an answer gives the call. Nothing here looks at a p-value or at a chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from cycles.act.decisions import sentences
from cycles.act.decisions.cannot_say import cannot_say
from cycles.act.decisions.case import Case
from cycles.act.decisions.needed import units_still_needed
from cycles.act.decisions.probability import Odds
from cycles.act.decisions.thresholds import clears_bar, is_harm, is_well_measured, may_be_harm, not_worth_it
from cycles.core.vocabulary import Call, Decision, Estimate, Finding, SealState
from cycles.plan.cycle_file import Prediction
from cycles.plan.design import SERIES_KINDS
from cycles.plan.rule import Decide


def decide(
    estimate: Estimate,
    findings: Sequence[Finding],
    *,
    rule: Decide,
    prediction: Prediction,
    balancing: Mapping[str, Estimate] | None = None,
    fidelity: Mapping[str, float | None] | None = None,
    as_of: date | None,
    today: date | None = None,
    seal_state: SealState = "unsealed",
    deviations: tuple[str, ...] = (),
) -> Decision:
    """Apply the rule to an estimate.

    1. Not due, not estimable, or a check forbids it: monitoring, or no decision. On a day for a look that was agreed beforehand and
       sealed, the effect must cross the bound of that look, and the only calls are then to adopt or to stop; adopting needs the last
       bound later too.
    2. Probably harmful, on the outcome or a balancing measure: stop. Possibly harmful, or nobody looked: never adopt.
    3. Not done as intended: adapt. What was not done is not abandoned.
    4. Probably worth having: adopt.
    5. Probably not worth having, with and without the prior: abandon.
    6. Well measured, yet neither: adapt.
    7. Otherwise keep testing.

    Parameters
    ----------
    estimate : the outcome's estimate
    findings : what the checks saw
    rule : `decide` of the cycle file
    prediction : `prediction` of the cycle file; its `worth_having` and `direction` say what is hoped for
    balancing : balancing measure -> its estimate
    fidelity : process measure -> its mean in the change arm, None where not recorded
    as_of : latest day in the data
    today : the day the rule is applied. The rule is due when the later of the two is on or after `rule.on`; with neither,
        the clock's day is used.
    seal_state, deviations : what the ledger says of the plan

    Returns
    -------
    Decision
        Before the date, and where no decision is possible, every probability is None: an early look is not a result.

    Notes
    -----
    A sealed floor that was not measured forbids both adopting and abandoning. A cycle without any sealed balancing limit that was
    measured cannot be adopted: nobody looked whether something else got worse.
    """
    case = Case(
        estimate=estimate,
        findings=tuple(findings),
        rule=rule,
        prediction=prediction,
        balancing=balancing or {},
        fidelity=fidelity or {},
        day=_latest(as_of, today),
        seal_state=seal_state,
        deviations=tuple(deviations),
    )
    decision = next(answer for step in STEPS if (answer := step(case)) is not None)
    if not case.is_due and decision.call not in ("adopt", "stop: harm", "monitoring"):
        decision = _call("monitoring", 1, sentences.looked(case), case)
    return _completed(decision, case)


def no_basis_yet(case: Case) -> Decision | None:
    """Step 1: the date has not come, or the estimate cannot carry a decision."""
    if not case.is_due:
        return _before_the_date(case)
    if case.odds is None:
        return _call("no decision", 1, sentences.no_decision(case), case)
    return None


def _before_the_date(case: Case) -> Decision | None:
    """Nothing to decide, unless a look was agreed for this day and the effect crosses its bound."""
    if case.look is None:
        return _call("monitoring", 1, sentences.not_due(case), case)
    if not (case.crossed() or case.crossed(hoped=False)):
        return _call("monitoring", 1, sentences.looked(case), case)
    return None


def harm(case: Case) -> Decision | None:
    """Step 2: something probably got worse by what was agreed to be too much."""
    worst = [name for name, probability in case.worse.items() if is_harm(probability)]
    if worst or is_harm(case.settled_odds.harm):
        return _call("stop: harm", 2, sentences.harm(case, worst), case)
    return None


def not_done(case: Case) -> Decision | None:
    """Step 3: the change was not done as intended, so it was not tested."""
    return _call("adapt", 3, sentences.not_done(case), case) if case.below_floor else None


def worth_adopting(case: Case) -> Decision | None:
    """Step 4: probably worth having, and nothing stands against it."""
    if clears_bar(case.settled_odds.worth_having, case.rule.adopt) and not blocks(case):
        return _call("adopt", 4, sentences.adopt(case), case)
    return None


def worth_abandoning(case: Case) -> Decision | None:
    """Step 5: probably not worth having, whether or not one starts sceptical."""
    odds = case.settled_odds
    if not_worth_it(odds.worth_having, odds.flat, case.rule.abandon) and not case.unmeasured_fidelity:
        return _call("abandon", 5, sentences.abandon(case), case)
    return None


def well_measured(case: Case) -> Decision | None:
    """Step 6: the interval is narrow enough; more of the same would not settle it."""
    if is_well_measured(case.half_width, case.prediction.worth_having):
        return _call("adapt", 6, sentences.well_measured(case, blocks(case)), case)
    return None


def too_uncertain(case: Case) -> Decision:
    """Step 7: the cycle was too small to tell."""
    return _call("keep testing", 7, sentences.too_uncertain(case, blocks(case)), case)


STEPS = (no_basis_yet, harm, not_done, worth_adopting, worth_abandoning, well_measured, too_uncertain)
"""In this order, always."""


def blocks(case: Case) -> tuple[str, ...]:
    """Why the change may not be adopted whatever the outcome says, in sentences; empty when nothing stands against it."""
    found = []
    if case.odds is not None and may_be_harm(case.odds.harm):
        found.append(sentences.may_have_harmed(case))
    if case.look is not None and not case.crossed():
        found.append(sentences.bound_not_crossed(case))
    found += [sentences.may_be_worse(case, name) for name, worse in case.worse.items() if may_be_harm(worse)]
    if not case.rule.balancing:
        found.append(sentences.NO_BALANCING)
    found += [sentences.balancing_not_measured(name) for name in case.unmeasured_balancing]
    found += [sentences.fidelity_not_measured(name) for name in case.unmeasured_fidelity]
    return tuple(found)


def _call(call: Call, step: int, because: str, case: Case) -> Decision:
    return Decision(call=call, step=step, because=because, measure=case.prediction.measure)


def _completed(decision: Decision, case: Case) -> Decision:
    """The decision with its probabilities, what stands against adopting, the next step and what cannot be said."""
    of_units = case.estimate.design not in SERIES_KINDS
    needed = units_still_needed(case) if decision.call == "keep testing" and of_units else None
    decision = replace(
        decision,
        sealed=case.seal_state,
        deviations=case.deviations,
        sd=case.estimate.sd,
        n_still_needed=needed.units if needed else None,
        next_step=sentences.next_step(decision, case, needed),
        cannot_say=cannot_say(case, decided=decision.step > 1),
    )
    if decision.call == "monitoring":
        return decision
    decision = replace(decision, blocked=blocks(case))
    return decision if case.odds is None else _with_probabilities(decision, case, case.odds)


def _with_probabilities(decision: Decision, case: Case, odds: Odds) -> Decision:
    return replace(
        decision,
        probability=odds.worth_having,
        probability_flat=odds.flat,
        probability_narrow_prior=odds.narrow_prior,
        probability_harm=max(odds.harm, *case.worse.values(), 0.0),
    )


def _latest(as_of: date | None, today: date | None) -> date:
    days = [day for day in (as_of, today) if day is not None]
    return max(days) if days else date.today()
