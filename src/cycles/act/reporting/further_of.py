"""What a method tells beside its effect, as a table: odds ratios, who received the change, jumps and bandwidths."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import ABSENT, HIDDEN, decimals, in_reader_units, number, percent
from cycles.core.vocabulary import Estimate

TITLE = "What the method tells besides"
COLUMNS = ("", "", "Value", "Low", "High")
RECEIPT = ("received_share_change", "received_share_comparison", "first_stage", "first_stage_f")
"""From any two of these a third can be worked out, and from a share how many received the change."""


def further_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """One table for all estimates that have something to add; the estimates are protected already."""
    rows = [(label, *row) for label, one in estimates.items() for row in _rows(one, request.policy.smallest_group)]
    if not rows:
        return []
    names = ", ".join(dict.fromkeys(row[0] for row in rows))
    own = replace(request, title=None, caption=None)
    alt = f"{names}: what its method tells beside the effect."
    hidden = sum(HIDDEN in row for row in rows)
    return [
        make_block(
            "table", own, section="effect", title=TITLE, alt=alt, columns=COLUMNS, rows=rows, suppressed=hidden,
            note=request.policy.note if hidden else "",
        )
    ]  # fmt: skip


def without_few_receivers(estimate: Estimate, *, smallest: int) -> dict[str, None]:
    """The facts on who received the change that would tell of fewer people than may be shown, each as None."""
    return dict.fromkeys(RECEIPT) if _tells_of_few(estimate, smallest) else {}


def _tells_of_few(estimate: Estimate, smallest: int) -> bool:
    sizes = list(estimate.n_by_arm.values())[:2][::-1]
    shares = [estimate.facts.get(name) for name in RECEIPT[:2]]
    counts = [share * n for share, n in zip(shares, sizes, strict=False) if share is not None]
    others = [n - received for n, received in zip(sizes, counts, strict=False)]
    return any(0.5 < people < smallest - 0.5 for people in [*counts, *others])


def _rows(estimate: Estimate, smallest: int) -> list[tuple[str, ...]]:
    facts = estimate.facts
    rows: list[tuple[str, ...]] = []
    if "odds_ratio" in facts:
        ends = (number(facts[f"odds_ratio{end}"]) for end in ("_low", "_high"))
        rows.append(("Odds ratio", number(facts["odds_ratio"]), *ends))
    if "received_share_change" in facts:
        rows += _receipt(estimate, hidden=_tells_of_few(estimate, smallest))
    if "bandwidth" in facts:
        rows += _jumps(estimate)
    return rows


def _receipt(estimate: Estimate, *, hidden: bool) -> list[tuple[str, ...]]:
    facts = estimate.facts
    told = {
        "Received the change, of those assigned to it": percent(facts["received_share_change"]),
        "Received the change, of the others": percent(facts["received_share_comparison"]),
        "Received it because they were assigned": percent(facts["first_stage"]),
    }
    strength = facts.get("first_stage_f")
    if strength is not None:
        told["Strength of the assignment (first-stage F)"] = number(strength, places=1)
    rows: list[tuple[str, ...]] = [(name, HIDDEN if hidden else value, "", "") for name, value in told.items()]
    if "anderson_rubin_low" in facts:
        ends = _in_units(estimate, facts["anderson_rubin_low"], facts["anderson_rubin_high"])
        rows.append(("Anderson-Rubin interval", "no two ends" if ABSENT in ends else "", *ends))
    return rows


def _jumps(estimate: Estimate) -> list[tuple[str, ...]]:
    facts = estimate.facts
    rows: list[tuple[str, ...]] = []
    if estimate.coefficients is not None:
        plain: Any = estimate.coefficients.set_index("term").loc["conventional"]
        value, low, high = _in_units(estimate, plain["value"], plain["low"], plain["high"])
        rows.append(("Conventional jump", value, low, high))
    rows.append(("Bandwidth, in points of the score", number(facts["bandwidth"]), "", ""))
    if "first_stage" in facts:
        rows.append(("Jump in the share that received the change", percent(facts["first_stage"]), "", ""))
    return rows


def _in_units(estimate: Estimate, *values: float | None) -> tuple[str, ...]:
    factor = in_reader_units(estimate.unit)[0]
    known = [factor * value for value in values if value is not None]
    places = decimals((max(known) - min(known)) / 2 if len(known) > 1 else None)
    return tuple(ABSENT if value is None else number(factor * value, places=places, signed=True) for value in values)
