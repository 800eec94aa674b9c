"""What a reviewer asks of a study and no data can answer: the answers of a cycle file, under `standards`.

Nothing here has a default that speaks for a study: what is not answered stays open, and the rating says which answer it waits for.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from cycles.core import strict_yaml
from cycles.core.models import Model


def _yes_or_no(value: Any) -> Any:
    if not isinstance(value, (str, bool)):
        return value
    written = str(value).lower()
    return {"true": "yes", "false": "no"}.get(written, written)


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty; leave the key out instead")
    return value.strip()


YesNo = Annotated[Literal["yes", "no"], BeforeValidator(_yes_or_no)]
Said = Annotated[str, AfterValidator(_said)]


class MeasuredReliability(Model):
    """How reliable the outcome is, by a study of the instrument: which kind of coefficient, and its value."""

    kind: Literal["internal_consistency", "test_retest", "inter_rater"]
    value: Annotated[float, Field(ge=-1, le=1), BeforeValidator(strict_yaml.number_or_text)]


class Principles(Model):
    """What was done for each of the Standards for Excellence in Education Research, in the team's words; left out: not done."""

    registration: Said | None = None
    open_materials: Said | None = None
    components: Said | None = None
    implementation: Said | None = None
    costs: Said | None = None
    outcomes: Said | None = None
    generalization: Said | None = None
    scaling: Said | None = None
    equity: Said | None = None


class Standards(Model):
    """Answers that a rating by the What Works Clearinghouse and an ESSA tier need.

    `confounds` is `none`, or what else differed between the arms from the start. `compromised_assignment`: somebody changed who was
    drawn. `joiners`: students are analysed who came to their cluster after it was assigned. `outcome_overaligned`: the outcome asks
    for what only one arm was taught. `measured_alike`: it was collected in the same way in both arms. `change_affects_staying`: the
    change may decide who stays, so the cautious attrition boundary holds (it does where nothing is said). `sites`: districts,
    localities or states. `same_population_and_setting`: students and schools are like those where the evidence will be used.
    `negative_evidence_elsewhere`: a sound study found the opposite. `logic_model`: the citation of one.
    """

    confounds: Said | None = None
    compromised_assignment: YesNo | None = None
    joiners: YesNo | None = None
    outcome_overaligned: YesNo | None = None
    measured_alike: YesNo | None = None
    reliability: MeasuredReliability | None = None
    change_affects_staying: YesNo | None = None
    outcome_domain: Literal["achievement", "other"] | None = None
    sites: Annotated[int, Field(ge=1), BeforeValidator(strict_yaml.number_or_text)] | None = None
    same_population_and_setting: YesNo | None = None
    negative_evidence_elsewhere: YesNo | None = None
    logic_model: Said | None = None
    seer: Principles = Principles()
