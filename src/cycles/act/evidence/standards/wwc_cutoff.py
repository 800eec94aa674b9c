"""What the regression discontinuity standards of the What Works Clearinghouse ask, as far as data and checks can show it.

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, regression discontinuity design standards.
"""

from cycles.act.evidence.standards.conditions import Condition, Effort
from cycles.act.evidence.standards.study import Study
from cycles.act.evidence.standards.wwc_conditions import HANDBOOK
from cycles.core.vocabulary import Answer

SOURCE = f"{HANDBOOK}, regression discontinuity standards"
MET: dict[Answer, bool | None] = {"pass": True, "concern": False, "cannot_say": None}
NOT_LOOKED_AT: tuple[Answer, str] = ("cannot_say", "Nobody looked.")


def at_cutoff(study: Study) -> list[Condition]:
    """The integrity of the score, continuity, the way the jump was estimated, and attrition, which is not judged here.

    Parameters
    ----------
    study : what the data say of it; `seen_at_cutoff` has what the checks saw
    """
    return [
        _checked(
            study, "manipulation", "Nobody could choose on which side of the cutoff a score came to lie",
            step="Find out who gave the scores and who knew the cutoff, and say so.",
        ),
        _checked(
            study, "continuity_at_cutoff", "Nothing jumps at the cutoff but the change",
            step="Bring a measure from before the change, and see that it does not jump.",
        ),
        _checked(
            study, "local_lines", "The jump is estimated by local lines with a justified bandwidth",
            step="Use `estimate: {estimator: regression_discontinuity}`.",
        ),
        Condition(
            name="attrition_at_cutoff",
            label="Few were lost on either side of the cutoff",
            met=None,
            seen="Not judged here: these standards judge attrition at the cutoff, by a model or a boundary of their own.",
            source=SOURCE,
            step="Ask a certified reviewer to judge attrition at the cutoff; everything else that is asked stands beside it.",
            effort=Effort.LOOK_UP,
        ),
    ]  # fmt: skip


def _checked(study: Study, name: str, label: str, *, step: str) -> Condition:
    answer, seen = study.seen_at_cutoff.get(name, NOT_LOOKED_AT)
    met = MET[answer]
    return Condition(
        name=name, label=label, met=met, seen=seen, source=SOURCE, step="" if met else step, effort=Effort.REANALYSE
    )
