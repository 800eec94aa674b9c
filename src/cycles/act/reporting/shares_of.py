"""Ordered answers by arm, as a table that a teacher can read: what share said this or more. Protected here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import percent, sentence_case, words
from cycles.core.vocabulary import Estimate

CAPTION = "“If otherwise alike” is what the model expects of the same students in both groups. Rare answers are joined with the next."


def share_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """A table for each estimate of an ordered answer; the estimates are protected already."""
    own = replace(request, title=None, caption=None, alt=None)
    return [block for label, one in estimates.items() for block in _table(label, one, own)]


def protected_shares(estimate: Estimate, *, smallest: int) -> list[dict[str, Any]]:
    """The shares at or above those answers between which, in both arms, enough people answered; without the counts."""
    shares = estimate.facts.get("shares", [])
    counts = [[row["n_change"], row["n_comparison"]] for row in shares]
    told = _told(counts, list(estimate.n_by_arm.values())[:2][::-1], smallest)
    return [
        {name: value for name, value in row.items() if not name.startswith("n_")}
        for row, tell in zip(shares, told, strict=True)
        if tell
    ]


def told_coefficients(estimate: Estimate, *, smallest: int) -> list[dict[Any, Any]]:
    """The terms of a model; without the thresholds of ordered answers where some were given by few."""
    assert estimate.coefficients is not None
    rows: list[dict[Any, Any]] = estimate.coefficients.to_dict("records")
    shares = estimate.facts.get("shares", [])
    if len(protected_shares(estimate, smallest=smallest)) == len(shares):
        return rows
    return [row for row in rows if not str(row["term"]).startswith("threshold[")]


def _told(at_or_above: Sequence[Sequence[int]], arms: Sequence[int], smallest: int) -> list[bool]:
    """Which rows may be shown, from the highest answer down: every step between two of them holds enough people of either arm.

    >>> _told([[40, 30], [15, 12], [4, 2]], [50, 50], 10)
    [True, True, False]
    >>> _told([[45, 30], [15, 12]], [50, 50], 10)
    [False, True]
    """
    told, above = [False] * len(at_or_above), [0] * len(arms)
    for row in range(len(at_or_above) - 1, -1, -1):
        steps = [here - higher for here, higher in zip(at_or_above[row], above, strict=True)]
        below = [n - here for n, here in zip(arms, at_or_above[row], strict=True)]
        if min(*steps, *below) >= smallest:
            told[row], above = True, list(at_or_above[row])
    return told


def _table(label: str, estimate: Estimate, request: Request) -> list[Block]:
    if not estimate.facts.get("shares"):
        return []
    rows = protected_shares(estimate, smallest=request.policy.smallest_count)
    joined = len(estimate.facts["shares"]) - len(rows)
    title = f"Who said how much: {sentence_case(words(label))}"
    if not rows:
        said = "Too few students gave most of the answers, so no shares are told."
        return [make_block("text", request, section="effect", title=title, text=said)]
    change, comparison = (words(arm) for arm in list(estimate.n_by_arm)[:2][::-1])
    cells = [
        (
            f"{row['answer']} or higher",
            *(percent(row[name]) for name in ("change", "comparison", "expected_change", "expected_comparison")),
        )
        for row in rows
    ]
    alt = "; ".join(f"{row[0]}: {row[1]} with {change}, {row[2]} with {comparison}" for row in cells)
    arms = [sentence_case(arm) for arm in (change, comparison)]
    columns = ("Answer", *arms, *(f"{arm}, if otherwise alike" for arm in arms))
    return [
        make_block(
            "table",
            request,
            section="effect",
            title=title,
            text=_tested(estimate),
            alt=alt,
            caption=CAPTION,
            note=request.policy.note if joined else "",
            columns=columns,
            rows=cells,
            suppressed=joined,
        )
    ]


def _tested(estimate: Estimate) -> str:
    """What the test of one odds ratio for all cuts says to somebody who reads the shares."""
    p = estimate.facts.get("proportional_odds", {}).get("p")
    if p is None:
        return "Whether a single odds ratio describes all answers could not be tested."
    if p < 0.05:
        return "A single odds ratio does not describe all answers well: the groups differ more at some than at others."
    return "Nothing says that the groups differ more at some answers than at others."
