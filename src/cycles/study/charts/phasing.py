"""Which points share limits: phases begin at named dates of the PDSA record and at series breaks, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cycles.core.errors import ParameterError
from cycles.core.vocabulary import SeriesBreak
from cycles.study.charts.parts import part_names, part_of


@dataclass(frozen=True, kw_only=True)
class Phasing:
    """For each point: the phase it lies in, the number of the limits it is held to, and whether it makes them."""

    phase: np.ndarray
    group: np.ndarray
    base: np.ndarray

    @property
    def groups(self) -> list[np.ndarray]:
        """The places of the points of each set of limits."""
        return [np.flatnonzero(self.group == one) for one in np.unique(self.group)]


def phasing(
    periods: pd.Series,
    *,
    starts: Mapping[str, date],
    freeze: date | None = None,
    breaks: tuple[SeriesBreak, ...] = (),
) -> Phasing:
    """Phases at the named dates, limits of their own in each, up to a freeze.

    Parameters
    ----------
    periods : in order
    starts : name of a phase -> the day it starts; a period belongs to the phase that has started when the period begins
    freeze : points after this day make no limits: until the next break, those in force on that day hold
    breaks : series breaks within the periods

    Raises
    ------
    ParameterError
        CY105 for dates where periods are not dates, and for a freeze before the first point.

    Examples
    --------
    >>> weeks = pd.Series(pd.date_range("2026-09-07", periods=6, freq="W-MON"))
    >>> found = phasing(weeks, starts={"after": date(2026, 9, 21)}, freeze=date(2026, 9, 15))
    >>> found.phase.tolist(), found.group.tolist(), int(found.base.sum())
    (['before', 'before', 'after', 'after', 'after', 'after'], [0, 0, 0, 0, 0, 0], 2)
    """
    part = part_of(periods, breaks)
    if not starts and freeze is None:
        names = np.array(part_names(breaks), dtype=object)
        return Phasing(phase=names[part], group=part, base=np.ones(len(periods), dtype=bool))
    days = _days(periods)
    order = sorted(starts.items(), key=lambda one: one[1])
    passed = np.array([sum(pd.Timestamp(on) <= day for _, on in order) for day in days], dtype=int)
    group = part * (len(order) + 1) + passed
    base = np.ones(len(periods), dtype=bool)
    if freeze is not None:
        group, base = _frozen(group, part, (days <= pd.Timestamp(freeze)).to_numpy())
    return Phasing(phase=_names(part, passed, [name for name, _ in order], breaks), group=group, base=base)


def _frozen(group: np.ndarray, part: np.ndarray, until: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not until.any():
        raise ParameterError(
            "no point lies on or before the day of the freeze", code="CY105", where="control chart, freeze"
        )
    last = np.flatnonzero(until)[-1]
    held = ~until & (part == part[last])
    return np.where(held, group[last], group), ~held


def _names(part: np.ndarray, passed: np.ndarray, names: list[str], breaks: tuple[SeriesBreak, ...]) -> np.ndarray:
    """The phase's name in the part in which it starts, or ends as the first; elsewhere the part's."""
    known = ["before" if names else "all", *names]
    parts = part_names(breaks)
    if not breaks:
        return np.array([known[one] for one in passed], dtype=object)
    began = {int(one): int(part[passed >= one][0]) for one in range(1, len(known)) if (passed >= one).any()}
    first = began.get(1)
    said = [
        known[at] if (began.get(at) == own if at else own == first) else parts[own]
        for own, at in zip(part, passed, strict=True)
    ]
    return np.array(said, dtype=object)


def _days(periods: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(periods):
        return periods
    try:
        return pd.to_datetime(periods, format="ISO8601")
    except (ValueError, TypeError):
        raise ParameterError(
            "phases and a freeze need periods that are dates", code="CY105", where="control chart"
        ) from None
