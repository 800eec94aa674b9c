"""What is different from the delivery before, or between the waves of one: columns, answers, missing values, participation.

Drift stops nothing. It is told (CY222) before an effect is claimed, because a sender who changed something looks like a change in students.

Two distributions are held against one another by the Jensen-Shannon distance (Lin 1991. Divergence measures based on the Shannon entropy.
IEEE Transactions on Information Theory 37, 145-151. doi:10.1109/18.61115). Of two samples from one distribution the divergence is not zero
but about chi-square: 8 ln 2 times it, over 1/n1 + 1/n2, has k - 1 degrees of freedom (Grosse et al. 2002. Analysis of symbolic sequences
using the Jensen-Shannon divergence. Physical Review E 65, 041905. doi:10.1103/PhysRevE.65.041905).
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from typing import Any

CODE = "CY222"
ALPHA = 0.001
"""How often two samples of the same distribution may differ by more than the limit."""

LEAST_DISTANCE = 0.1
"""Between deliveries. On a five-point item, moving every answer by a quarter of a standard deviation gives about this distance."""

LEAST_DISTANCE_OF_WAVES = 0.2
"""Between waves, where students are expected to move: half a standard deviation."""

LEAST_SHARE = 0.05
"""Five percentage points: smaller differences of shares are not told, however many rows there are."""

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One difference: what kind, where, how large (`size`) and from what on it is told (`limit`), in a sentence."""

    kind: str
    where: str
    text: str
    size: float | None = None
    limit: float | None = None

    def to_dict(self) -> dict[str, str]:
        """As a report takes it: `code, text`."""
        return {"code": CODE, "text": self.text}


def drift(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Drift, ...]:
    """What is different between the profiles of two deliveries of one source.

    Parameters
    ----------
    old, new : as :func:`cycles.do.contracts.profile.profile` counts them

    Returns
    -------
    tuple of Drift
        Rows (half or double), then columns (distribution, missing values), then waves that both have (straight-lining, participation).

    Examples
    --------
    >>> before = {"n": 400, "columns": {"a": {"n": 400, "missing_share": 0.0, "distribution": {"1": 200, "2": 200}}}}
    >>> after = {"n": 400, "columns": {"a": {"n": 300, "missing_share": 0.25, "distribution": {"1": 30, "2": 270}}}}
    >>> [found.kind for found in drift(before, after)]
    ['distribution', 'missing']
    """
    since = "the delivery before"
    found = [*_rows(old, new), *_columns(old["columns"], new["columns"], old["n"], new["n"], since, LEAST_DISTANCE)]
    for wave in new.get("waves", {}):
        if wave in old.get("waves", {}):
            found += _conduct(old["waves"][wave], new["waves"][wave], f"{wave} ", since)
    return tuple(found)


def drift_of_waves(counted: Mapping[str, Any]) -> tuple[Drift, ...]:
    """What is different from each wave of a delivery to the next, by the same measures and with a wider limit for answers."""
    waves = list(counted.get("waves", {}).items())
    found: list[Drift] = []
    for (before, old), (after, new) in pairwise(waves):
        n_old, n_new = (sum(wave["respondents"].values()) for wave in (old, new))
        since = f"the wave {before}"
        found += _columns(old["columns"], new["columns"], n_old, n_new, since, LEAST_DISTANCE_OF_WAVES, f"{after} ")
        found += _conduct(old, new, f"{after} ", since)
    return tuple(found)


def drift_of_columns(
    old: tuple[Sequence[str], Mapping[str, str]], new: tuple[Sequence[str], Mapping[str, str]]
) -> tuple[Drift, ...]:
    """What is different in the columns of a file and the types of its table.

    Parameters
    ----------
    old, new : the header of the file in order, and the type of each column of the table

    Examples
    --------
    >>> [found.text for found in drift_of_columns((["id", "Q1"], {}), (["id", "Q1_new"], {}))]
    ['the column Q1 seems to be called Q1_new now']
    """
    (before, types_before), (after, types_after) = old, new
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    renamed = _renamed(gone, come)
    found = [Drift(kind="renamed", where=a, text=f"the column {a} seems to be called {b} now") for a, b in renamed]
    found += _listed("missing", "no longer in the file", [one for one in gone if one not in dict(renamed)])
    found += _listed("new", "new in the file", [one for one in come if one not in dict(renamed).values()])
    if [one for one in before if one in after] != [one for one in after if one in before]:
        found.append(
            Drift(kind="reordered", where="", text="the columns stand in another order than in the delivery before")
        )
    for name, kind in types_after.items():
        if name in types_before and types_before[name] != kind:
            found.append(
                Drift(kind="type", where=name, text=f"the column {name} was {types_before[name]} and is {kind}")
            )
    return tuple(found)


def jensen_shannon(old: Mapping[str, int], new: Mapping[str, int]) -> tuple[float, float]:
    """The distance (0-1, base 2) of two distributions of counts, and the one that chance exceeds once in a thousand.

    >>> distance, limit = jensen_shannon({"a": 100, "b": 0}, {"a": 0, "b": 100})
    >>> round(distance, 3), round(limit, 3)
    (1.0, 0.198)
    """
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2

    codes = list(dict.fromkeys([*old, *new]))
    first, second = ([counts.get(code, 0) for code in codes] for counts in (old, new))
    seen = sum(a + b > 0 for a, b in zip(first, second, strict=True))
    expected = float(chi2.ppf(1 - ALPHA, max(seen - 1, 1))) * (1 / sum(first) + 1 / sum(second)) / (8 * log(2))
    return float(jensenshannon(first, second, base=2)), sqrt(expected)


def _rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Drift]:
    if old["n"] and new["n"] and not 0.5 <= new["n"] / old["n"] <= 2:
        yield Drift(
            kind="rows", where="", text=f"{new['n']:,} rows are used, against {old['n']:,} in the delivery before"
        )


def _columns(
    old: Mapping[str, Any], new: Mapping[str, Any], n_old: int, n_new: int, since: str, least: float, head: str = ""
) -> Iterator[Drift]:
    for name in new:
        if name in old:
            yield from _distribution(name, old[name], new[name], since, least, head)
            shares = (old[name]["missing_share"], new[name]["missing_share"])
            yield from _share(
                "missing", name, f"{head}{name}: {{}} of the values are missing", shares, (n_old, n_new), since
            )


def _distribution(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], since: str, least: float, head: str
) -> Iterator[Drift]:
    before, after = old.get("distribution"), new.get("distribution")
    if not before or not after or not sum(before.values()) or not sum(after.values()):
        return
    distance, by_chance = jensen_shannon(before, after)
    limit = max(by_chance, least)
    if distance > limit:
        text = f"{head}{name}: answers are spread otherwise than in {since} (distance {distance:.2f}, told from {limit:.2f} on)"
        yield Drift(kind="distribution", where=name, text=text, size=distance, limit=limit)


def _conduct(old: Mapping[str, Any], new: Mapping[str, Any], head: str, since: str) -> Iterator[Drift]:
    """Straight-lining and participation."""
    for scale, now in new["straight_lining"].items():
        then = old["straight_lining"].get(scale, {"n": 0, "share": None})
        told = f"{head}{scale}: {{}} gave the same answer to every item"
        yield from _share("straight_lining", scale, told, (then["share"], now["share"]), (then["n"], now["n"]), since)
    if "participation" in old and "participation" in new:
        then, now = old["participation"], new["participation"]
        told = f"{head}participation: {{}} of the roster answered"
        yield from _share("participation", "", told, (then["share"], now["share"]), (then["of"], now["of"]), since)


def _share(
    kind: str, where: str, told: str, shares: tuple[float | None, float | None], sizes: tuple[int, int], since: str
) -> Iterator[Drift]:
    """Two shares that differ by more than chance would let them, and by five points at least."""
    from scipy.stats import norm

    old, new = shares
    if old is None or new is None or not all(sizes):
        return
    pooled = (old * sizes[0] + new * sizes[1]) / sum(sizes)
    by_chance = float(norm.ppf(1 - ALPHA / 2)) * sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    limit = max(by_chance, LEAST_SHARE)
    if abs(new - old) > limit:
        text = f"{told.format(f'{new:.0%}')}, against {old:.0%} in {since}"
        yield Drift(kind=kind, where=where, text=text, size=new - old, limit=limit)


def _renamed(gone: list[str], come: list[str]) -> list[tuple[str, str]]:
    """Pairs of a lost and a new column of which one begins with the other, or with nearly the same name; each used once."""
    left, pairs = list(come), []
    for name in gone:
        begun = [one for one in left if one.startswith(name) or name.startswith(one)]
        close = begun or difflib.get_close_matches(name, left, n=1, cutoff=0.6)
        if close:
            left.remove(close[0])
            pairs.append((name, close[0]))
    return pairs


def _listed(kind: str, what: str, names: list[str]) -> list[Drift]:
    if not names:
        return []
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    verb = "is" if len(names) == 1 else "are"
    return [Drift(kind=kind, where="", text=f"{', '.join(names[:_SHOWN])}{more} {verb} {what}")]
