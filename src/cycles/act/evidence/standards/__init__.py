"""Standards of evidence: what an outside reviewer would make of a study, why not more, and what would help most for least.

The rating of the What Works Clearinghouse, the ESSA tier the study could support, and the Standards for Excellence in Education Research.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cycles.act.evidence.standards.essa import EssaTier, essa_tier
from cycles.act.evidence.standards.seer import Principle, principles
from cycles.act.evidence.standards.study import study_of
from cycles.act.evidence.standards.wwc import WwcRating, wwc_rating
from cycles.core.vocabulary import Estimate, Finding, Panel, Record, SealState, SeriesPanel
from cycles.plan.cycle_file import Cycle
from cycles.plan.standards import Standards
from cycles.study.inference.effect_size import improvement_index
from cycles.study.scoring.reliability import Reliability

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EssaTier", "Standing", "rate"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Standing(Record):
    """Where a study stands by the standards of evidence reviews. `effect_size_wwc` is the estimate's own."""

    measure: str
    wwc: WwcRating
    essa: EssaTier
    seer: tuple[Principle, ...]
    effect_size_wwc: float | None = None
    effect_size_wwc_se: float | None = None
    improvement_index: float | None = None

    @property
    def text(self) -> str:
        """The rating and the tier, a sentence each."""
        return f"{self.wwc.text} {self.essa.text}"

    @property
    def table(self) -> "pd.DataFrame":
        """One row per condition: `standard, condition, met, seen, step, source`."""
        import pandas as pd

        parts = [
            ("WWC", self.wwc.conditions),
            *((f"ESSA tier {tier}", several) for tier, several in self.essa.conditions.items()),
        ]
        rows = [
            (standard, one.label, one.met, one.seen, one.step, one.source)
            for standard, several in parts
            for one in several
        ]
        return pd.DataFrame(rows, columns=["standard", "condition", "met", "seen", "step", "source"])


def rate(
    estimate: Estimate,
    panel: Panel | SeriesPanel,
    findings: Sequence[Finding],
    *,
    plan: Cycle | None = None,
    standards: Standards | None = None,
    reliability: Reliability | float | None = None,
    seal_state: SealState = "unsealed",
) -> Standing:
    """Rate a study as a reviewer would, and say what stands against more.

    Parameters
    ----------
    estimate, panel, findings : the estimate, the panel it was made from, and what the checks saw
    plan : the cycle file; its `standards` holds the answers that no data can give
    standards : the answers, for a study without a cycle file
    reliability : how consistently the outcome was measured, as :func:`cycles.reliability` says or as a number
    seal_state : whether the plan was sealed before the data

    Returns
    -------
    Standing
        The rating by the What Works Clearinghouse, the ESSA tier and the principles of SEER. While an answer is missing that the rating
        hangs on, it is "cannot be rated", and says what to write.

    Notes
    -----
    A reading aid, not a review: only certified reviewers rate for the clearinghouse. Every assigned unit must be in the panel, or nobody
    counts as lost. The data of one study never show what others found; that is asked.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.checks import run_checks
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyynnn"), "score": [5.0, 6, 7, 4, 5, 6]})
    >>> panel = as_panel(frame, measure="score", outcome="score", arm="arm", change="y", comparison="n", design="student_randomised")
    >>> found = estimate(panel, estimator="difference_in_means")
    >>> rate(found, panel, run_checks(found, panel)).wwc.rating
    'cannot be rated'
    """
    answers = standards or (plan.standards if plan else Standards())
    alpha = reliability.alpha if isinstance(reliability, Reliability) else reliability
    study = study_of(
        estimate, panel, findings, answers=answers, reliability=alpha, records=_from_records(plan, panel.measure)
    )
    rating = wwc_rating(study, answers)
    return Standing(
        measure=estimate.id,
        wwc=rating,
        essa=essa_tier(study, rating, answers),
        seer=principles(plan, answers.seer, seal_state=seal_state),
        effect_size_wwc=study.effect,
        effect_size_wwc_se=study.effect_se,
        improvement_index=None if study.effect is None else improvement_index(study.effect),
    )


def _from_records(plan: Cycle | None, measure: str) -> bool:
    """Whether the plan counts the measure from records (an indicator) rather than from answers."""
    spec = plan.measures.all.get(measure) if plan else None
    return spec is not None and (spec.indicator or spec.published) is not None
