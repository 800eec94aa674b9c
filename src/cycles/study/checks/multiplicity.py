"""How many effects were looked at, and which of them would stand if that is counted?

Holm (1979); Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x. One outcome that was sealed before the data is a family
of its own; everything else looked at is judged together.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import ANY_DESIGN, CHECKS
from cycles.study.inference.background import Background
from cycles.study.inference.multiplicity import any_by_chance, benjamini_hochberg, holm

COLUMNS = ["family", "effect", "p", "p_holm", "p_bh", "n"]


@CHECKS.register("multiplicity", designs=ANY_DESIGN, uses_background=True)
def multiplicity(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Adjust the p-values of all outcomes and subgroups for one another, apart from a headline that was sealed before the data.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the other effects that were looked at

    Returns
    -------
    Finding
        concern when an effect looked striking by itself and does not once the others are counted; pass otherwise; cannot_say when
        nobody said what was looked at. `table` has `family` (headline, looked at), `effect, p, p_holm, p_bh, n`.

    Notes
    -----
    Alternatives are other answers to the same question, so they are counted but not adjusted. An effect without a p-value was looked at,
    too, and is counted.
    """
    if background.outcomes is None and background.subgroups is None:
        text = "Nobody said what else was looked at, so no p-value here speaks for a family of effects."
        return Finding(name="multiplicity", answer="cannot_say", text=text)
    others = _others(estimate, background)
    headline = {estimate.id: estimate}
    together = others if background.sealed_before_data else {**headline, **others}
    table = pd.concat(
        [_adjusted(headline, "headline") if background.sealed_before_data else None, _adjusted(together, "looked at")]
    ).reset_index(drop=True)
    alpha = 1 - estimate.level
    fallen = table[(table["p"] < alpha) & (table["p_holm"] >= alpha)]
    answer: Answer = "concern" if len(fallen) else "pass"
    text = " ".join([_counted(others, background, alpha), *_headline(estimate, table, background, alpha)])
    if len(fallen):
        which = "One effect is" if len(fallen) == 1 else f"{len(fallen)} effects are"
        text += f" {which} below {alpha:.2g} alone and not once the others are counted (Holm)."
    return Finding(name="multiplicity", answer=answer, text=text, table=table)


def _others(estimate: Estimate, background: Background) -> dict[str, Estimate]:
    outcomes = {name: one for name, one in (background.outcomes or {}).items() if one.id != estimate.id}
    return {**outcomes, **(background.subgroups or {})}


def _adjusted(effects: Mapping[str, Estimate], family: str) -> pd.DataFrame | None:
    tested = {name: one for name, one in effects.items() if one.p is not None}
    p = np.array([one.p for one in tested.values()], dtype=float)
    if not tested:
        return pd.DataFrame(columns=COLUMNS)
    return pd.DataFrame(
        {
            "family": family,
            "effect": list(tested),
            "p": p,
            "p_holm": holm(p),
            "p_bh": benjamini_hochberg(p),
            "n": [one.n for one in tested.values()],
        },
        columns=COLUMNS,
    )


def _counted(others: Mapping[str, Estimate], background: Background, alpha: float) -> str:
    n, ways = len(others) + 1, len(background.alternatives or {})
    looked = f"{n} effect{'' if n == 1 else 's'} looked at" + (f", the first in {ways + 1} ways" if ways else "")
    if n == 1:
        return f"{looked}: there is no family to adjust for."
    chance = any_by_chance(n, alpha)
    return f"{looked}: if none were real, the chance that at least one is below {alpha:.2g} would be {chance:.0%}, were they independent."


def _headline(estimate: Estimate, table: pd.DataFrame, background: Background, alpha: float) -> list[str]:
    if estimate.p is None:
        return []
    if background.sealed_before_data:
        return ["The headline was named before the data and is judged by itself; all others are judged together."]
    adjusted = float(table.loc[table["effect"] == estimate.id, "p_holm"].iloc[0])
    stands = "still below" if adjusted < alpha else "not below"
    return [
        f"The headline was not named before the data; counted with the others its p is {adjusted:.3g}, {stands} {alpha:.2g}."
    ]
