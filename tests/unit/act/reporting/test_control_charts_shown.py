"""Control charts and funnels in a report: drawn with shapes, told in words, and nothing of few people."""

from datetime import date
from xml.etree import ElementTree

import pandas as pd
import pytest
from tests.report_samples import open_sample_run

from cycles.act.reporting import show
from cycles.act.reporting.charts_of import HELD
from cycles.core.errors import DisclosureError
from cycles.core.vocabulary import SeriesBreak
from cycles.study.charts import control_chart, control_charts_by, funnel

VALUES = [3.0, 4, 3, 5, 4, 3, 4, 5, 3, 4, 4, 5, 4, 3, 4, 12]
CHANGE = date(2026, 10, 26)


@pytest.fixture
def run(tmp_path):
    return open_sample_run(tmp_path)


def weeks(n=40, values=VALUES):
    periods = pd.date_range("2026-08-31", periods=len(values), freq="W-MON")
    return pd.DataFrame({"period": periods, "value": values, "n": n})


def chart(table=None, **options):
    asked = {"measure": "check_ins", "unit": "sessions a week", "better": "higher", **options}
    return control_chart(weeks() if table is None else table, **asked)


def block_of(run, thing, **options):
    show(thing, alt="What it shows.", **options)
    return run.folder.blocks[-1]


def said(svg):
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("text")]  # noqa: S314


def test_lines_and_signals_are_named_in_words_and_differ_in_shape(run):
    block = block_of(run, chart(target=3.5))
    told = said(block["svg"])
    assert {"centre line", "limits", "target 3.5", "no more than chance", "signal: better (high)"} <= set(told)
    assert block["text"].startswith("In the 16 weeks")
    assert block["columns"][-1] == "Signal"
    assert block["rows"][-1][-1] == "above the upper limit"
    plain = block_of(run, chart(weeks(values=VALUES[:-1])))
    assert "signal: better (high)" not in said(plain["svg"])


@pytest.mark.parametrize(
    ("better", "label"),
    [("lower", "signal: worse (high)"), (None, "signal (high)"), ("higher", "signal: better (high)")],
)
def test_a_signal_says_whether_it_is_better(run, better, label):
    assert label in said(block_of(run, chart(better=better))["svg"])


def test_one_day_is_named_and_several_are_numbered_and_listed(run):
    one = block_of(run, chart(change_on=CHANGE))
    assert "change starts 26 October" in said(one["svg"])
    assert one["caption"] == ""
    several = block_of(
        run, chart(change_on=CHANGE, marks=[(date(2026, 9, 14), "c-1: adapt"), (date(2024, 1, 1), "c-0 starts")])
    )
    assert several["caption"] == "1 c-1: adapt, 14 September 2026; 2 change starts, 26 October 2026."
    assert {"1", "2"} <= set(said(several["svg"]))


def test_alternative_text_is_required(run):
    for thing in (chart(), funnel(places(), measure="absent"), control_charts_by(groups(), by="school", measure="m")):
        with pytest.raises(DisclosureError) as refused:
            show(thing)
        assert refused.value.code == "CY402"


def test_a_point_on_few_people_is_neither_drawn_nor_told(run):
    block = block_of(run, chart(weeks(n=[40] * 4 + [3] + [40] * 11)))
    row = block["rows"][4]
    assert (row[1], row[2], row[5]) == ("s", "s", "–")
    assert "s" in said(block["svg"])
    assert block["suppressed"] == 1


def test_lines_from_which_a_point_could_be_worked_out_are_held_back(run):
    block = block_of(run, chart(weeks(n=[40] * 4 + [3] + [40] * 11)))
    assert {row[4] for row in block["rows"]} == {"–"}
    assert {row[-1] for row in block["rows"]} == {""}
    assert block["text"] == HELD
    assert block["alt"].endswith(HELD)
    assert "centre line" not in said(block["svg"])
    assert "not judged" in said(block["svg"])
    assert "no more than chance" not in said(block["svg"])


def test_a_phase_that_is_whole_keeps_its_lines(run):
    few = weeks(n=[40] * 4 + [3] + [40] * 11)
    block = block_of(run, chart(few, change_on=CHANGE))
    assert all(row[4] == "–" for row in block["rows"][:8])
    assert all(row[4] != "–" for row in block["rows"][8:])
    assert block["text"] == HELD


def test_without_counts_of_people_nothing_is_shown(run):
    block = block_of(run, chart(weeks().drop(columns="n")))
    assert {row[1] for row in block["rows"]} == {"s"}
    assert block["text"] == HELD


def test_nothing_is_joined_across_a_break(run):
    known = SeriesBreak(measure="check_ins", at="2026-10-26", because="the form changed", origin="declared")
    told = said(block_of(run, chart(breaks=[known]))["svg"])
    assert any("not comparable" in one for one in told)


def groups():
    return pd.concat([weeks().assign(school=name) for name in ("School B", "School A", "School C")], ignore_index=True)


def test_groups_are_small_charts_on_one_scale(run):
    several = control_charts_by(groups(), by="school", measure="check_ins", unit="sessions", better="higher")
    block = block_of(run, several)
    told = said(block["svg"])
    assert [one for one in told if one.startswith("School")] == ["School A", "School B", "School C"]
    assert block["columns"][0] == "Group"
    assert len(block["rows"]) == 48
    assert "not ranked" in block["text"]


def places(n=None):
    sizes = [100, 200, 300, 400, 500, 600]
    return pd.DataFrame(
        {
            "place": [f"School {letter}" for letter in "FBDACE"],
            "count": [20, 41, 150, 82, 99, 121],
            "of": sizes,
            "n": n or sizes,
        }
    )


def test_a_funnel_names_what_lies_beyond_it(run):
    block = block_of(run, funnel(places(), measure="absent", unit="share of students", widen=False))
    told = said(block["svg"])
    assert "School D" in told
    assert "School A" not in told
    assert {"95% limits", "99.8% limits", "above", "within"} <= set(told)
    assert [row[0] for row in block["rows"]] == ["School F", "School B", "School D", "School A", "School C", "School E"]


def test_a_place_of_few_people_is_held_back_and_so_is_what_names_it(run):
    block = block_of(run, funnel(places(n=[100, 200, 5, 400, 500, 600]), measure="absent", widen=False))
    assert block["text"] == HELD
    assert block["suppressed"] >= 2
    assert "School D" not in said(block["svg"])
    assert next(row for row in block["rows"] if row[0] == "School D")[1] == "s"


def test_drawings_are_the_same_every_time(run):
    assert block_of(run, chart())["svg"] == block_of(run, chart())["svg"]


def test_periods_that_are_no_dates_have_no_marks(run):
    table = weeks().assign(period=[f"term {n:02d}" for n in range(16)])
    assert "change starts" not in " ".join(said(block_of(run, chart(table, marks=[(CHANGE, "change starts")]))["svg"]))
