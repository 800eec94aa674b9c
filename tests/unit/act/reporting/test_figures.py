"""Drawings: SVG that is the same every time, well formed, small, and never in colour alone."""

from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from cycles.act.reporting.figures import ANSWERS, Interval, draw_answers, draw_effects, draw_run_chart

WEEKS = [date(2026, 9, 7) + timedelta(weeks=week) for week in range(12)]


def run_chart(values=None, **changes):
    values = values or [90.0 + week % 3 for week in range(12)]
    points = [
        (week, value, "before" if place < 6 else "after") for place, (week, value) in enumerate(zip(WEEKS, values))
    ]
    asked = {
        "centers": {"before": 91.0, "after": 91.0},
        "change_on": WEEKS[6],
        "unit": "Attendance, percent",
        "change_label": "change starts",
    }
    return draw_run_chart(points, **{**asked, **changes})


def effects(**changes):
    rows = [Interval("All", 0.2, 0.1, 0.3, "+0.2", planned=True), Interval("Few", None, None, None, "s")]
    return draw_effects(rows, **{"unit": "points", "band": 0.1, "level": 0.95, **changes})


def said(drawing):
    return ["".join(one.itertext()) for one in ElementTree.fromstring(drawing).iter() if one.tag.endswith("text")]  # noqa: S314


@pytest.mark.parametrize(
    "draw",
    [run_chart, effects, lambda: draw_answers([("Question?", [0.2, 0.3, 0.5])], options=["No", "Neither", "Yes"])],
)
def test_a_drawing_is_the_same_every_time_and_small(draw):
    assert draw() == draw()
    assert len(draw().wide) < 40_000
    assert 'width="252pt"' in draw().narrow


def test_phases_differ_in_shape_and_say_their_median():
    chart = run_chart()
    assert {"before, median 91.0", "after, median 91.0", "change starts"} <= set(said(chart.wide))
    assert run_chart(centers={}).wide != chart.wide


def test_a_point_held_back_is_marked_and_not_drawn():
    values = [90.0 + week % 3 for week in range(12)]
    assert said(run_chart([*values[:4], None, *values[5:]]).wide).count("s") == 1


def test_a_chart_with_nothing_to_show_is_still_a_chart():
    assert said(run_chart([None] * 12).wide).count("s") == 12


def test_periods_that_are_no_dates_are_named():
    drawing = draw_run_chart(
        [("term 1", 3.0, ""), ("term 2", 4.0, "")], centers={"": 3.5}, change_on=None, unit="marks", change_label=""
    )
    assert {"term 1", "term 2"} <= set(said(drawing.wide))


def test_a_change_is_not_marked_where_periods_are_no_dates():
    drawing = draw_run_chart(
        [("term 1", 3.0, "")], centers={}, change_on=WEEKS[0], unit="marks", change_label="change starts"
    )
    assert "change starts" not in said(drawing.wide)


def test_an_effect_held_back_keeps_its_row_and_loses_its_number():
    assert {"All", "+0.2", "Few", "s"} <= set(said(effects().wide))


def test_without_a_band_none_is_drawn():
    assert effects(band=None).wide != effects().wide


@pytest.mark.parametrize("n_options", range(2, 10))
def test_answers_of_any_number_of_options_are_drawn(n_options):
    options = [f"option {place}" for place in range(n_options)]
    drawing = draw_answers([("Question?", [1 / n_options] * n_options)], options=options)
    assert set(options) <= set(said(drawing.wide))


def test_every_scale_of_answers_has_a_colour_for_each():
    assert all(len(set(colours)) == n for n, colours in ANSWERS.items())


def test_letters_the_font_lacks_do_not_stop_the_drawing():
    assert "雪" in "".join(said(draw_answers([("雪?", [0.5, 0.5])], options=["No", "Yes"]).wide))
