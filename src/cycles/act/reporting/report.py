"""`report`: the report and the results of a run, from what was shown in it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from cycles.act.reporting.effects_of import interval_in_words, value_in_words
from cycles.act.reporting.html import render
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import Policy, policy_named
from cycles.act.reporting.results import results_of
from cycles.act.reporting.wording import count, day, percent, sentence_case, words
from cycles.core.errors import DisclosureError, RunError
from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import AnnualImpact, Cycle
from cycles.plan.run import Run

REPORT, RESULTS, FACTS = "report.html", "results.json", "report_facts.json"
KINDS = {"pdsa_cycle": "PDSA cycle", "evaluation": "Evaluation", "annual_impact": "Annual impact"}
_NOT_BY_CHANCE = (
    "Chance did not decide who got the change, so other differences between the groups may explain part of the result."
)
DESIGN_LIMITS = {
    "cluster_comparison": _NOT_BY_CHANCE,
    "student_comparison": _NOT_BY_CHANCE,
    "one_group_pre_post": "Nobody is compared with, so this is change over time; whether the change caused it cannot be told.",
    "cluster_randomised": "Chance decided who got the change here; whether the same happens elsewhere does not follow from one cycle.",
    "student_randomised": "Chance decided who got the change here; whether the same happens elsewhere does not follow from one cycle.",
}


def report(run: Run) -> Path:
    """Write the report and the results of a run into its folder, and finish the run.

    Parameters
    ----------
    run : Run
        An open run; what was shown in it is in its folder.

    Returns
    -------
    Path
        `report.html`, beside `results.json`, `manifest.json` and `report_facts.json` (with the blocks, all that
        :func:`report_again` needs).

    Raises
    ------
    DisclosureError
        CY401 when something was shown under a weaker disclosure policy than the plan's.
    WriteError
        CY504 when the folder cannot be written.
    """
    folder = run.folder
    _require_policy(folder.blocks, policy_named(run.cycle.report.disclosure))
    results = results_of(
        cycle=_cycle_of(run.cycle),
        contracts=folder.records("contract"),
        estimates=folder.records("estimate"),
        findings=folder.records("finding"),
        decisions=folder.records("decision"),
        predictions=folder.records("prediction"),
        blocks=folder.blocks,
    )
    facts = facts_of(run, results)
    folder.write_json(RESULTS, results)
    folder.write_json(FACTS, facts)
    path = folder.write_text(REPORT, render(folder.blocks, facts))
    run.finish(results)
    return path


def report_again(folder: RunFolder) -> Path:
    """Write a run's report again, from its recorded blocks and facts.

    Raises
    ------
    RunError
        CY505 when the run left none.
    """
    facts = folder.path / FACTS
    if not facts.is_file():
        raise RunError("the run left nothing to report from", code="CY505", where=str(folder.path))
    return folder.write_text(REPORT, render(folder.blocks, json.loads(facts.read_text("utf-8"))))


def facts_of(run: Run, results: dict[str, Any]) -> dict[str, Any]:
    """What the report says beside its blocks; the same on every rerun with the same inputs, ledger and seal.

    Parameters
    ----------
    run : Run
    results : dict
        As :func:`cycles.act.reporting.results.results_of` makes them.

    Returns
    -------
    dict
        See :func:`cycles.act.reporting.html.render`.
    """
    cycle, policy = run.cycle, policy_named(run.cycle.report.disclosure)
    return {
        "lang": "en",
        "kind": KINDS[cycle.kind],
        "title": cycle.title,
        "eyebrow": " · ".join(_eyebrow(cycle)),
        "lede": cycle.change if isinstance(cycle, Cycle) else "",
        "aim": cycle.aim if isinstance(cycle, Cycle) else "",
        "glance": glance(cycle, results),
        "decision_rows": _decision_rows(cycle, results),
        "cannot_say": _cannot_say(cycle, results),
        "provenance": provenance(run, results, policy),
        "footer": _footer(run, policy),
    }


def glance(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[dict[str, str]]:
    """Three numbers to see first: the effect with its interval, the students behind it, the data checks."""
    tiles = []
    headline = headline_of(cycle, results)
    if headline is not None and isinstance(cycle, Cycle):
        tiles += _headline_tiles(headline, cycle)
    if results["reconciliation"]:
        kept = sum(one["outcome"] == "pass" for one in results["reconciliation"])
        rows, used = (sum(one[name] or 0 for one in results["reconciliation"]) for name in ("rows_in", "used"))
        said = f"files kept their contract; {count(used)} of {count(rows)} rows used"
        tiles.append({"big": f"{kept} of {len(results['reconciliation'])}", "small": said})
    return tiles


def headline_of(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> Estimate | None:
    """The estimate that the prediction is about, as recorded."""
    if not isinstance(cycle, Cycle):
        return None
    own = [one for one in results["estimates"] if one["id"] == cycle.prediction.measure]
    planned = [one for one in own if one["estimator"] == cycle.estimate.estimator]
    found = next(iter([*planned, *own]), None)
    if found is None:
        return None
    known = {
        name: value for name, value in found.items() if name in Estimate.__dataclass_fields__ and name != "coefficients"
    }
    return Estimate(
        **{**known, "n_missing": known.get("n_missing") or 0, "conventions": tuple(known.get("conventions") or ())}
    )


def provenance(run: Run, results: dict[str, Any], policy: Policy) -> list[Block]:
    """Where the numbers come from: files by hash, contracts and their versions, packages, seed."""
    request = Request(policy=policy)
    facts = run.facts
    inputs = [
        (
            words(one["source"] or one["table"]),
            f"{one['contract'] or '–'} {one['version'] or ''}".strip(),
            (one["sha256"] or "–")[:16],
        )
        for one in results["reconciliation"]
    ]
    inputs.append(("parameter file", facts["cycle_file"]["name"], facts["cycle_file"]["sha256"][:16]))
    versions = [("Computed with", ", ".join(f"{name} {version}" for name, version in facts["versions"].items()))]
    rules = [
        ("Smallest group shown", f"{policy.smallest_group} students ({words(policy.name)})"),
        ("Seed", str(run.seed)),
    ]
    return [
        make_block(
            "table",
            request,
            section="provenance",
            title="Inputs",
            alt="What was read, the contract it was held to, and the beginning of its SHA-256",
            columns=("Input", "Contract", "SHA-256 begins"),
            rows=inputs,
        ),
        make_block("facts", request, section="provenance", title="Rules and versions", rows=[*rules, *versions]),
    ]


def _require_policy(blocks: list[Block], policy: Policy) -> None:
    used = {policy_named(block.get("policy")) for block in blocks}
    weaker = [
        one for one in used if one.smallest_group < policy.smallest_group or one.smallest_count < policy.smallest_count
    ]
    if weaker:
        raise DisclosureError(
            f"the plan asks for {policy.name}, but something was shown under {weaker[0].name}",
            code="CY401",
            fix="Run the notebook from the top, after the plan is opened.",
        )


def _cycle_of(cycle: Cycle | AnnualImpact) -> dict[str, Any]:
    said: dict[str, Any] = {"name": cycle.cycle, "kind": cycle.kind, "title": cycle.title}
    if isinstance(cycle, Cycle):
        said |= {
            "started_on": cycle.started_on,
            "outcomes": list(cycle.measures.outcome),
            "measure": cycle.prediction.measure,
        }
    return said


def _eyebrow(cycle: Cycle | AnnualImpact) -> list[str]:
    if isinstance(cycle, AnnualImpact):
        return [KINDS[cycle.kind], cycle.team.name, cycle.year]
    return [KINDS[cycle.kind], cycle.team.name, f"started {day(cycle.started_on)}"]


def _headline_tiles(headline: Estimate, cycle: Cycle) -> list[dict[str, str]]:
    request = Request(policy=policy_named(cycle.report.disclosure), plan=cycle)
    measure = request.measure_title(headline.id)
    contrast = cycle.design.contrast
    against = f", {words(contrast.change)} minus {words(contrast.comparison)}" if contrast.comparison else ""
    if headline.value is None:
        return [{"big": "No estimate", "small": f"{measure}: {headline.code or 'held back'}"}]
    interval = (
        f" ({percent(headline.level)} interval {interval_in_words(headline)})"
        if headline.low is not None
        else ", described only"
    )
    value, _, unit = value_in_words(headline).partition(" ")
    effect = {"big": value, "small": f"{unit}: {measure[:1].lower()}{measure[1:]}{against}{interval}"}
    assigned = headline.n + headline.n_missing
    students = {
        "big": f"{count(headline.n)} students",
        "small": f"stand behind this result, {percent(headline.n / assigned)} of {count(assigned)}",
    }
    return [effect, students]


def _decision_rows(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[tuple[str, str]]:
    call = results["decision"].get("call")
    if not isinstance(cycle, Cycle) or call is None:
        return []
    return [("Owner", cycle.team.owner or cycle.team.name), *_check_again(cycle, call)]


def _check_again(cycle: Cycle, call: str) -> list[tuple[str, str]]:
    if call in ("abandon", "stop: harm"):
        return []
    if call == "monitoring":
        return [("Check again by", f"{day(cycle.decide.on)}, the day the rule was written for")]
    length = cycle.decide.on - cycle.started_on
    if length <= timedelta(0):
        return []
    return [
        ("Check again by", f"{day(cycle.decide.on + length)}, after another {count(length.days)} days as in this cycle")
    ]


def _cannot_say(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[str]:
    told = list(results["decision"].get("cannot_say") or [])
    unanswered = [one["text"] for one in results["checks"] if one["answer"] == "cannot_say" and one["text"]]
    limit = [DESIGN_LIMITS[cycle.design.kind]] if isinstance(cycle, Cycle) and not told else []
    return [sentence_case(one) for one in (*told, *unanswered, *limit)]


def _footer(run: Run, policy: Policy) -> list[str]:
    version = run.facts["versions"].get("cycles", "")
    return [
        f"Made by cycles {version} from {run.cycle_file.name}. Every number comes from the run folder's results.json.",
        f"Numbers on fewer than {policy.smallest_group} students are held back.",
    ]
