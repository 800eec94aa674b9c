"""For whom: the effect in each group, whether groups differ once all are counted together, and the effects drawn towards one another."""

from dataclasses import replace

import pandas as pd

from cycles.act.reporting.effects_of import estimate_blocks, interval_ends, protect_estimates, row_label
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.resampled_of import p_in_words
from cycles.act.reporting.wording import HIDDEN, in_reader_units, sentence_case, slugs_as_words
from cycles.study.inference.moderation import ByGroup, family_wise

COMPARED = (
    "Effect in this group less that in the others",
    "Difference",
    "Low",
    "High",
    "p by itself",
    "p, all counted together",
)
POOLED = ("", "By itself", "Low", "High", "Drawn towards the others", "Low", "High")
WHY_POOLED = (
    "Small groups scatter more, so the highest and lowest effects are partly chance. Drawn towards one another, as far as chance could "
    "have set them apart, they say what may be expected of each group."
)


def group_blocks(groups: ByGroup, request: Request) -> list[Block]:
    """The figure of the groups, one sentence on all their differences, and two tables; nothing of a moderator with a group held back.

    Parameters
    ----------
    groups : what :func:`cycles.estimate_by_subgroup` found
    request : what the caller of `show` asked for
    """
    if not groups:
        return []
    safe = protect_estimates(groups, request)
    held = {label.rpartition(": ")[0] for label, one in safe.items() if one.reason == HIDDEN}
    small = {label.rpartition(": ")[0] for label, one in groups.items() if one.value is None}
    compared = groups.compared[~groups.compared["moderator"].isin(held | small)]
    pooled = groups.pooled[~groups.pooled["moderator"].isin(held | small)]
    unit = next(iter(groups.values())).unit
    own = replace(request, title=None, caption=None, alt=None, section=request.section or "equity")
    blocks = [*estimate_blocks(groups, request), _sentence(compared, groups.level, own)]
    tested = compared.dropna(subset=["p"])
    if len(tested):
        blocks.append(_compared(tested, unit, own))
    if len(pooled):
        blocks.append(_pooled(pooled, unit, own))
    return blocks


def _sentence(compared: pd.DataFrame, level: float, request: Request) -> Block:
    labelled = compared.assign(group=[row_label(one, request) for one in compared["group"]])
    told = sentence_case(slugs_as_words(family_wise(labelled, level)))
    return make_block("text", request, section="equity", title="Does the effect differ between groups?", text=told)


def _compared(table: pd.DataFrame, unit: str, request: Request) -> Block:
    rows = []
    for row in table.to_dict("records"):
        ends = interval_ends(unit, row["difference"], row["low"], row["high"])
        rows.append((row_label(row["group"], request), *ends, p_in_words(row["p"]), p_in_words(row["p_holm"])))
    return make_block(
        "table",
        request,
        section="equity",
        title="How far the effects of groups lie apart",
        alt="; ".join(f"{row[0]}: {row[1]}, p {row[5]} counted together" for row in rows),
        caption=f"In {in_reader_units(unit)[1]}.",
        columns=COMPARED,
        rows=rows,
    )


def _pooled(table: pd.DataFrame, unit: str, request: Request) -> Block:
    rows = []
    for row in table.to_dict("records"):
        alone = interval_ends(unit, row["value"], row["low"], row["high"])
        together = interval_ends(unit, row["pooled"], row["pooled_low"], row["pooled_high"])
        rows.append((row_label(row["group"], request), *alone, *together))
    return make_block(
        "table",
        request,
        section="equity",
        title="Each group by itself, and drawn towards the others",
        text=WHY_POOLED,
        alt="; ".join(f"{row[0]}: {row[1]} by itself, {row[4]} drawn towards the others" for row in rows),
        caption=f"In {in_reader_units(unit)[1]}.",
        columns=POOLED,
        rows=rows,
    )
