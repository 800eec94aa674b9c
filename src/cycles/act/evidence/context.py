"""The figures around a year: what was published of places, year by year, with the breaks after which they may not be compared.

They show what happened, not why; no change is judged by them.
"""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from cycles.core.errors import ParameterError, nearest
from cycles.core.periods import crosses, period_key, period_text
from cycles.core.phrases import amount, difference
from cycles.core.vocabulary import Record, SeriesBreak
from cycles.do.collection import Tables
from cycles.plan.cycle_file import AnnualImpact, Context
from cycles.plan.run import Run

LEAST_SITES = 5
"""Places behind a median; with fewer it would tell of one of them."""


@dataclass(frozen=True, kw_only=True, repr=False)
class OverTheYears(Record):
    """One published measure of some places over the years.

    `points` has `place, period, value, n`, a row for every place and year (missing where nothing was published); `with_median` says
    that the last place is the median of all of them, which are five or more in every year. `periods` are in order of time; a value may
    be compared with others between the same two `breaks` only.
    """

    measure: str
    title: str
    unit: str
    publisher: str
    points: pd.DataFrame
    periods: tuple[str, ...]
    breaks: tuple[SeriesBreak, ...] = ()
    with_median: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The places by name, in order; the median of all is the last."""
        return tuple(dict.fromkeys(self.points["place"]))

    @property
    def stretches(self) -> tuple[tuple[str, ...], ...]:
        """The periods, parted at the breaks."""
        parts: list[list[str]] = [[self.periods[0]]]
        for before, after in pairwise(self.periods):
            if any(crosses(one.at, before=before, after=after) for one in self.breaks):
                parts.append([])
            parts[-1].append(after)
        return tuple(map(tuple, parts))

    @property
    def table(self) -> pd.DataFrame:
        """One row per place, one column per period."""
        wide = self.points.pivot(index="place", columns="period", values="value")
        return wide.loc[list(self.places), list(self.periods)].reset_index()

    @property
    def text(self) -> str:
        """How each place moved since the last break, and the breaks."""
        last = self.stretches[-1]
        told = [self._moved(place, last) for place in self.places]
        return " ".join([*filter(None, told), *(_start(one.text) + "." for one in self.breaks)])

    def _moved(self, place: str, periods: tuple[str, ...]) -> str:
        own = self.points[(self.points["place"] == place) & self.points["period"].isin(periods)].dropna(
            subset=["value"]
        )
        if own.empty:
            return f"{_start(place)}: nothing can be told of {periods[0]} to {periods[-1]}."
        first, last = own.iloc[0], own.iloc[-1]
        level = f"{_start(place)}: {amount(last['value'], self.unit)} in {last['period']}"
        if first["period"] == last["period"]:
            return f"{level}."
        change = last["value"] - first["value"]
        word = "higher than" if change > 0 else "lower than"
        moved = f"{difference(change, self.unit)} {word}" if round(abs(change), 9) else "the same as"
        return f"{level}, {moved} in {first['period']} ({amount(first['value'], self.unit)})."


def over_the_years(run: Run, tables: Tables) -> tuple[OverTheYears, ...]:
    """Each measure of an annual report's context, over the years, for the places it names.

    Parameters
    ----------
    run : an open run of a file of kind `annual_impact`
    tables : what was collected for it, with a table `site_measures`

    Returns
    -------
    tuple of OverTheYears
        Empty when the file names no context. Breaks are those that the contracts of the sources declare, and those that the values of
        all places show.

    Raises
    ------
    ParameterError
        CY102 for a measure, place or year that no source holds; CY105 when no source is of the table `site_measures`.
    """
    context = run.cycle.context if isinstance(run.cycle, AnnualImpact) else None
    if context is None:
        return ()
    values = _values(tables, context, where=run.cycle_file.name)
    return tuple(_one(values, measure, context, tables.breaks or ()) for measure in context.measures)


def _values(tables: Tables, context: Context, *, where: str) -> pd.DataFrame:
    """The figures of the measures and years wanted, of every place."""
    if "site_measures" not in tables.by_table:
        raise ParameterError(
            "a context needs a source of the table site_measures", code="CY105", where=f"{where}, sources"
        )
    table = tables.by_table["site_measures"]
    table = table.assign(period=[period_text(one) for one in table["period"]])
    wanted = {"measure": context.measures, "site_id": context.sites, "period": context.years}
    for column, names in wanted.items():
        known = sorted(set(table[column]))
        for name in names:
            if name not in known:
                place = f"{where}, context"
                fix = nearest(name, known) if column != "site_id" else "Check its id in the sources."
                raise ParameterError(f"no source holds figures of '{name}'", code="CY102", where=place, fix=fix)
    table = table[table["measure"].isin(list(context.measures))]
    return table[table["period"].isin(context.years)] if context.years else table


def _one(values: pd.DataFrame, measure: str, context: Context, breaks: tuple[SeriesBreak, ...]) -> OverTheYears:
    own = values[values["measure"] == measure]
    periods = sorted(set(own["period"]), key=period_key)
    wide = own.pivot(index="site_id", columns="period", values="value").astype("float64")
    counts = own.pivot(index="site_id", columns="period", values="n").astype("Float64")
    counted = wide.count()
    rows = [
        (place, period, wide[period].get(site), counts[period].get(site))
        for site, place in context.sites.items()
        for period in periods
    ]
    if counted.min() >= LEAST_SITES:
        rows += [(_median_of(counted, context.called), period, wide[period].median(), None) for period in periods]
    points = pd.DataFrame(rows, columns=["place", "period", "value", "n"])
    own_breaks = tuple(one for one in breaks if one.measure == measure and one.at in periods[1:])
    title = context.measures[measure]
    return OverTheYears(
        measure=measure,
        title=title,
        unit="share" if measure.endswith("_share") else "",
        publisher=context.publisher,
        points=points.assign(value=points["value"].astype("float64"), n=points["n"].astype("Float64")),
        periods=tuple(periods),
        breaks=tuple(_named(one, title) for one in own_breaks),
        with_median=bool(counted.min() >= LEAST_SITES),
    )


def _median_of(counted: pd.Series, called: str) -> str:
    fewest, most = int(counted.min()), int(counted.max())
    return f"median of {fewest:,} to {most:,} {called}" if fewest < most else f"median of {most:,} {called}"


def _named(one: SeriesBreak, title: str) -> SeriesBreak:
    """A break told by the title of its measure."""
    return SeriesBreak(measure=title, at=one.at, because=one.because, origin=one.origin)


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]
