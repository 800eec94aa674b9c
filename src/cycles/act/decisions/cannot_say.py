"""What this cycle cannot show, said beside what it can."""

from collections.abc import Callable, Iterator
from functools import partial

from cycles.act.decisions.case import Case
from cycles.core.phrases import chance, listed
from cycles.core.phrases import name as words

NOT_BY_LOT = (
    "Who tried the change was not drawn by lot, so other differences between the groups may explain part of the result."
)
SERIES = {
    "interrupted_time_series": "Nothing is compared with, so whatever else happened when the change began is part of the result.",
    "comparative_interrupted_time_series": "Which schools tried the change was not drawn by lot; whatever happened to them alone at the "
    "same time is part of the result.",
    "staggered_starts": "When each began was not drawn by lot, so early and late ones may have been moving differently anyway.",
    "single_case": "What is seen in one student, or a few, need not be so in others.",
}
"""What designs over time leave open."""
NEAR_THE_CUTOFF = (
    "A score's cutoff decided who had the change; what it does for students far from the cutoff is not known."
)
ONE_GROUP = "There is no comparison group, so what would have happened anyway cannot be told apart from the change."
LATE_SEAL = "Prediction and rule were written when outcome data already existed, so they may have been shaped by them."
NO_SEAL = "Prediction and rule were not sealed, so it cannot be shown that they came before the data."
NO_CLUSTERS = "Students were taken as independent; those who share a classroom may not be, and the result would then be less sure."
ABOUT_CLUSTERS = ("cluster_count", "one_cluster_per_arm")
"""Checks that have nothing to look at where the design names no clusters."""
FEW_CLUSTERS = 6
"""Clusters in an arm below which a single unusual one may carry the result."""

FEW_STUDENTS = 10
"""Students below which a sentence gives no count."""


def cannot_say(case: Case, *, decided: bool) -> tuple[str, ...]:
    """The limits of this cycle, most general first, none twice.

    Parameters
    ----------
    case : the case
    decided : whether a decision was reached; sensitivity to the starting expectation is only told then
    """
    found = [*_design(case), *_clusters(case), *_missing(case), *_checks(case), *_seal(case), *_measures(case)]
    if decided:
        found += _sensitivity(case)
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def _design(case: Case) -> Iterator[str]:
    if case.estimate.design in SERIES:
        yield SERIES[case.estimate.design]
    elif case.estimate.design == "one_group_pre_post":
        yield ONE_GROUP
    elif case.estimate.design == "regression_discontinuity":
        yield NEAR_THE_CUTOFF
    elif "randomised" not in case.estimate.design:
        yield NOT_BY_LOT
    if case.estimate.state != "estimated":
        yield case.estimate.reason


def _clusters(case: Case) -> Iterator[str]:
    counts = case.estimate.n_clusters_by_arm
    if counts and min(counts.values()) < FEW_CLUSTERS and not _told(case, "cluster"):
        yield f"An arm has only {min(counts.values())} groups, so a single unusual one may carry the result."


def _missing(case: Case) -> Iterator[str]:
    if case.estimate.design in SERIES:
        return
    if case.estimate.n_missing and not (_told(case, "attrition") or _told(case, "response")):
        n = case.estimate.n_missing
        many = f"{n:,}" if n >= FEW_STUDENTS else f"Fewer than {FEW_STUDENTS}"
        if "imputations" in case.estimate.facts:
            yield f"{many} students have no result of their own; theirs was drawn from students like them, and may have been another."
            return
        yield f"{many} students are not in the estimate, as a result or a starting value is missing; theirs may have differed."


def _checks(case: Case) -> Iterator[str]:
    for finding in case.findings:
        if finding.name in FOR_REVIEWERS and finding.answer == "cannot_say":
            continue
        if finding.name in ABOUT_CLUSTERS and finding.answer == "cannot_say" and not case.estimate.n_clusters_by_arm:
            if case.estimate.design != "student_randomised":
                yield NO_CLUSTERS
            continue
        if finding.name in PLAIN and finding.answer != "pass":
            yield PLAIN[finding.name](case)
        elif finding.answer == "concern":
            yield finding.text
        elif finding.answer == "cannot_say":
            yield finding.text or f"Whether {words(finding.name)} misleads could not be checked."


def _who_stayed(case: Case) -> str:
    assigned = case.estimate.n + case.estimate.n_missing
    if case.estimate.n < FEW_STUDENTS or case.estimate.n_missing < FEW_STUDENTS:
        return "Students without a result may differ from those with one."
    if "imputations" in case.estimate.facts:
        return (
            f"{case.estimate.n_missing / assigned:.0%} of the students who were assigned have no result of their own. Theirs was drawn "
            "from students like them, and may have been another."
        )
    return (
        f"{case.estimate.n_missing / assigned:.0%} of the students who were assigned are not in the result. Those who are may differ "
        "from them, and not in the same way in both groups."
    )


def _plainly(sentence: str, _case: Case) -> str:
    return sentence


def _alike_at_the_start(case: Case) -> str:
    if any(finding.name == "baseline_equivalence" and finding.answer == "cannot_say" for finding in case.findings):
        return "Nothing was measured before the change, so it is not known whether the groups were alike at the start."
    return (
        "The groups already differed before the change, so part of the difference may have been there from the start."
    )


FOR_REVIEWERS: dict[str, str] = {
    "autocorrelation": "Good and bad periods come in runs, so the result is less certain than it looks.",
    "comparison_before": "Those compared with were moving differently before the change already.",
    "placebo_in_time": "The measure moved by itself as well, before anything was changed.",
    "balance": "The groups differed before the change in something that was measured, by more than the estimate makes good.",
    "hidden_confounding": "A difference between the groups that nobody measured could explain the effect.",
    "influence": "A single group carries the result: without it, the answer would be another.",
    "missing_not_at_random": "Had those without a result done much worse than others like them, the effect might not be there.",
    "multiplicity": "Many results were looked at, and one that stands out among them may do so by chance.",
    "parallel_pre_trends": "The groups were moving apart before the change already.",
    "placebo_outcome": "The groups differ where the change cannot have mattered, so something else may explain part of the result.",
    "regression_to_the_mean": "Part of the change was to be expected anyway, because those who were chosen began unusually low or high.",
    "repeated_looks": "The result was looked at while it grew; allowing for that, it cannot be told from no effect.",
    "survey_weights": "The result rests on a few students who stand for many, or would be another without the weights of the survey.",
    "spillover": "Some of the change may have reached the comparison group, so the effect may be larger than it looks.",
}
"""Checks that need more than most cycles have, and what their concern means: that they cannot say stands with the checks only."""

PLAIN: dict[str, Callable[[Case], str]] = {
    "response_and_attrition": _who_stayed,
    "baseline_equivalence": _alike_at_the_start,
    **{name: partial(_plainly, sentence) for name, sentence in FOR_REVIEWERS.items()},
}
"""Checks whose finding is written for a reviewer, and what it means for everybody else; the finding itself stands with the checks."""


def _seal(case: Case) -> Iterator[str]:
    if case.seal_state == "sealed_after_data":
        yield LATE_SEAL
    elif case.seal_state == "unsealed":
        yield NO_SEAL
    if case.deviations:
        yield f"The plan was changed after it was sealed ({len(case.deviations)} {'change' if len(case.deviations) == 1 else 'changes'})."


def _measures(case: Case) -> Iterator[str]:
    if case.unlimited_balancing:
        yield f"No limit was set for {listed([words(name) for name in case.unlimited_balancing])}, so it was not judged."
    if case.unmeasured_fidelity:
        missing = listed([words(name) for name in case.unmeasured_fidelity])
        yield f"Whether the change was done as intended is not known: {missing} was not recorded."


def _sensitivity(case: Case) -> Iterator[str]:
    """Said only where another starting expectation would have crossed a bar of the rule."""
    odds, rule = case.settled_odds, case.rule
    sides = {_side(one, rule.adopt, rule.abandon) for one in (odds.worth_having, odds.flat, odds.narrow_prior)}
    if len(sides) > 1:
        yield (
            f"The answer depends on how sceptical one starts: the chance is {chance(odds.flat)} without any earlier expectation, "
            f"{chance(odds.worth_having)} with the one agreed, {chance(odds.narrow_prior)} with strong doubt."
        )


def _side(probability: float, adopt: float, abandon: float) -> str:
    return "adopt" if probability >= adopt else "abandon" if probability <= abandon else "between"


def _told(case: Case, word: str) -> bool:
    return any(word in finding.name and finding.answer != "pass" for finding in case.findings)
