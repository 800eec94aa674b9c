"""The moments of a schedule, in UTC, from a cron expression in a time zone.

The rule for the two nights on which clocks are moved. A time of the clock comes up once: one that is skipped is put off to the first moment
after the gap (several that are skipped give one moment), and one that comes twice is meant the first time. So every day has its 2:30, once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cycles.core.errors import ParameterError
from cycles.plan.cycle_file import Schedule

MOST = 1_000
"""Occurrences that were missed are counted up to so many."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"
_A_DAY = timedelta(days=1)
"""No clock is moved further than this."""


def occurrences(schedule: Schedule, *, after: datetime) -> Iterator[datetime]:
    """The moments of a schedule after another one, each once, without end.

    Parameters
    ----------
    schedule : a cron expression and its zone
    after : aware; a moment at `after` itself is not given

    Examples
    --------
    >>> nightly = Schedule(cron="30 2 * * *", timezone="America/New_York")
    >>> [stamp(one) for one in islice(occurrences(nightly, after=moment("2026-03-07T12:00:00Z")), 2)]
    ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z']
    """
    zone, last = ZoneInfo(schedule.timezone), after.astimezone(UTC)
    for local in _clock(schedule, _local(after, zone) - _A_DAY):
        found = moment_of(local, zone)
        if found > last:
            last = found
            yield found


def latest(schedule: Schedule, *, until: datetime, after: datetime) -> datetime | None:
    """The last moment of a schedule up to and with `until`, if there is one after `after`.

    >>> weekly = Schedule(cron="0 6 * * MON", timezone="America/New_York")
    >>> stamp(latest(weekly, until=moment("2026-11-25T00:00:00Z"), after=moment("2026-10-01T00:00:00Z")))
    '2026-11-23T11:00:00Z'
    """
    zone = ZoneInfo(schedule.timezone)
    for local in _clock(schedule, _local(until, zone) + _A_DAY, reverse=True):
        found = moment_of(local, zone)
        if found <= after:
            return None
        if found <= until:
            return found
    return None


def passed(schedule: Schedule, *, after: datetime, until: datetime) -> list[datetime]:
    """The moments after `after`, up to and with `until`; at most `MOST` of them."""
    return list(islice(takewhile(lambda one: one <= until, occurrences(schedule, after=after)), MOST))


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a time of the clock means: the first of two, or the end of the gap that it falls into.

    >>> stamp(moment_of(datetime(2026, 11, 1, 1, 30), ZoneInfo("America/New_York")))
    '2026-11-01T05:30:00Z'
    """
    found = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _local(found, zone) == local:
        return found
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    there = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (before, middle) if middle.astimezone(zone).utcoffset() == there else (middle, after)
    return after


def start_of(day: date, schedule: Schedule) -> datetime:
    """The moment just before a day begins in the zone of a schedule; nothing is due before it."""
    return moment_of(datetime(day.year, day.month, day.day), ZoneInfo(schedule.timezone)) - timedelta(seconds=1)


def stamp(at: datetime) -> str:
    """A moment as the ledger writes it; stamps sort as the moments do."""
    return at.astimezone(UTC).strftime(_FORM)


def moment(text: str) -> datetime:
    """A moment as the ledger or a person writes it (ISO 8601, with its offset or Z).

    Raises
    ------
    ParameterError
        CY105 when it is none, or says no offset: without one it could mean several.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ParameterError(
            "not a moment",
            code="CY105",
            where=text[:40],
            fix="Write one such as 2026-11-23T06:00:00-05:00 or ...T11:00:00Z.",
        )
    return found.astimezone(UTC)


def said(at: datetime | str, timezone: str) -> str:
    """A moment as the people of a zone say it.

    >>> said("2026-11-23T11:00:00Z", "America/New_York")
    'Mon 2026-11-23 06:00 EST (America/New_York)'
    """
    there = (moment(at) if isinstance(at, str) else at).astimezone(ZoneInfo(timezone))
    return f"{there:%a %Y-%m-%d %H:%M %Z} ({timezone})"


def _clock(schedule: Schedule, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    """Times of the clock that the expression fits, as if clocks were never moved."""
    from cronsim import CronSim

    return iter(CronSim(schedule.cron, start, reverse=reverse))


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
