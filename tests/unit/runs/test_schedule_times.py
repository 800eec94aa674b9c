"""The moments of schedules over the nights on which clocks are moved: each time of the clock comes up once."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from cycles.plan.cycle_file import Schedule
from cycles.runs.schedule.times import latest, moment, moment_of, occurrences, passed, stamp

NIGHTS = {
    # zone: a time that is skipped and the moment it is put off to; a time that comes twice and the first of the two
    "America/New_York": (("2026-03-08T02:30", "2026-03-08T07:00:00Z"), ("2026-11-01T01:30", "2026-11-01T05:30:00Z")),
    "Europe/Berlin": (("2026-03-29T02:30", "2026-03-29T01:00:00Z"), ("2026-10-25T02:30", "2026-10-25T00:30:00Z")),
    "Australia/Lord_Howe": (("2026-10-04T02:15", "2026-10-03T15:30:00Z"), ("2026-04-05T01:45", "2026-04-04T14:45:00Z")),
}
"""The last moves its clocks by half an hour, the other way round in the year."""


def at_its_time(zone, text):
    local = datetime.fromisoformat(text)
    return Schedule(cron=f"{local.minute} {local.hour} * * *", timezone=zone), local


@pytest.mark.parametrize("which", [0, 1], ids=["skipped", "twice"])
@pytest.mark.parametrize("zone", NIGHTS)
def test_a_time_in_the_night_comes_up_once_at_the_first_moment_that_it_can_mean(zone, which):
    text, right = NIGHTS[zone][which]
    schedule, local = at_its_time(zone, text)
    assert stamp(moment_of(local, ZoneInfo(zone))) == right
    begin = moment(right) - timedelta(days=2)
    found = passed(schedule, after=begin, until=moment(right) + timedelta(days=2))
    days = [one.astimezone(ZoneInfo(zone)).date() for one in found]
    assert len(days) == len(set(days))
    assert found.count(moment(right)) == 1


@pytest.mark.parametrize("zone", NIGHTS)
def test_every_day_of_a_year_has_its_occurrence_once(zone):
    schedule, _ = at_its_time(zone, NIGHTS[zone][0][0])
    year = passed(schedule, after=moment("2026-01-01T12:00:00Z"), until=moment("2027-01-01T12:00:00Z"))
    assert len(year) == 365
    assert len({one.astimezone(ZoneInfo(zone)).date() for one in year}) == 365


@pytest.mark.parametrize("cron", ["*/15 * * * *", "0 * * * *", "7,37 1-3 * * *", "30 2 * * SUN", "0 0 L * *"])
@pytest.mark.parametrize("zone", NIGHTS)
def test_moments_ascend_and_the_latest_of_any_moment_is_the_last_that_passed(zone, cron):
    schedule = Schedule(cron=cron, timezone=zone)
    for pair in NIGHTS[zone]:
        begin = moment(pair[1]) - timedelta(hours=30)
        found = passed(schedule, after=begin, until=begin + timedelta(hours=60))
        assert all(one < other for one, other in pairwise(found))
        for minutes in range(0, 60 * 60, 47):
            until = begin + timedelta(minutes=minutes)
            right = [one for one in found if one <= until]
            assert latest(schedule, until=until, after=begin) == (right[-1] if right else None)


def test_several_times_that_are_skipped_give_one_moment():
    often = Schedule(cron="*/10 2 * * *", timezone="America/New_York")
    found = passed(often, after=moment("2026-03-08T05:00:00Z"), until=moment("2026-03-08T12:00:00Z"))
    assert [stamp(one) for one in found] == ["2026-03-08T07:00:00Z"]


def test_an_hour_that_comes_twice_has_its_quarters_once():
    often = Schedule(cron="*/15 1 * * *", timezone="America/New_York")
    found = passed(often, after=moment("2026-11-01T00:00:00Z"), until=moment("2026-11-01T12:00:00Z"))
    assert [stamp(one)[11:16] for one in found] == ["05:00", "05:15", "05:30", "05:45"]


def test_a_whole_day_that_a_country_left_out_is_put_off_to_the_next():
    daily = Schedule(cron="0 9 * * *", timezone="Pacific/Apia")
    found = passed(daily, after=moment("2011-12-29T00:00:00Z"), until=moment("2012-01-01T00:00:00Z"))
    assert [stamp(one) for one in found] == [
        "2011-12-29T19:00:00Z",
        "2011-12-30T10:00:00Z",
        "2011-12-30T19:00:00Z",
        "2011-12-31T19:00:00Z",
    ]


def test_a_date_that_never_comes_is_never_due():
    never = Schedule(cron="0 9 30 FEB MON", timezone="UTC")
    assert (
        latest(
            Schedule(cron="0 9 29 FEB *", timezone="UTC"),
            until=moment("2027-01-01T00:00:00Z"),
            after=moment("2026-01-01T00:00:00Z"),
        )
        is None
    )
    assert (
        len(list(islice(occurrences(never, after=datetime(2026, 1, 1, tzinfo=UTC)), 2))) == 2
    )  # on Mondays of February


def test_what_was_missed_for_years_is_counted_up_to_a_thousand():
    often = Schedule(cron="* * * * *", timezone="Europe/Berlin")
    assert len(passed(often, after=moment("2020-01-01T00:00:00Z"), until=moment("2026-01-01T00:00:00Z"))) == 1000
