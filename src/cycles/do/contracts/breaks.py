"""Series breaks: periods from which on a measure is not what it was, so that before and after may not be compared.

A break is declared in a contract, follows from a new major version of one, or is *detected*: at one period the sites jump together, far
more than from any other period to the next, or their order falls apart. A jump is judged by a t statistic whose scale is shrunk towards
what years usually differ by, because the few other transitions alone say little about it.

Smyth (2004). Linear models and empirical Bayes methods for assessing differential expression in microarray experiments. Statistical
Applications in Genetics and Molecular Biology 3(1), article 3. doi:10.2202/1544-6115.1027
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.deliveries import DeliveryReceipt
from cycles.core.errors import ContractError
from cycles.core.periods import period_key, period_text
from cycles.core.vocabulary import SeriesBreak

USUAL_CHANGE = 0.05
"""What a measure's mean over sites usually moves in a year, in standard deviations of the sites. Student attendance and chronic absence
of New York City's high schools moved by 0.06 (root mean square) from 2014-15 to 2018-19."""

PRIOR_WEIGHT = 16
"""How many transitions that usual change counts as; with it, a smooth series gives a false alarm in less than 1 of 100."""

ALPHA = 0.01
"""False alarms per series, if its years move as usual."""

LEAST_JUMP = 0.3
"""Standard deviations of the sites. A smaller jump is not called a break, however certain it is."""

LEAST_TOGETHER = 2 / 3
"""Share of the sites that moved at all which moved the same way."""

LEAST_SITES = 10
"""Sites present in both periods, below which nothing is detected."""

LEAST_OF_TWO_PERIODS = 0.8
"""With only two periods no other transition tells what is usual, so that only a jump of this size, shared by nine in ten, is told."""

MOST_PERIODS = 40
"""A longer series is one of days or weeks, where a storm makes all sites jump and return; nothing is detected in it."""

LEAST_COLLAPSE = 0.2
"""How far the rank correlation with the period before must fall below its lowest other value."""


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One period to the next, over the sites that are in both: the jump (a trimmed mean), the middle site's, and the variance
    of the jump by sampling, in standard deviations of the sites."""

    at: str
    n: int
    jump: float
    middle: float
    variance: float
    together: float
    order: float


def series_breaks(
    values: pd.DataFrame, declared: Iterable[SeriesBreak | Mapping[str, Any]] = ()
) -> tuple[SeriesBreak, ...]:
    """The breaks of each measure: those declared, and those that its values show.

    Parameters
    ----------
    values : DataFrame, one row per site, period and measure
        `site_id, period, measure, value`, as in `site_measures`; missing values are left out. Periods are put in order of time.
    declared : iterable of SeriesBreak, or of mappings with `measure, at, because`
        What contracts say. A break that is declared is not detected again.

    Returns
    -------
    tuple of SeriesBreak
        By measure and period.

    Raises
    ------
    ContractError
        CY211 for missing columns, CY216 when a site has two values of a measure in one period.

    Notes
    -----
    Detected is a period where (1) the trimmed mean and the median change are at least 0.3 standard deviations of the sites, the former
    also beyond the median of the other transitions, two thirds of the sites that moved went the same way, and the t statistic passes the
    1% point shared by all transitions; or (2) the rank correlation with the period before falls by 0.2 below its lowest other value, and
    in Fisher's z by more than four standard errors. With two periods only a jump of 0.8 shared by nine in ten is told; with fewer than ten
    sites, or more than forty periods, nothing is. A jump cannot tell a changed definition from a real change that reached every site at
    once, such as a closure: it says where to ask.

    Examples
    --------
    >>> sites, years = [f"s{n}" for n in range(30)], ["2014-15", "2015-16", "2016-17", "2017-18"]
    >>> rows = [(s, y, "trust", n + 40 * (y >= "2016-17") + (n * len(y) % 3) / 9) for y in years for n, s in enumerate(sites)]
    >>> values = pd.DataFrame(rows, columns=["site_id", "period", "measure", "value"])
    >>> [(found.at, found.origin) for found in series_breaks(values)]
    [('2016-17', 'detected')]
    """
    _require(values)
    said = [one if isinstance(one, SeriesBreak) else _declared(one) for one in declared]
    known = {(one.measure, one.at) for one in said}
    found = [
        one
        for measure, rows in values.dropna(subset=["value"]).groupby("measure", sort=False)
        for one in _detected(str(measure), rows)
        if (one.measure, one.at) not in known
    ]
    return tuple(sorted([*said, *found], key=lambda one: (one.measure, period_key(one.at))))


def version_breaks(receipts: Sequence[DeliveryReceipt]) -> tuple[SeriesBreak, ...]:
    """Where a new major version of a survey's contract came into force: at each wave first delivered under it.

    Parameters
    ----------
    receipts : the receipts of one source, oldest first

    Returns
    -------
    tuple of SeriesBreak
        `measure` is the instrument, for all its scales. Only the first wave under a new version is a break.
    """
    found, seen = [], set()
    for before, now in pairwise(receipts):
        seen |= set(before.profile.get("waves", {}))
        first = [wave for wave in now.profile.get("waves", {}) if wave not in seen]
        if first and _major(before.contract_version) != _major(now.contract_version):
            because = f"the contract went from version {before.contract_version} to {now.contract_version}"
            measure = now.contract.removeprefix("survey.")
            found.append(SeriesBreak(measure=measure, at=first[0], because=because, origin="contract"))
    return tuple(found)


def _require(values: pd.DataFrame) -> None:
    missing = [name for name in ("site_id", "period", "measure", "value") if name not in values]
    if missing:
        raise ContractError(f"the values have no column {', '.join(missing)}", code="CY211", where="series breaks")
    twice = int(values.duplicated(["site_id", "period", "measure"]).sum())
    if twice:
        raise ContractError(f"{twice:,} rows repeat a site, period and measure", code="CY216", where="series breaks")


def _declared(said: Mapping[str, Any]) -> SeriesBreak:
    return SeriesBreak(
        measure=str(said["measure"]), at=period_text(said["at"]), because=str(said["because"]), origin="declared"
    )


def _major(version: str) -> str:
    return version.split(".")[0]


# -- detection -----------------------------------------------------------------------------------------------------------


def _detected(measure: str, rows: pd.DataFrame) -> Iterator[SeriesBreak]:
    wide = rows.pivot(index="site_id", columns="period", values="value").astype(float)
    periods = sorted(wide.columns, key=period_key)
    if len(periods) > MOST_PERIODS:
        return
    steps = [step for a, b in pairwise(periods) if (step := _step(wide[a], wide[b], period_text(b))) is not None]
    for place, step in enumerate(steps):
        others = steps[:place] + steps[place + 1 :]
        because = _told(step, others, len(periods))
        if because:
            yield SeriesBreak(measure=measure, at=step.at, because=because, origin="detected")


def _step(before: pd.Series, after: pd.Series, at: str) -> _Step | None:
    """None where too few sites are in both periods, or they do not differ."""
    from scipy.stats import rankdata, trim_mean

    both = before.notna() & after.notna()
    old, new = before[both].to_numpy(), after[both].to_numpy()
    spread = (_spread(old) + _spread(new)) / 2 if len(old) >= LEAST_SITES else 0.0
    if not spread:
        return None
    change = (new - old) / spread
    moved = np.abs(change) > 1e-9
    up = float((change[moved] > 0).mean()) if moved.any() else 0.5
    order = np.corrcoef(rankdata(old), rankdata(new))[0, 1] if old.std() and new.std() else 0.0
    return _Step(
        at=at,
        n=len(old),
        jump=float(trim_mean(change, 0.2)),
        middle=float(np.median(change)),
        variance=1.25 * _spread(change) ** 2 / len(change),  # a mean with 20% trimmed at each end of normal values
        together=max(up, 1 - up),
        order=float(np.clip(order, -0.9999, 0.9999)),
    )


def _spread(values: np.ndarray) -> float:
    """The standard deviation, from the median absolute deviation; the plain one where more than half of the values are the same."""
    robust = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return robust or float(values.std())


def _told(step: _Step, others: list[_Step], n_periods: int) -> str:
    """Why the step is a break; empty when it is none."""
    size = f"{abs(step.jump):.1f} standard deviations {'up' if step.jump > 0 else 'down'}"
    jumped = f"{step.together:.0%} of the sites that moved went the same way, on average {size}"
    if not others:
        lone = abs(step.jump) >= LEAST_OF_TWO_PERIODS and step.together >= 0.9
        return f"{jumped}; with {n_periods} periods there is no other change to hold it against" if lone else ""
    if _jumps(step, others):
        usual = float(np.median([abs(one.jump) for one in others]))
        return f"{jumped}; between other periods it was {usual:.1f}"
    if _falls_apart(step, others):
        return (
            f"the sites' order was lost: their rank correlation with the period before is {step.order:.2f}, "
            f"between other periods {min(one.order for one in others):.2f} or more"
        )
    return ""


def _jumps(step: _Step, others: list[_Step]) -> bool:
    from scipy.stats import t

    center = float(np.median([one.jump for one in others]))
    beyond = abs(step.jump - center)
    df = PRIOR_WEIGHT + len(others) - 1
    between = sum((one.jump - center) ** 2 for one in others)
    scale = (PRIOR_WEIGHT * (USUAL_CHANGE**2 + step.variance) + between) / df
    limit = float(t.ppf(1 - ALPHA / 2 / (len(others) + 1), df))
    large = min(beyond, abs(step.jump), abs(step.middle)) >= LEAST_JUMP and step.together >= LEAST_TOGETHER
    return large and beyond / np.sqrt(scale * (1 + 1 / len(others))) >= limit


def _falls_apart(step: _Step, others: list[_Step]) -> bool:
    """With one other transition it could not be known which of the two is unusual."""
    lowest = min(one.order for one in others)
    error = np.sqrt(1.06 / (step.n - 3) + 1.06 / (min(one.n for one in others) - 3))  # of Spearman's, in Fisher's z
    certain = np.arctanh(lowest) - np.arctanh(step.order) > 4 * error
    return len(others) >= 2 and lowest - step.order >= LEAST_COLLAPSE and bool(certain)
