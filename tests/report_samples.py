"""A whole synthetic run for tests of reporting: a plan, records with round numbers, and the folder they are shown into."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from cycles.act.reporting import report, show
from cycles.core.ledger import Seal
from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import Chart, ContractReport, Decision, Estimate, Finding, PredictionScore
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import Cycle
from cycles.plan.run import Run

PLAN: dict[str, Any] = {
    "kind": "pdsa_cycle",
    "cycle": "greetings-2026-fall",
    "title": "Two-minute check-ins at the start of advisory",
    "team": {"name": "Grade 9 advisory team", "co_designers": ["students", "teachers", "families"]},
    "started_on": "2026-10-05",
    "aim": "By January, belonging in grade 9 rises by 0.2 points on the 1-5 scale",
    "change": "A greeting and a two-minute check-in at the start of every advisory",
    "driver": "Every student is known well by one adult",
    "prediction": {
        "measure": "belonging", "direction": "increase", "size": 0.2, "worth_having": 0.1, "interval": [0.05, 0.35], "probability": 0.7,
    },
    "measures": {
        "outcome": {"belonging": {"scale": "school_belonging.belonging"}},
        "process": {"check_ins_per_week": {"indicator": "sessions_per_week"}},
        "balancing": {"lessons_missed_share": {"indicator": "lessons_missed_share"}},
    },
    "design": {
        "kind": "cluster_comparison", "cluster": "classroom_id", "contrast": {"change": "check_ins", "comparison": "not_yet"},
        "outcome_wave": "2027-winter",
    },
    "estimate": {"estimator": "ancova"},
    "decide": {
        "on": "2027-01-25",
        "fidelity": {"check_ins_per_week": {"at_least": 1.5}},
        "balancing": {"lessons_missed_share": {"worse_by": 0.02}},
    },
    "sources": {"survey": {"adapter": "csv", "path": "data/survey.csv", "instrument": "school_belonging"}},
}  # fmt: skip


def plan(**changes: Any) -> Cycle:
    """The plan, with other values for some keys."""
    return Cycle.parse({**PLAN, **changes}, where="greetings.yml")


def open_sample_run(root: Path, *, cycle: Cycle | None = None) -> Run:
    """A run in an empty workspace below `root`, sealed, in use."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "cycles.toml").write_text("")
    cycle_file = root / "greetings.yml"
    cycle = cycle or plan()
    cycle_file.write_text(cycle.model_dump_json(exclude_none=True))
    folder = RunFolder(root / "runs" / cycle.cycle / "one", workspace=Workspace(root), cycle_name=cycle.cycle).use()
    folder.ledger.start_run(
        run_id="one", cycle=cycle.cycle, kind=cycle.kind, folder=folder.path, cycle_file=cycle_file, holder={}
    )
    seal = Seal(cycle=cycle.cycle, sealed_at="2026-09-30T14:02:00Z", sha256="5ea1" * 16, sealed={}, outcome_files=[])
    return Run(
        cycle=cycle,
        cycle_file=cycle_file,
        folder=folder,
        workspace=Workspace(root),
        run_id="one",
        seed=2026,
        opened_on=date(2027, 1, 26),
        seal=seal,
        owns_lease=False,
    )


def estimate(**changes: Any) -> Estimate:
    """An estimate of belonging."""
    made = Estimate(
        id="belonging",
        estimand="difference in belonging",
        estimator="ancova",
        design="cluster_comparison",
        state="estimated",
        value=0.214,
        se=0.061,
        se_kind="CR2",
        df=37.2,
        low=0.091,
        high=0.337,
        p=0.001,
        n=1042,
        n_by_arm={"check_ins": 530, "not_yet": 512},
        n_clusters=48,
        n_missing=148,
        unit="points on the 1-5 scale",
        sd=0.71,
        effect_size=0.301,
        coefficients=pd.DataFrame({"term": ["arm"], "value": [0.214], "se": [0.061]}),
    )
    return replace(made, **changes)


def chart(*, n: int = 530) -> Chart:
    """Attendance of 22 weeks with the change after the ninth."""
    start = date(2026, 8, 31)
    percents = (
        "91.2 91.4 91.0 90.6 90.9 90.5 91.2 92.1 90.9 90.8 91.5 91.4 91.3 92.6 93.1 91.7 92.3 91.3 91.7 92.4 91.7 92.8"
    )
    values = [float(one) / 100 for one in percents.split()]
    periods = [start + timedelta(weeks=week) for week in range(len(values))]
    change = date(2026, 11, 2)
    phases = ["before" if period < change else "after" for period in periods]
    counts = [n - week % 7 for week in range(len(values))]
    return Chart(
        kind="run",
        measure="attendance_share",
        unit="share of enrolled days",
        points=pd.DataFrame({"period": periods, "value": values, "n": counts, "phase": phases}),
        center={"before": 0.910, "after": 0.9165},
        change_on=change,
        signals=("9 weeks in a row above the median",),
        text="Weekly attendance: 9 weeks in a row stand above the median of 91.0%, more than chance would give in 22 weeks (at most 7).",
    )


def answers(*, strongly_disagree: int = 45) -> pd.DataFrame:
    """Answers to four items, as an item distribution gives them."""
    items = {
        "BEL_01": ("I feel that I belong at this school.", [strongly_disagree, 120, 210, 450, 217]),
        "BEL_02": ("At least one adult here would notice if I were away.", [38, 95, 180, 430, 299]),
        "BEL_03": ("People here are glad to see me.", [60, 150, 260, 402, 170]),
        "BEL_06": ("Adults here ask what I think.", [110, 240, 330, 262, 100]),
    }
    labels = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
    rows = [
        {"item": item, "text": text, "code": str(code), "label": label, "n": n, "share": n / sum(counts)}
        for item, (text, counts) in items.items()
        for code, (label, n) in enumerate(zip(labels, counts), start=1)
    ]
    return pd.DataFrame(rows)


def decision() -> Decision:
    """Adopt."""
    return Decision(
        call="adopt",
        step=4,
        because="the probability that belonging rose by at least 0.1 points is 96%, and 80% was asked for.",
        measure="belonging",
        probability=0.96,
        probability_flat=0.97,
        probability_narrow_prior=0.91,
        probability_harm=0.01,
        sealed="sealed_before_data",
        next_step="Extend the check-ins to grades 7 and 8, and watch lessons missed.",
        cannot_say=(
            "Chance did not decide which classes started, so other differences between them may explain part of the result.",
            "148 of 1,190 students gave no answer; how their belonging changed is not known.",
        ),
    )


def findings() -> list[Finding]:
    """Three answers."""
    return [
        Finding(
            name="response",
            answer="concern",
            text="88% answered, 91% with check-ins and 84% without; the difference is 7 points.",
        ),
        Finding(
            name="baseline_equivalence",
            answer="pass",
            text="Before the change the arms differed by 0.03 standard deviations.",
        ),
        Finding(name="cluster_count", answer="pass", text="24 classrooms in each arm."),
        Finding(
            name="spillover",
            answer="cannot_say",
            text="Whether students without check-ins met the ones who had them was not recorded.",
        ),
    ]


def contracts(*, broken: int = 7) -> tuple[ContractReport, ...]:
    """Two files, one with rows set aside."""
    rules = pd.DataFrame(
        {"rule": ["required", "codes"], "outcome": ["pass", "fail" if broken else "pass"], "n_failed": [0, broken]}
    )
    used = pd.DataFrame({"student_id": [f"canary-{row}" for row in range(2380)]})
    quarantined = pd.DataFrame({"_line": range(broken), "_rules": "codes"})
    one = ContractReport(
        source="survey", contract="survey.school_belonging", version="1.0.0", outcome="pass", rows_in=2380 + broken,
        used=used, quarantined=quarantined, rules=rules, sha256="ab12" * 16,
    )  # fmt: skip
    return one, replace(
        one, source="arms", contract="arms", rows_in=2380, quarantined=quarantined.head(0), rules=rules.head(1)
    )


def show_everything(run: Run) -> None:
    """The journey of a notebook."""
    show(run.cycle)
    show(run)
    for one in contracts():
        content = {
            "source": one.source,
            "contract": one.contract,
            "version": one.version,
            "outcome": one.outcome,
            "sha256": one.sha256,
        }
        run.folder.record(
            "contract", {**content, "rows_in": one.rows_in, "used": one.n_used, "quarantined": one.n_quarantined}
        )
    show(contracts())
    process = pd.DataFrame(
        {
            "measure": "check_ins_per_week",
            "arm": ["check_ins", "not_yet"],
            "n": [540, 521],
            "mean": [2.61, 0.04],
            "median": [2.7, 0.0],
        }
    )
    show(process, section="dosage", title="Check-ins a week", alt="Check-ins per student and week, by arm.")
    show(
        chart(),
        alt="Run chart of weekly attendance, 22 weeks; the median is 91.0% before the change and 91.7% after it.",
    )
    show(
        answers(),
        title="What students said: belonging",
        alt="Answers to four questions; two in three agree that they belong here.",
    )
    missed = estimate(
        id="lessons_missed_share",
        unit="share of lesson minutes",
        value=0.004,
        se=0.003,
        low=-0.002,
        high=0.01,
        effect_size=0.05,
    )
    show({"belonging": estimate(), "lessons_missed_share": missed}, alt="Effect on each measure with its 95% interval.")
    show(subgroups(), alt="Effect within each group, with its interval.")
    show(
        response_by_group(),
        section="response",
        title="Answers by group",
        alt="Share of students who answered, by group.",
    )
    show(findings())
    show(decision())
    show(prediction())
    show("Students asked to lead the check-in themselves on Fridays. We will try that first.")


def subgroups() -> dict[str, Estimate]:
    """Effects within groups, as an estimator gives them."""
    arms = {"check_ins": 70, "not_yet": 68}
    return {
        "english_learner: no": estimate(id="english_learner: no", value=0.20, low=0.06, high=0.34, n=904),
        "english_learner: yes": estimate(
            id="english_learner: yes", value=0.29, low=-0.02, high=0.60, n=138, n_by_arm=arms
        ),
        "iep: no": estimate(id="iep: no", value=0.22, low=0.09, high=0.35, n=921),
        "iep: yes": estimate(id="iep: yes", value=0.12, low=-0.21, high=0.45, n=121, n_by_arm=arms),
    }


def response_by_group() -> pd.DataFrame:
    """Two groups are too small to be told apart."""
    return pd.DataFrame(
        {
            "group": ["Hispanic or Latino", "Black", "White", "Asian", "Multiracial", "American Indian"],
            "n": [471, 268, 203, 64, 31, 5],
            "answered_share": [0.89, 0.85, 0.90, 0.91, 0.87, 0.8],
        }
    )


def prediction() -> PredictionScore:
    """A hit."""
    return PredictionScore(
        measure="belonging",
        predicted=0.2,
        predicted_low=0.05,
        predicted_high=0.35,
        stated_probability=0.7,
        result=0.214,
        hit=True,
        right_direction=True,
        probability_of_size=0.6,
        brier=0.09,
        counts_for_calibration=True,
        text="Predicted +0.2 points; the result is +0.21 points, inside the predicted interval.",
    )


def write_sample_report(root: Path) -> Path:
    """The report of the synthetic run."""
    run = open_sample_run(root)
    show_everything(run)
    return report(run)
