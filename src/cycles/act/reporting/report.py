"""`report`: the report and the results of a run, from what was shown in it."""

import json
from pathlib import Path
from typing import Any

from cycles.act.reporting.contract_report import BACK, BESIDE, CONTRACTS, contract_page
from cycles.act.reporting.facts import facts_of
from cycles.act.reporting.html import render
from cycles.act.reporting.making import Block
from cycles.act.reporting.protecting import Policy, policy_named
from cycles.act.reporting.results import results_of
from cycles.core.errors import DisclosureError, RunError
from cycles.core.files import sha256
from cycles.core.releases import Release
from cycles.core.run_folder import RunFolder
from cycles.plan.cycle_file import AnnualImpact, Cycle
from cycles.plan.run import Run

REPORT, RESULTS, FACTS = "report.html", "results.json", "report_facts.json"


def report(run: Run) -> Path:
    """Write the report and the results of a run into its folder, and finish the run.

    Parameters
    ----------
    run : Run
        An open run; what was shown in it is in its folder.

    Returns
    -------
    Path
        `report.html`, beside `contracts.html` (how each source was held to its contract), `results.json`, `manifest.json` and
        `report_facts.json` (with the blocks and records, all that :func:`report_again` needs).

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
        revisions=folder.records("revision"),
        standings=folder.records("standing"),
        methods=folder.records("methods"),
    )
    facts = facts_of(run, results) | ({"beside": BESIDE} if folder.records("contract") else {})
    folder.write_json(RESULTS, results)
    folder.write_json(FACTS, facts)
    path = _write_pages(folder, facts)
    enter_release(folder, run_id=run.run_id, policy=policy_named(run.cycle.report.disclosure))
    run.finish(results)
    return path


def enter_release(folder: RunFolder, *, run_id: str, policy: Policy) -> None:
    """Enter in the ledger which report of a run is there to be read, with its SHA-256 and the policy that protected it."""
    told = {"cycle": folder.cycle_name, "run_id": run_id, "policy": policy.name}
    folder.ledger.releases.enter(Release(name=REPORT, sha256=sha256(folder.path / REPORT), **told))


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
    return _write_pages(folder, json.loads(facts.read_text("utf-8")))


def write_contract_page(folder: RunFolder, *, title: str, beside: dict[str, str] | None = None) -> Path | None:
    """Write `contracts.html` from the verdicts that a run recorded, whether it came to its end or not; None when there are none.

    Parameters
    ----------
    folder : of the run
    title : of the cycle
    beside : `file` and `said` of the page that it leads back to
    """
    records = folder.records("contract")
    if not records:
        return None
    page = contract_page(records, title="How the data were held to their contracts", eyebrow=title, beside=beside)
    return folder.write_text(CONTRACTS, page)


def _write_pages(folder: RunFolder, facts: dict[str, Any]) -> Path:
    write_contract_page(folder, title=facts["title"], beside=BACK)
    return folder.write_text(REPORT, render(folder.blocks, facts))


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
