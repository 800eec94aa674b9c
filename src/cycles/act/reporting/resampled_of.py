"""What resampling says of an effect, beside its interval: a table under the figure, a sentence for the evidence, a record for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import (
    ABSENT,
    count,
    decimals,
    in_reader_units,
    number,
    percent,
    sentence_case,
    slugs_as_words,
)
from cycles.core.vocabulary import RESAMPLING, Estimate, Resampled

COLUMNS = ("", "Kind", "p", "Low", "High", "Smallest p there could be", "Draws")
TITLE = "The same question by resampling"


def resampled_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """A table of every second inference; none where there is none.

    Parameters
    ----------
    estimates : row label -> protected Estimate
    request : whose section it stands in

    Returns
    -------
    list of dict
        No block, or one.
    """
    found = [(label, one, resampled) for label, one in estimates.items() for resampled in one.resampled]
    if not found:
        return []
    unit = in_reader_units(found[0][1].unit)[1]
    measures = ", ".join(dict.fromkeys(label for label, _, _ in found))
    told = dict.fromkeys(sentence_case(slugs_as_words(one.how)) for _, _, one in found)
    return [
        make_block(
            "table",
            replace(request, title=None, caption=None),
            section="effect",
            title=TITLE,
            alt=f"{measures}: what the effect is by randomisation or bootstrap, with its p-value and interval.",
            caption=f"Low and high in {unit}." if unit else "",
            note=" ".join(f"{one}." for one in told),
            columns=COLUMNS,
            rows=[_row(label, one, resampled) for label, one, resampled in found],
        )
    ]


def resampled_in_words(estimate: Estimate) -> str:
    """Every second inference of an estimate, in the reader's units."""
    return ". ".join(_in_words(estimate, one) for one in estimate.resampled)


def resampled_record(resampled: Sequence[Resampled]) -> list[dict[str, Any]]:
    """Second inferences as JSON can hold them."""
    return [asdict(one) for one in resampled]


def resampled_from(records: Sequence[Mapping[str, Any]] | None) -> tuple[Resampled, ...]:
    """Second inferences from their records."""
    return tuple(Resampled(**one) for one in records or ())


def p_in_words(p: float | None) -> str:
    """A p-value with three decimals.

    >>> [p_in_words(p) for p in (0.0476, 0.0002, None)]
    ['0.048', 'below 0.001', '–']
    """
    return "below 0.001" if p is not None and p < 0.001 else number(p, places=3)


def _row(label: str, estimate: Estimate, one: Resampled) -> tuple[str, ...]:
    draws = f"all {count(one.draws)}" if one.exact else f"{count(one.draws)}, seed {one.seed}"
    kind, least = RESAMPLING[one.kind], p_in_words(one.attainable)
    return (label, kind, p_in_words(one.p), *_ends(estimate, one), least, draws)


def _in_words(estimate: Estimate, one: Resampled) -> str:
    least = f"the smallest p there could be is {p_in_words(one.attainable)}"
    if one.p is None:
        return f"{RESAMPLING[one.kind]}: with so few clusters {least}"
    low, high = _ends(estimate, one)
    if ABSENT in (low, high):
        interval = f"no {percent(one.level)} interval with two ends"
    else:
        interval = f"{percent(one.level)} interval {low} to {high} {in_reader_units(estimate.unit)[1]}".rstrip()
    return f"{RESAMPLING[one.kind]}: p {p_in_words(one.p)}, {interval}; {least}"


def _ends(estimate: Estimate, one: Resampled) -> tuple[str, str]:
    factor = in_reader_units(estimate.unit)[0]
    low, high = (None if end is None else factor * end for end in (one.low, one.high))
    near = [abs(end - factor * (estimate.value or 0.0)) for end in (low, high) if end is not None]
    places = decimals(sum(near) / len(near) if near else None)
    return number(low, places=places, signed=True), number(high, places=places, signed=True)
