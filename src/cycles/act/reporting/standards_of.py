"""Where a study stands by the standards of evidence reviews, as blocks: the rating, the tier, why not more, and the principles."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cycles.act.evidence import EssaTier, Standing
from cycles.act.evidence.standards.conditions import Condition
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import number, plain, sentence_case, slugs_as_words

STATES = {True: "Holds", False: "Mind this", None: "Cannot tell"}
TITLE = "By the standards of evidence reviews"
HELD_BACK = (
    "Which tier of evidence this study could support is held back, because too few students stand behind its result."
)


def standing_blocks(standing: Standing, request: Request) -> list[Block]:
    """The rating and the tier with their reasons, every condition, and a paragraph for each principle of SEER."""
    rows = [
        ("What Works Clearinghouse", sentence_case(standing.wwc.rating)),
        ("Why not higher", _reasons((*standing.wwc.failing, *standing.wwc.unanswered))),
        ("Cheapest next step", standing.wwc.next_step),
        ("Effect size of the clearinghouse", _effect_size(standing)),
        ("ESSA tier this study could support", _tier(standing.essa)),
        ("Why no stronger tier", _reasons((*standing.essa.failing, *standing.essa.unanswered))),
        ("Cheapest next step for the tier", standing.essa.next_step),
        (
            "What this is",
            "A reading of the published rules by the data and the file, not a review by a certified reviewer.",
        ),
    ]
    told = [row for row in rows if row[1]]
    head = make_block("facts", request, section="evidence", title=TITLE, text=standing.wwc.text, rows=told)
    return [head, _conditions(standing, request), *_principles(standing, request)]


def tier_blocks(tier: EssaTier, request: Request) -> list[Block]:
    """The tier in one sentence."""
    return [make_block("text", request, section="evidence", title="The tier of evidence", text=tier.text)]


def standing_record(standing: Standing) -> dict[str, Any]:
    """Where a study stands as JSON can hold it."""
    return plain(
        {
            "id": standing.measure,
            "wwc": {
                "rating": standing.wwc.rating,
                "next_step": standing.wwc.next_step,
                "conditions": [_condition(one) for one in standing.wwc.conditions],
            },
            "essa": _tier_content(standing.essa),
            "seer": [{"principle": one.name, "done": one.done, "text": one.said} for one in standing.seer],
            "effect_size_wwc": standing.effect_size_wwc,
            "effect_size_wwc_se": standing.effect_size_wwc_se,
            "improvement_index": standing.improvement_index,
        }
    )


def tier_record(tier: EssaTier) -> dict[str, Any]:
    """A tier told by itself, as JSON can hold it."""
    return plain({"id": tier.measure, "essa": _tier_content(tier)})


def without_numbers(standing: Standing) -> Standing:
    """A standing without what it saw, for an estimate that rests on too few people; the rules it names stay."""
    hidden = "Held back, because too few students stand behind it."

    def blank(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
        return tuple(replace(one, seen=hidden) for one in conditions)

    return replace(
        standing,
        wwc=replace(standing.wwc, conditions=blank(standing.wwc.conditions)),
        essa=replace(
            standing.essa, conditions={tier: blank(several) for tier, several in standing.essa.conditions.items()}
        ),
        effect_size_wwc=None,
        effect_size_wwc_se=None,
        improvement_index=None,
    )


def _conditions(standing: Standing, request: Request) -> Block:
    several = (standing.wwc.conditions, *standing.essa.conditions.values())
    parts = {one.name: one for conditions in several for one in conditions}
    rows = [(STATES[one.met], one.label, f"{_in_words(one.seen)} ({one.source})") for one in parts.values()]
    holding = sum(one.met is True for one in parts.values())
    asked = replace(request, title="Every condition of the rating and the tiers")
    text = f"{holding} of {len(parts)} conditions hold."
    columns = ("Answer", "Condition", "What is known")
    return make_block("findings", asked, section="evidence", text=text, columns=columns, rows=rows)


def _principles(standing: Standing, request: Request) -> list[Block]:
    return [
        make_block("text", replace(request, title=one.title, section="seer"), section="seer", text=_in_words(one.text))
        for one in standing.seer
    ]


def _reasons(conditions: Sequence[Condition]) -> str:
    """Every condition that is not met or open, with what would meet it."""
    return " ".join(
        f"{'Not met' if one.met is False else 'Open'}: {one.label[:1].lower()}{one.label[1:]}. {one.step}".strip()
        for one in conditions
    )


def _tier(tier: EssaTier) -> str:
    from cycles.act.evidence.standards.essa import TIERS

    said = (
        f"Tier {tier.tier} ({TIERS[tier.tier]}), given no stronger evidence against it elsewhere"
        if tier.tier
        else "None"
    )
    waits = (
        f"; whether {' or '.join(f'tier {one}' for one in tier.undecided)} depends on what is not answered"
        if tier.undecided
        else ""
    )
    return said + waits


def _effect_size(standing: Standing) -> str:
    if standing.effect_size_wwc is None:
        return ""
    se = (
        ""
        if standing.effect_size_wwc_se is None
        else f", standard error {number(standing.effect_size_wwc_se, places=3)}"
    )
    index = number(standing.improvement_index, places=0, signed=True)
    return f"{number(standing.effect_size_wwc, signed=True)} standard deviations{se}; improvement index {index} percentile points"


def _tier_content(tier: EssaTier) -> dict[str, Any]:
    conditions = {str(step): [_condition(one) for one in several] for step, several in tier.conditions.items()}
    return {"tier": tier.tier, "undecided": list(tier.undecided), "next_step": tier.next_step, "conditions": conditions}


def _condition(one: Condition) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "met": one.met,
        "seen": one.seen,
        "step": one.step,
        "source": one.source,
    }


def _in_words(text: str) -> str:
    """Names of columns as words, what stands between backticks as it is."""
    parts = text.split("`")
    return "`".join(part if place % 2 else slugs_as_words(part) for place, part in enumerate(parts))
