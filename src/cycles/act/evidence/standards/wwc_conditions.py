"""What the group design standards of the What Works Clearinghouse ask of a study, one condition each.

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, group design standards.
What Works Clearinghouse (2020). Standards Handbook, version 4.1, chapter II.
"""

from cycles.act.evidence.standards.conditions import Condition, Effort, asked
from cycles.act.evidence.standards.study import Study
from cycles.plan.standards import Standards
from cycles.study.checks.baseline_equivalence import ADJUSTABLE, EDGE

HANDBOOK = "WWC Handbook 5.0"
LEAST_RELIABILITY = {"internal_consistency": 0.50, "test_retest": 0.40, "inter_rater": 0.50}
"""Below these an outcome is not reliable enough to be reviewed."""


def finding(study: Study) -> Condition:
    """Something was estimated at all."""
    there = study.state != "not_estimable"
    return Condition(
        name="finding",
        label="There is a finding to review",
        met=there,
        seen="An effect was estimated." if there else "No effect could be estimated.",
        source=f"{HANDBOOK}, eligible findings",
        step="" if there else "Put right what the estimate names as its reason, and run again.",
        effort=Effort.REANALYSE,
    )


def comparison(study: Study) -> Condition:
    """Somebody is compared with."""
    return Condition(
        name="comparison",
        label="Compared with a group without the change",
        met=study.compares,
        seen="Two groups are compared." if study.compares else "One group, before and after.",
        source=f"{HANDBOOK}, eligible designs",
        step="" if study.compares else "Next time, let some classrooms start later and compare with them.",
        effort=Effort.OTHER_DESIGN,
    )


def effect_of_the_change(study: Study) -> tuple[Condition, ...]:
    """What was estimated is an effect; asked only where it is not, as of a slope on how much was received."""
    if not study.association:
        return ()
    return (
        Condition(
            name="effect",
            label="What was estimated is an effect of the change",
            met=False,
            seen="It is an association: how the outcome goes with what was received, or with time.",
            source=f"{HANDBOOK}, eligible designs",
            step="Estimate the difference between those with the change and those without: `estimate: {estimator: ancova}`.",
            effort=Effort.REANALYSE,
        ),
    )


def covered(study: Study) -> tuple[Condition, ...]:
    """The design is one that these standards are about; asked only of series over time, which are not."""
    if not study.over_time:
        return ()
    return (
        Condition(
            name="covered",
            label="A design that the group design standards cover",
            met=False,
            seen="Series over time are not eligible for review by these standards; single cases have standards of their own.",
            source=f"{HANDBOOK}, eligible designs",
            step="Next time, let a lot decide which begin first, and compare students measured before and after.",
            effort=Effort.OTHER_DESIGN,
        ),
    )


def reliable(study: Study, answers: Standards) -> Condition:
    """The outcome is reliable enough, by its kind of coefficient; records of a school are."""
    label, source = "The outcome is measured reliably", f"{HANDBOOK}, outcome requirements"
    if study.records:
        return Condition(
            name="reliability",
            label=label,
            met=True,
            seen="It is counted from the school's own records.",
            source=source,
        )
    kind, value = "internal_consistency", study.reliability
    if answers.reliability is not None:
        kind, value = answers.reliability.kind, answers.reliability.value
    if value is None:
        step = "Say `standards.reliability: {kind: internal_consistency, value: 0.80}` with what a study of the instrument found."
        return Condition(
            name="reliability",
            label=label,
            met=None,
            seen="Nothing is known of its reliability.",
            source=source,
            step=step,
        )
    least = LEAST_RELIABILITY[kind]
    met = value >= least - EDGE
    said = f"{kind.replace('_', ' ').capitalize()} {value:.2f}; at least {least:.2f} is asked for."
    step = "" if met else "Use an instrument whose reliability is known, or more of its items."
    return Condition(
        name="reliability", label=label, met=met, seen=said, source=source, step=step, effort=Effort.OTHER_DESIGN
    )


def not_overaligned(answers: Standards) -> Condition:
    """The outcome is not what only one group was taught."""
    return asked(
        "outcome_overaligned",
        "The outcome does not ask for what only one group was taught",
        answers.outcome_overaligned,
        wanted="no",
        source=f"{HANDBOOK}, outcome requirements: overalignment",
        step="Add an outcome that neither group was prepared for.",
        effort=Effort.LOOK_UP,
        seen={"no": "It does not, by what the file says.", "yes": "It does, by what the file says."},
    )


def measured_alike(answers: Standards) -> Condition:
    """Both groups were measured in the same way."""
    return asked(
        "measured_alike",
        "The outcome was collected in the same way in both groups",
        answers.measured_alike,
        wanted="yes",
        source=f"{HANDBOOK}, outcome requirements: data collection",
        step="Next time, ask both groups with the same questions, at the same time, in the same way.",
        effort=Effort.OTHER_DESIGN,
        seen={"yes": "It was, by what the file says.", "no": "It was not, by what the file says."},
    )


def no_confound(study: Study, answers: Standards) -> Condition:
    """Nothing else sets the groups apart, and no group is a single cluster."""
    label, source = "Nothing but the change sets the groups apart throughout", f"{HANDBOOK}, confounding factors"
    if study.one_cluster_in_an_arm:
        seen, met = f"One group is a single {study.group}: it and the change cannot be told apart.", False
        step = f"Let at least two {study.group}s, better four, try the change."
    elif answers.confounds is None:
        seen, met = "Nobody has said so far.", None
        step = "Say `standards.confounds: none`, or what else differed between the groups, in the cycle file."
    elif answers.confounds.lower() == "none":
        seen, met, step = "Nothing else did, by what the file says.", True, ""
    else:
        seen, met, step = f"By what the file says: {answers.confounds}", False, "Next time, keep everything else alike."
    effort = Effort.OTHER_DESIGN if met is False else Effort.SAY
    return Condition(name="confounds", label=label, met=met, seen=seen, source=source, step=step, effort=effort)


def by_chance(study: Study, answers: Standards) -> list[Condition]:
    """What only a trial can show; of a comparison without lots, that it is none."""
    lots = Condition(
        name="random_assignment",
        label="Chance decided who got the change",
        met=study.randomised,
        seen="It did." if study.randomised else "It did not.",
        source=f"{HANDBOOK}, study design",
        step="" if study.randomised else "Next time, draw by lot who gets the change first.",
        effort=Effort.OTHER_DESIGN,
    )
    if not study.randomised:
        return [lots]
    intact = asked(
        "compromised_assignment",
        "Nobody changed who was drawn",
        answers.compromised_assignment,
        wanted="no",
        source=f"{HANDBOOK}, compromised random assignment",
        step="Analyse everybody in the group they were drawn for.",
        effort=Effort.REANALYSE,
        seen={"no": "Nobody did, by what the file says.", "yes": "Somebody did, by what the file says."},
    )
    joined = asked(
        "joiners",
        "Nobody is analysed who came to a group after it was drawn",
        answers.joiners,
        wanted="no",
        source=f"{HANDBOOK}, cluster-level assignment: joiners",
        step="Leave out students who came after the draw.",
        effort=Effort.REANALYSE,
        seen={"no": "Nobody is, by what the file says.", "yes": "Some are, by what the file says."},
    )
    return [lots, intact, _attrition(study, answers), *([joined] if study.by_cluster else [])]


def _attrition(study: Study, answers: Standards) -> Condition:
    cautious = answers.change_affects_staying != "no"
    boundary = "cautious" if cautious else "optimistic"
    met = None if study.losses is None else all(one.is_low(cautious=cautious) for one in study.losses)
    told = " ".join(
        f"{one.level.removesuffix('_id')}s lost: {one.overall:.1%} overall, {100 * one.differential:.1f} points more in one group."
        for one in study.losses or ()
    )
    return Condition(
        name="attrition",
        label=f"Few were lost, and about as many in each group ({boundary} boundary)",
        met=met,
        seen=f"{told[:1].upper()}{told[1:]}" or "It could not be counted.",
        source="WWC Standards Handbook 4.1, table II.1, taken over by 5.0",
        step="" if met else "Find the results of those who are missing, above all in the group that lost more.",
        effort=Effort.FOLLOW_UP,
    )


def baseline_alike(study: Study) -> Condition:
    """The groups were alike before the change; what cannot be shown is not met."""
    met = study.baseline == "pass"
    step, effort = "", Effort.SAY
    if not met and study.baseline_g is None:
        step = "Bring a measure from before the change, for both groups: an earlier survey, last year's records."
        effort = Effort.LOOK_UP
    elif not met and study.baseline_g is not None and abs(study.baseline_g) <= ADJUSTABLE + EDGE:
        step, effort = "Adjust for the baseline: `estimate: {estimator: ancova}`.", Effort.REANALYSE
    elif not met:
        step = "Compare groups that began alike: match or weight them by the baseline, or choose others next time."
        effort = Effort.OTHER_DESIGN
    return Condition(
        name="baseline_equivalence",
        label="The groups were alike before the change, among those analysed",
        met=met,
        seen=study.baseline_seen,
        source=f"{HANDBOOK}, baseline equivalence",
        step=step,
        effort=effort,
    )
