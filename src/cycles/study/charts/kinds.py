"""Which control chart fits the data, and why; and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cycles.core.errors import ParameterError
from cycles.study.charts.dispersion import Dispersion, dispersion
from cycles.study.charts.limits import Limits
from cycles.study.charts.means import mean_limits, spread_limits
from cycles.study.charts.proportions import proportion_limits
from cycles.study.charts.rare_events import cases_between_limits, time_between_limits
from cycles.study.charts.rates import rate_limits
from cycles.study.charts.readings import SHAPES, Readings
from cycles.study.charts.xmr import xmr_limits

Kind = Literal["auto", "xmr", "p", "p_prime", "u", "u_prime", "c", "xbar", "s", "g", "t"]

TITLES = {
    "xmr": "XmR chart",
    "p": "p chart",
    "p_prime": "p′ chart",
    "u": "u chart",
    "u_prime": "u′ chart",
    "c": "c chart",
    "xbar": "Xbar chart",
    "s": "S chart",
    "g": "g chart",
    "t": "t chart",
}

_FITS: dict[str, tuple[str, ...]] = {
    "time_between": ("t", "xmr"),
    "cases_between": ("g", "xmr"),
    "of": ("p", "p_prime", "xmr"),
    "per": ("u", "u_prime", "xmr"),
    "count": ("c", "xmr"),
    "several": ("xbar", "s", "xmr"),
    "value": ("xmr",),
}
"""Which kinds a shape of data can have; the first is the one that fits it best."""

PRIMED = {"p": "p_prime", "u": "u_prime", "c": "xmr"}
"""What counts get that vary more or less than counting alone explains."""


CONSEQUENCE = {
    "more": "so the limits are widened by how much points really vary",
    "less": "so the limits are narrowed to how little points really vary",
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The kind of chart, why, and the test of dispersion where there was one."""

    kind: str
    reason: str
    dispersion: Dispersion | None = None


def choose(readings: Readings, kind: Kind, phases: Sequence[np.ndarray]) -> Choice:
    """The chart that fits: by what the columns hold, and for counts by a test of how much they vary.

    Parameters
    ----------
    readings : the points
    kind : "auto", or the kind that is wanted
    phases : the places of the points of each phase

    Raises
    ------
    ParameterError
        CY105 for a kind that the columns cannot make.
    """
    known = _FITS[readings.shape]
    if kind != "auto" and kind not in known:
        raise ParameterError(
            f"{SHAPES[readings.shape]} cannot make a chart of kind {kind}",
            code="CY105",
            where="control chart, kind",
            fix=f"These can: {', '.join(known)}.",
        )
    tested = _tested(readings, phases)
    if kind != "auto":
        told = f"it was asked for, and the data are {SHAPES[readings.shape]}"
        return Choice(kind=kind, reason=_with_test(told, tested), dispersion=tested)
    told = f"the data are {SHAPES[readings.shape]}"
    if tested is None or tested.state not in CONSEQUENCE:
        return Choice(kind=known[0], reason=_with_test(told, tested), dispersion=tested)
    reason = f"{_with_test(told, tested)}, {CONSEQUENCE[tested.state]}"
    return Choice(kind=PRIMED[known[0]], reason=reason, dispersion=tested)


def limits_of(
    kind: str, readings: Readings, *, at: np.ndarray, base: np.ndarray, screen: bool, factor: float, share: bool
) -> Limits:
    """The limits of the points `at`, made of those among them that are `base`.

    Parameters
    ----------
    kind : a key of `TITLES`
    at : places of the points of one phase
    base : for each of them, whether it makes the limits
    screen, factor : as in :func:`cycles.study.charts.xmr.xmr_limits`
    share : whether values are shares, which lie between 0 and 1
    """
    value, count, size = (None if one is None else one[at] for one in (readings.value, readings.count, readings.size))
    assert value is not None
    if kind == "xmr":
        ends = (0.0, 1.0) if share else (None, None)
        return xmr_limits(value, base=base, screen=screen, factor=factor, least=ends[0], most=ends[1])
    if kind == "g":
        return cases_between_limits(value, base=base)
    if kind == "t":
        return time_between_limits(value, base=base, screen=screen, factor=factor)
    if kind == "c":
        return rate_limits(value, np.ones(len(value)), base=base)
    assert size is not None
    if kind in ("xbar", "s"):
        assert readings.spread is not None
        spread = readings.spread[at]
        return mean_limits(value, spread, size, base=base) if kind == "xbar" else spread_limits(spread, size, base=base)
    assert count is not None
    family = proportion_limits if kind.startswith("p") else rate_limits
    return family(count, size, base=base, prime=kind.endswith("prime"))


def _tested(readings: Readings, phases: Sequence[np.ndarray]) -> Dispersion | None:
    """Dispersion of counts, within phases."""
    if readings.shape not in ("of", "per", "count"):
        return None
    count = readings.value if readings.count is None else readings.count
    size = np.ones(len(count)) if readings.size is None else readings.size
    scores, expected = [], [np.zeros(0)]
    for at in phases:
        middle = count[at].sum() / size[at].sum()
        rest = 1 - middle if readings.shape == "of" else 1.0
        variance = middle * rest / size[at]
        if (variance > 0).all():
            scores.append((count[at] / size[at] - middle) / np.sqrt(variance))
            expected.append(size[at] * middle * (min(rest / middle, 1.0) if readings.shape == "of" else 1.0))
    together = np.concatenate(expected)
    return dispersion(scores, expected=together if len(together) else np.zeros(1))


def _with_test(told: str, tested: Dispersion | None) -> str:
    return told if tested is None else f"{told}; {tested.text}"
