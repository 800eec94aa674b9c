"""How alike weighting or matching made the groups, as a block and as a record. Differences only: the means behind them stay inside."""

from collections.abc import Mapping
from typing import Any

from cycles.act.reporting.dose_of import protected_thirds
from cycles.act.reporting.further_of import without_few_receivers
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.shares_of import protected_shares
from cycles.act.reporting.wording import number, plain, sentence_case, slugs_as_words, words
from cycles.core.vocabulary import Estimate

SHOWN = ("covariate", "smd_before", "smd_after")
TITLE = "How alike were the groups, before and after weighting or matching?"
UNIT = "Differences in standard deviations of the group with the change; 0.10 and less counts as alike."
SHARES = {"n_unmatched": "matched_share"}
"""Shares from which a count can be worked out, by that count."""


def balance_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """A table of what was measured before, for a single estimate that weighted or matched its units."""
    if len(estimates) != 1:
        return []
    estimate = next(iter(estimates.values()))
    rows = balance_record(estimate)
    if not rows:
        return []
    cells = [(_named(row["covariate"]), *(number(row[name], signed=True) for name in SHOWN[1:])) for row in rows]
    alt = "; ".join(f"{name}: {before} before, {after} after" for name, before, after in cells)
    columns = ("Measured before the change", "Difference before", "Difference after")
    told = " ".join(slugs_as_words(one) for one in estimate.conventions[:1])
    return [
        make_block(
            "table", Request(policy=request.policy, plan=request.plan), section="evidence", title=TITLE, text=told, alt=alt, caption=UNIT,
            columns=columns, rows=cells,
        )
    ]  # fmt: skip


def _named(covariate: str) -> str:
    """A column in words; a level of a text column after a colon.

    >>> _named("grade[10]"), _named("prior_attendance_share")
    ('Grade: 10', 'Prior attendance share')
    """
    return sentence_case(words(covariate.removesuffix("]").replace("[", ": ")))


def balance_record(estimate: Estimate) -> list[dict[str, Any]]:
    """The balance as JSON can hold it: covariate, difference before and after."""
    if estimate.balance is None:
        return []
    return plain(estimate.balance[list(SHOWN)].to_dict("records"))


def facts_record(estimate: Estimate, *, smallest: int) -> dict[str, Any]:
    """What is left of the comparison, without counts of few people and without shares that would tell them."""
    told = dict(estimate.facts)
    for name, value in estimate.facts.items():
        if name.startswith("n_") and 0 < value < smallest:
            told[name] = None
            told.update({SHARES[name]: None} if name in SHARES else {})
    if "thirds" in told:
        told["thirds"] = protected_thirds(estimate, smallest=smallest)
    if "shares" in told:
        told["shares"] = protected_shares(estimate, smallest=smallest)
        if len(told["shares"]) < len(estimate.facts["shares"]):
            told["proportional_odds"] = {
                name: value for name, value in told["proportional_odds"].items() if name != "log_odds"
            }
    if "shares" in told:
        told["shares"] = protected_shares(estimate, smallest=smallest)
        if len(told["shares"]) < len(estimate.facts["shares"]):
            told["proportional_odds"] = {
                name: value for name, value in told["proportional_odds"].items() if name != "log_odds"
            }
    told.update(without_few_receivers(estimate, smallest=smallest))
    change = list(estimate.n_by_arm.values())[1:2]
    outside = (1 - estimate.facts.get("overlap_share", 1.0)) * (change[0] if change else 0)
    if 0 < outside < smallest - 0.5:
        told["overlap_share"] = None
    return plain(told)
