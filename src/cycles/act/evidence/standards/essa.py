"""The tier of evidence under the Every Student Succeeds Act that a study could support.

Elementary and Secondary Education Act of 1965 as amended, section 8101(21)(A); 34 CFR 77.1. U.S. Department of Education (2023).
Non-regulatory guidance: using evidence to strengthen education investments. The tier belongs to a use of the evidence, not to a study: what
this study could support, given no overriding negative evidence elsewhere.
"""

from dataclasses import dataclass

from cycles.act.evidence.standards.conditions import Condition, Effort, all_met, asked, cheapest
from cycles.act.evidence.standards.study import LARGE_GROUP, Study
from cycles.act.evidence.standards.wwc import OPEN, WITH, WITHOUT, WwcRating
from cycles.core.phrases import listed
from cycles.core.vocabulary import Record
from cycles.plan.standards import Standards

TIERS = {1: "strong evidence", 2: "moderate evidence", 3: "promising evidence", 4: "demonstrates a rationale"}
LARGE_SAMPLE, MANY_GROUPS = 350, 50
ALPHA = 0.05
LAW, RULE = "ESEA 8101(21)(A)", "34 CFR 77.1"


@dataclass(frozen=True, kw_only=True, repr=False)
class EssaTier(Record):
    """The highest tier whose conditions are all met (None: none), which higher ones are open, and the conditions of each tier."""

    measure: str
    tier: int | None
    undecided: tuple[int, ...]
    conditions: dict[int, tuple[Condition, ...]]
    next_step: str

    @property
    def next_tier(self) -> int | None:
        """The tier just above, which the reasons and the next step are about."""
        if self.tier == 1:
            return None
        return (self.tier or 5) - 1

    @property
    def failing(self) -> tuple[Condition, ...]:
        """Every condition, of any higher tier, that is not met."""
        higher = [one for tier, several in self.conditions.items() if tier < (self.tier or 5) for one in several]
        return tuple({one.name: one for one in higher if one.met is False}.values())

    @property
    def unanswered(self) -> tuple[Condition, ...]:
        """Every condition, of any higher tier, that is open."""
        higher = [one for tier, several in self.conditions.items() if tier < (self.tier or 5) for one in several]
        return tuple({one.name: one for one in higher if one.met is None}.values())

    @property
    def text(self) -> str:
        """The tier in one sentence, with what the next higher one lacks."""
        head = "As it stands, this study could not support any ESSA tier"
        if self.tier is not None:
            head = f"Given no stronger evidence against it elsewhere, this study could support ESSA tier {self.tier} ({TIERS[self.tier]})"
        if self.next_tier is None:
            return f"{head}."
        missing = [one for one in self.conditions[self.next_tier] if one.met is not True]
        lacks = listed(
            [f"{one.label[:1].lower()}{one.label[1:]}{' (not answered)' if one.met is None else ''}" for one in missing]
        )
        return f"{head}; tier {self.next_tier} also needs: {lacks}."


def essa_tier(study: Study, rating: WwcRating, answers: Standards) -> EssaTier:
    """The tier that a study could support.

    Parameters
    ----------
    study : what the data say of it
    rating : its rating by the What Works Clearinghouse
    answers : what its file says

    Returns
    -------
    EssaTier
        One group before and after is never above tier 4.
    """
    shared = [_significant(study), _no_contrary_evidence(answers)]
    large = [_large(study), _several_sites(answers), _overlap(answers)]
    conditions = {
        1: (_rated(rating, top=True), *shared, *large),
        2: (_rated(rating, top=False), *shared, *large),
        3: (_controls(study, answers), _sound(rating), *shared),
        4: (_logic_model(answers), _under_way()),
    }
    states = {tier: all_met(several) for tier, several in conditions.items()}
    tier = next((tier for tier, met in states.items() if met), None)
    higher = [one for one in states if one < (tier or 5)]
    return EssaTier(
        measure=study.measure,
        tier=tier,
        undecided=tuple(one for one in higher if states[one] is None),
        conditions=conditions,
        next_step=cheapest(conditions[higher[-1]]) if higher else "",
    )


def _rated(rating: WwcRating, *, top: bool) -> Condition:
    wanted = (WITHOUT,) if top else (WITHOUT, WITH)
    met = None if rating.rating == OPEN else rating.rating in wanted
    how = "without reservations" if top else "with or without reservations"
    return Condition(
        name="wwc_without_reservations" if top else "wwc_meets",
        label=f"Meets the What Works Clearinghouse standards {how}",
        met=met,
        seen=f"The rating is: {rating.rating}.",
        source=RULE,
        step="" if met else rating.next_step,
        effort=Effort.SAY if met is None else Effort.OTHER_DESIGN,
    )


def _significant(study: Study) -> Condition:
    met = study.p is not None and study.p < ALPHA and study.favourable is True
    if study.p is None:
        seen = "Nothing tells how sure the result is."
    else:
        way = "favourable" if study.favourable else "not favourable"
        seen = f"The effect is {way}; p {'below' if study.p < ALPHA else 'not below'} .05 ({study.p_from})."
    against = study.p is not None and study.favourable is False
    step = f"Let more {study.group}s try the change; the plan tells how many are needed."
    return Condition(
        name="significant",
        label="A statistically significant favourable effect, clusters taken into account",
        met=met,
        seen=seen,
        source=LAW,
        step="" if met else "Nothing to repair: the result points the other way." if against else step,
        effort=Effort.NOTHING_HELPS if against else Effort.LARGER_CYCLE,
    )


def _no_contrary_evidence(answers: Standards) -> Condition:
    return asked(
        "negative_evidence_elsewhere",
        "No overriding negative evidence from other sound studies",
        answers.negative_evidence_elsewhere,
        wanted="no",
        source=RULE,
        step="Nothing to repair: other studies stand against it.",
        effort=Effort.NOTHING_HELPS,
        seen={"no": "There is none, by what the file says.", "yes": "There is some, by what the file says."},
    )


def _large(study: Study) -> Condition:
    label = f"At least {LARGE_SAMPLE} students, or {MANY_GROUPS} groups of {LARGE_GROUP} or more"
    if study.over_time:
        seen = "The data are of series, and do not say how many students stand behind them all."
        step = "Count the students behind the series yourself; this condition is not judged here."
        return Condition(name="large_sample", label=label, met=None, seen=seen, source=RULE, step=step)
    met = study.n >= LARGE_SAMPLE or study.n_large_groups >= MANY_GROUPS
    return Condition(
        name="large_sample",
        label=label,
        met=met,
        seen=f"{study.n:,} students are in the result, in {study.n_large_groups:,} groups of {LARGE_GROUP} or more.",
        source=RULE,
        step="" if met else "Include more students, or read this study together with others of the same change.",
        effort=Effort.LARGER_CYCLE,
    )


def _several_sites(answers: Standards) -> Condition:
    label = "More than one site: district, locality or state"
    if answers.sites is None:
        step = "Say `standards.sites` in the cycle file: how many districts, localities or states took part."
        return Condition(name="sites", label=label, met=None, seen="Nobody has said so far.", source=RULE, step=step)
    met = answers.sites > 1
    return Condition(
        name="sites",
        label=label,
        met=met,
        seen=f"By what the file says: {answers.sites}.",
        source=RULE,
        step="" if met else "Ask another district to try the same change, and read the two studies together.",
        effort=Effort.LARGER_CYCLE,
    )


def _overlap(answers: Standards) -> Condition:
    return asked(
        "same_population_and_setting",
        "Students and schools like those where it will be used",
        answers.same_population_and_setting,
        wanted="yes",
        source=RULE,
        step="Try the change where it will be used.",
        effort=Effort.OTHER_DESIGN,
        seen={"yes": "They are, by what the file says.", "no": "They are not, by what the file says."},
    )


def _controls(study: Study, answers: Standards) -> Condition:
    by_lot = study.randomised and answers.compromised_assignment == "no"
    met: bool | None = study.compares and (by_lot or study.controls)
    seen = "Chance decided who got the change." if by_lot else "The estimate controls for earlier values or covariates."
    step, effort = "Adjust for the baseline: `estimate: {estimator: ancova}`.", Effort.REANALYSE
    if not study.compares:
        step, effort = "Next time, let some classrooms start later and compare with them.", Effort.OTHER_DESIGN
    elif study.randomised and answers.compromised_assignment is None and not met:
        met, step, effort = None, "Say `standards.compromised_assignment: yes` or `no` in the cycle file.", Effort.SAY
    elif study.baseline_g is None:
        step, effort = "Bring a measure from before the change, and adjust for it.", Effort.LOOK_UP
    return Condition(
        name="controls",
        label="A comparison with controls for who got the change",
        met=met,
        seen=seen if met else "Nothing is known to control for who got the change.",
        source=LAW,
        step="" if met else step,
        effort=effort,
    )


def _sound(rating: WwcRating) -> Condition:
    """Well designed and implemented: the requirements of any design, equivalence and lots left aside."""
    core = ("finding", "comparison", "reliability", "outcome_overaligned", "measured_alike", "confounds")
    parts = [one for one in rating.conditions if one.name in core]
    met = all_met(parts)
    wrong = [one.label.lower() for one in parts if one.met is not True]
    return Condition(
        name="sound",
        label="Well designed and carried out: sound outcome, nothing else that sets the groups apart",
        met=met,
        seen="Nothing known stands against it."
        if met
        else f"{'Open' if met is None else 'Not met'}: {'; '.join(wrong)}.",
        source=LAW,
        step="" if met else cheapest(parts),
        effort=Effort.SAY if met is None else Effort.OTHER_DESIGN,
    )


def _logic_model(answers: Standards) -> Condition:
    met = answers.logic_model is not None
    return Condition(
        name="logic_model",
        label="A logic model based on research, cited",
        met=met,
        seen=f"Cited: {answers.logic_model}" if met else "None is cited.",
        source=LAW,
        step=""
        if met
        else "Cite the research that gives reason to expect the effect: `standards.logic_model` in the cycle file.",
    )


def _under_way() -> Condition:
    return Condition(
        name="under_way", label="A study of its effects under way", met=True, seen="This is one.", source=LAW
    )
