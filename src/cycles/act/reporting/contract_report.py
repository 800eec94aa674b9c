"""The contract report: how each file was held to what it promises, in counts of rows and cells, and what to do next.

Only counts, names of columns and rules, and lines to correct stand in it: no value of the data, no undeclared code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cycles.act.reporting.html import fill
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import policy_named
from cycles.act.reporting.sections import arrange
from cycles.act.reporting.wording import ABSENT, count, percent, sentence_case, words

CONTRACTS = "contracts.html"
BESIDE = {"file": CONTRACTS, "said": "How each file was held to its contract"}
BACK = {"file": "report.html", "said": "Back to the report"}

VERDICTS = {"pass": "kept", "fail": "broken", "could_not_run": "not judged"}
_OF_THE_TABLE = ("row_count", "column_exists")
"""Kinds that count no rows, so that they have no percent."""
_NO_STOP = "Rows that break a warning stay in use."


def contract_page(
    records: Sequence[Mapping[str, Any]],
    *,
    title: str,
    eyebrow: str = "Contracts",
    beside: Mapping[str, str] | None = None,
) -> str:
    """The contract report of several sources as one HTML page.

    Parameters
    ----------
    records : one per source, as :func:`cycles.do.contracts.as_record` makes them; of `facts`, `problems`, `missing_codes`, `excluded`,
        `warnings`, `cells_set_aside`, `not_checked`, `drift`, `breaks` and `receipt` are told where they are
    title, eyebrow : what stands at the top
    beside : `file` and `said` of the page beside this one

    Returns
    -------
    str
        The same records give the same text.

    Examples
    --------
    >>> "kept" in contract_page([{"source": "arms", "contract": "arms", "outcome": "pass", "rows_in": 3, "used": 3}], title="Arms")
    True
    """
    blocks = [block for record in records for block in source_blocks(record)]
    facts = {
        "kind": "Contract report",
        "title": title,
        "eyebrow": eyebrow,
        "lede": _lede(records),
        "glance": _glance(records),
        "footer": ["Counts of rows and cells only. The rows themselves are in the quarantine, which is restricted."],
        "beside": beside,
    }
    return fill("page.html.j2", facts=facts, sections=arrange(blocks))


def source_blocks(record: Mapping[str, Any]) -> list[Block]:
    """What is told of one source: the verdict and its counts first, then rules, problems and what else was seen."""
    facts = record.get("facts") or {}
    rules = record.get("rules") or []
    made = [
        _verdict(record, facts),
        _problems(facts.get("problems") or [], f"{record['source']}: "),
        _found(rules),
        _rules(rules, int(record.get("rows_in") or 0)),
        _missing(facts.get("missing_codes") or {}),
        _excluded(facts.get("excluded") or []),
        _noticed("Different from the last delivery", facts.get("drift") or []),
        _noticed("Not comparable before and after", facts.get("breaks") or []),
        _listed("Said while reading", facts.get("warnings") or []),
        _listed("Not judged here", [f"{rule}: {why}." for rule, why in (facts.get("not_checked") or {}).items()]),
        _receipt(facts.get("receipt") or {}),
    ]
    request = Request(policy=policy_named(None))
    section = sentence_case(words(str(record["source"])))
    return [make_block(request=request, section=section, **one) for one in made if one]


# -- the head ------------------------------------------------------------------------------------------------------------


def _lede(records: Sequence[Mapping[str, Any]]) -> str:
    kept = sum(one["outcome"] == "pass" for one in records)
    if kept == len(records):
        return "Every file kept its contract." if len(records) > 1 else "The file kept its contract."
    return (
        f"{count(kept)} of {count(len(records))} files kept their contract."
        if len(records) > 1
        else "The file did not keep its contract."
    )


def _glance(records: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    rows, used = (sum(int(one.get(name) or 0) for one in records) for name in ("rows_in", "used"))
    cells = sum(_cells(one.get("facts") or {}) for one in records)
    return [
        {"big": count(rows), "small": "rows came in"},
        {"big": count(used), "small": "rows used"},
        {
            "big": count(rows - used),
            "small": "rows set aside"
            + (f", and {count(cells)} single {'cell' if cells == 1 else 'cells'}" if cells else ""),
        },
    ]


# -- one source ----------------------------------------------------------------------------------------------------------


def _verdict(record: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    rows, used = int(record.get("rows_in") or 0), int(record.get("used") or 0)
    contract = f"{record.get('contract') or ABSENT} {record.get('version') or ''}".strip()
    told = [
        ("Verdict", sentence_case(VERDICTS[record["outcome"]])),
        ("Contract", contract),
        ("Rows", f"{count(rows)} in = {count(used)} used + {count(rows - used)} set aside"),
        ("Cells set aside", count(_cells(facts))),
        ("Corrected since", _corrected(facts)),
        ("SHA-256 begins", str(record.get("sha256") or "")[:16]),
    ]
    return {"kind": "facts", "title": "What became of it", "rows": [row for row in told if row[1]]}


def _cells(facts: Mapping[str, Any]) -> int:
    """How many cells were set aside, one per rule that they broke."""
    return sum(int(n) for n in (facts.get("cells_set_aside") or {}).values())


def _corrected(facts: Mapping[str, Any]) -> str:
    n = (facts.get("cleared") or {}).get("rows_set_aside", 0)
    return f"{count(n)} row{'s' if n > 1 else ''} set aside last time" if n else ""


def _problems(problems: Sequence[Mapping[str, Any]], source: str) -> dict[str, Any]:
    if not problems:
        return {}
    rows = [
        (one["code"], sentence_case(str(one["what"]).removeprefix(source)), one["where"], one["fix"])
        for one in problems
    ]
    alt = "What stopped it, where, and what to do"
    columns = ("Code", "What", "Where", "What to do")
    return {"kind": "records", "title": "What to correct", "alt": alt, "columns": columns, "rows": rows}


def _found(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What each broken rule found, in a sentence."""
    rows = [
        (_answer(one), str(one["rule"]), sentence_case(str(one["found"])) + ".") for one in rules if one.get("found")
    ]
    if not rows:
        return {}
    return {"kind": "findings", "title": "What was found", "text": _NO_STOP if _warned(rules) else "", "rows": rows}


def _warned(rules: Sequence[Mapping[str, Any]]) -> bool:
    return any(one.get("severity") == "warning" and one.get("found") for one in rules)


def _answer(rule: Mapping[str, Any]) -> str:
    if rule["outcome"] == "fail":
        return "mind this" if rule.get("severity") == "warning" else "broken"
    return {"pass": "holds"}.get(rule["outcome"], "not judged")


def _rules(rules: Sequence[Mapping[str, Any]], rows_in: int) -> dict[str, Any]:
    if not rules:
        return {}
    kept = sum(one["outcome"] == "pass" for one in rules)
    rows = [
        (
            str(one["rule"]),
            "warning" if one.get("severity") == "warning" else "critical",
            _answer(one),
            count(one.get("n_failed")),
            _percent(one, rows_in),
            count(one.get("gx_n_failed")),
        )
        for one in rules
    ]
    second = "The second count is Great Expectations' own; it must be equal. – where it was not asked or cannot say such a rule."
    return {
        "kind": "table",
        "title": "Rules",
        "alt": "Every rule: whether it holds, how many rows break it, and the second engine's count",
        "caption": f"{count(kept)} of {count(len(rules))} rules hold",
        "columns": ("Rule", "Weight", "Outcome", "Breaks", "Of rows", "Second count"),
        "rows": rows,
        "note": second,
    }


def _percent(rule: Mapping[str, Any], rows_in: int) -> str:
    kind = str(rule["rule"]).partition(":")[0].partition("[")[0]
    n = rule.get("n_failed")
    if n is None or not rows_in or kind in _OF_THE_TABLE:
        return ABSENT
    return percent(int(n) / rows_in, places=2 if n else 0)


def _missing(codes: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    rows = [(column, words(reason), count(n)) for column, reasons in codes.items() for reason, n in reasons.items()]
    if not rows:
        return {}
    alt = "Declared codes that stand for no value, by reason"
    return {
        "kind": "table", "title": "Missing, and why", "alt": alt, "columns": ("Column", "Reason", "Cells"), "rows": rows,
    }  # fmt: skip


def _excluded(excluded: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [(words(str(one["rule"])), words(str(one.get("of", "rows"))), count(one["n"])) for one in excluded]
    if not rows:
        return {}
    alt = "Left out by a named rule before the contract was asked"
    return {"kind": "table", "title": "Left out", "alt": alt, "columns": ("Rule", "Of", "Rows"), "rows": rows}


def _noticed(title: str, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [("mind this", str(one.get("code", "")), sentence_case(str(one.get("text", "")))) for one in told]
    return {"kind": "findings", "title": title, "rows": rows} if rows else {}


def _listed(title: str, told: Sequence[str]) -> dict[str, Any]:
    return {"kind": "list", "title": title, "rows": [(sentence_case(one),) for one in told]} if told else {}


def _receipt(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Its version and counts; what is told above, and what is counted by rule or column, is left out."""
    told = {
        name: value for name, value in receipt.items() if name not in ("sha256", "text") and value not in (None, "")
    }
    rows = [
        (sentence_case(words(name)), count(value) if isinstance(value, int) else str(value)[:16])
        for name, value in told.items()
        if not isinstance(value, (Mapping, list))
    ]
    return (
        {"kind": "facts", "title": "Receipt", "text": "What the ledger keeps of this delivery.", "rows": rows}
        if rows
        else {}
    )
