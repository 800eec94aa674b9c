"""The report's own order: the decision first, the evidence after it, where the numbers come from last."""

from typing import Any

SECTIONS: dict[str, str] = {
    "decision": "What we decided",
    "cannot_say": "What we cannot say",
    "prediction": "What we predicted, and what happened",
    "year": "The year",
    "decisions": "What was decided",
    "context": "The years around it",
    "trend": "Did the indicator move?",
    "effect": "How big was the effect?",
    "sensitivity": "Does another method say the same?",
    "said": "What did students say?",
    "response": "Who answered, and who is missing",
    "equity": "Who does it work for?",
    "dosage": "Was the change carried out?",
    "dose": "Did those who received more do better?",
    "balancing": "Did anything else move?",
    "previous": "What changed since the last cycle?",
    "evidence": "How strong is the evidence?",
    "seer": "What good research also shows (IES SEER)",
    "limits": "What could mislead us",
    "tables": "More numbers",
    "notes": "From the team",
    "contracts": "How the data were held to their contracts",
    "plan": "The plan, as it was written",
    "provenance": "Where every number comes from",
}
"""Section names that `show(…, section=)` knows, in the order of the report, with their headings.

Any other name makes a section of its own, under that name, after `notes`.
"""

_OWN_STAND_AFTER = "notes"


def arrange(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks by section, in the report's order; sections without blocks are left out.

    Parameters
    ----------
    blocks : list of dict
        Blocks as they were recorded, in journey order.

    Returns
    -------
    list of dict
        `key, heading, blocks`.

    Examples
    --------
    >>> [section["heading"] for section in arrange([{"section": "effect"}, {"section": "decision"}])]
    ['What we decided', 'How big was the effect?']
    """
    order = list(SECTIONS)
    own = [name for name in dict.fromkeys(block["section"] for block in blocks) if name not in SECTIONS]
    place = order.index(_OWN_STAND_AFTER) + 1
    named = [*order[:place], *own, *order[place:]]
    groups = {name: [block for block in blocks if block["section"] == name] for name in named}
    return [
        {"key": _anchor(name), "heading": heading(name), "blocks": found} for name, found in groups.items() if found
    ]


def heading(section: str) -> str:
    """What stands above a section.

    >>> heading("reach_by_school")
    'Reach by school'
    """
    said = section.replace("_", " ").strip()
    return SECTIONS.get(section, said[:1].upper() + said[1:])


def _anchor(section: str) -> str:
    return (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in section.lower()).strip("-")
        or "section"
    )
