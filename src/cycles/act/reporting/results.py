"""`results.json`: what a run found, for machines. Aggregates only, protected as the report is, strict JSON."""

from typing import Any

from cycles.act.reporting.making import Block
from cycles.act.reporting.wording import plain
from cycles.core.vocabulary import Decision, Finding, PredictionScore

SCHEMA = "cycles.results/1"


def results_of(
    *,
    cycle: dict[str, Any],
    contracts: list[dict[str, Any]],
    estimates: list[dict[str, Any]],
    findings: list[dict[str, Any]],
    decisions: list[dict[str, Any]],
    predictions: list[dict[str, Any]],
    blocks: list[Block],
    revisions: list[dict[str, Any]] | None = None,
    standings: list[dict[str, Any]] | None = None,
    methods: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The results of a run, from what was recorded.

    Parameters
    ----------
    cycle : dict
        What the cycle is called and which measures are its outcomes.
    contracts, estimates, findings, decisions, predictions, revisions, standings, methods : list of dict
        Records of the run folder; of decisions, predictions, revisions, standings and methods the last one counts.
    blocks : list of dict
        Recorded blocks; their images are left out.

    Returns
    -------
    dict
        `schema, cycle, revision, reconciliation, estimates, checks, standards, decision, prediction, methods, blocks`. No time, host or run
        id: the same inputs give the same bytes.

    Examples
    --------
    >>> results_of(cycle={}, contracts=[], estimates=[], findings=[], decisions=[], predictions=[], blocks=[])["decision"]
    {}
    """
    return plain(
        {
            "schema": SCHEMA,
            "cycle": cycle,
            "revision": _revision(revisions),
            "reconciliation": [reconciled(one) for one in contracts],
            "estimates": [_estimate(one) for one in estimates],
            "checks": [{name: value for name, value in one.items() if name != "id"} for one in findings],
            "standards": standings[-1] if standings else {},
            "decision": decisions[-1] if decisions else {},
            "prediction": predictions[-1] if predictions else {},
            "methods": methods[-1] if methods else {},
            "blocks": [
                {name: value for name, value in block.items() if not name.startswith("svg")} for block in blocks
            ],
        }
    )


def _revision(revisions: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Its number, why there is another one, and which version of each source it used."""
    if not revisions:
        return {}
    last = revisions[-1]
    inputs = {source: one["version"] for source, one in sorted(last["inputs"].items())}
    return {"number": last["number"], "because": last["because"], "inputs": inputs}


def reconciled(contract: dict[str, Any]) -> dict[str, Any]:
    """Rows in, used and quarantined of one source, and the codes of what was found wrong in it."""
    names = {"rows_in": ("rows_in",), "used": ("used", "n_used"), "quarantined": ("quarantined", "n_quarantined")}
    counts = {name: next((contract[key] for key in keys if key in contract), None) for name, keys in names.items()}
    table = contract.get("table") or contract.get("contract") or ""
    table = "responses" if table.startswith("survey.") else table
    known = ("source", "contract", "version", "outcome", "sha256")
    codes = sorted({rule["code"] for rule in contract.get("rules", []) if rule.get("code") and rule.get("n_failed")})
    return {"table": table, **counts, **{name: contract.get(name) for name in known}, "codes": codes}


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision as JSON can hold it."""
    return {"id": "decision", **plain({name: getattr(decision, name) for name in decision.__dataclass_fields__})}


def prediction_record(score: PredictionScore) -> dict[str, Any]:
    """A prediction's score as JSON can hold it."""
    return {"id": score.measure, **plain({name: getattr(score, name) for name in score.__dataclass_fields__})}


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as JSON can hold it: its answer and sentence, without its table."""
    content = {
        "name": finding.name,
        "answer": finding.answer,
        "text": finding.text,
        "code": finding.code,
        "blocking": finding.blocking,
    }
    return {"id": finding.name, **plain(content)}


def _estimate(record: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in record.items() if name != "estimate_id"},
        "id": record.get("estimate_id", record["id"]),
    }
