"""Published figures around a year: places over the years, broken where the measure is, never compared across."""

import pandas as pd
import pytest

import cycles as cy
from cycles.act.evidence import OverTheYears, over_the_years
from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.core.errors import ParameterError, ProblemsError
from cycles.core.vocabulary import SeriesBreak
from cycles.plan.cycle_file import read_cycle_file
from cycles.runs.opening import open_run

YEAR = """
kind: annual_impact
cycle: the-year
title: The year
team: {name: office}
year: 2016-17
context:
  publisher: The city
  measures: {trust_share: Trust}
  sites: {"01": Hill School, "02": Lake School}
  called: schools
sources:
  figures: {adapter: csv, path: figures.csv, mapping: figures, contract: figures}
"""
MAPPING = """
table: site_measures
columns: {site_id: id, period: year, measure: measure, value: value, n: n}
"""
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: figures
name: figures
version: 1.0.0
status: active
schema:
  - name: site_measures
    properties:
      - {name: site_id, logicalType: string, required: true}
      - {name: period, logicalType: string, required: true}
      - {name: measure, logicalType: string, required: true}
      - {name: value, logicalType: number}
      - {name: n, logicalType: integer}
    customProperties:
      - property: seriesBreaks
        value: [{measure: trust_share, at: 2015-16, because: other questions were asked}]
"""
YEARS = ("2014-15", "2015-16", "2016-17")


def figures(n_sites: int = 6, n: int = 100) -> str:
    rows = [
        f"{site:02d},{year},trust_share,{0.5 + site / 100 + 0.1 * (year == '2016-17'):.2f},{n}"
        for site in range(1, n_sites + 1)
        for year in YEARS
    ]
    return "\n".join(["id,year,measure,value,n", *rows]) + "\n"


@pytest.fixture
def around(tmp_path):
    """What is told around a year, from a file of figures."""

    def told(content: str = figures(), *, year: str = YEAR) -> tuple[OverTheYears, ...]:
        for folder in ("params/mappings", "data_contracts"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "cycles.toml").touch()
        (tmp_path / "figures.csv").write_text(content)
        (tmp_path / "params" / "mappings" / "figures.yml").write_text(MAPPING)
        (tmp_path / "data_contracts" / "figures.odcs.yaml").write_text(CONTRACT)
        (tmp_path / "params" / "year.yml").write_text(year)
        run = open_run(tmp_path / "params" / "year.yml", tmp_path / "out")
        return over_the_years(run, cy.collect(run))

    return told


def test_each_place_is_told_from_the_last_break_on(around):
    (trust,) = around()
    assert trust.stretches == (("2014-15",), ("2015-16", "2016-17"))
    assert trust.text.startswith(
        "Hill School: 61% in 2016-17, 10 percentage points higher than in 2015-16 (51%). Lake School: 62%"
    )
    assert trust.text.endswith("Trust is not comparable before and from 2015-16: other questions were asked.")


def test_the_places_stand_beside_the_median_of_all(around):
    (trust,) = around()
    assert trust.table.values.tolist() == [
        ["Hill School", 0.51, 0.51, 0.61],
        ["Lake School", 0.52, 0.52, 0.62],
        ["median of 6 schools", 0.535, 0.535, 0.635],
    ]


def test_a_median_of_few_places_is_not_told(around):
    (trust,) = around(figures(n_sites=4))
    assert trust.places == ("Hill School", "Lake School")


@pytest.mark.parametrize(
    ("change", "name"),
    [(("trust_share: Trust", "trst_share: Trust"), "trst_share"), (('"02"', '"77"'), "77")],
)
def test_what_no_source_holds_is_refused_by_name(around, change, name):
    with pytest.raises(ParameterError, match=name) as caught:
        around(year=YEAR.replace(*change))
    assert caught.value.code == "CY102"


def test_only_the_years_that_are_named_are_told(around):
    (trust,) = around(year=YEAR.replace("  called: schools", "  called: schools\n  years: [2015-16, 2016-17]"))
    assert trust.periods == ("2015-16", "2016-17")
    assert trust.breaks == ()


def test_a_block_has_the_numbers_the_publisher_and_no_line_across_the_break(around):
    (trust,) = around()
    (block,) = blocks_of(trust, Request(policy=policy_named(None), alt="Lines."))
    assert block["columns"] == ["Trust, percent", *YEARS]
    assert block["rows"][0] == ["Hill School", "51.0", "51.0", "61.0"]
    assert "The city" in block["caption"]
    assert "not comparable" in block["svg"]
    assert block["section"] == "context"


def test_a_value_on_few_people_is_held_back_here_as_anywhere(around):
    (trust,) = around(figures().replace("01,2016-17,trust_share,0.61,100", "01,2016-17,trust_share,0.61,9"))
    (block,) = blocks_of(trust, Request(policy=policy_named(None), alt="Hill School: 61%."))
    assert block["rows"][0] == ["Hill School", "51.0", "51.0", "s"]
    assert block["suppressed"] == 1
    assert "61" not in block["text"].split("Lake")[0] + block["alt"]


def test_a_value_without_a_count_is_told_as_published(around):
    (trust,) = around(figures().replace(",100\n", ",\n"))
    (block,) = blocks_of(trust, Request(policy=policy_named(None), alt="Lines."))
    assert block["suppressed"] == 0
    assert block["rows"][0][3] == "61.0"


def test_a_place_without_a_value_is_said_to_have_none():
    points = pd.DataFrame({"place": ["Hill"] * 2, "period": YEARS[:2], "value": [None, None], "n": [None, None]})
    one = OverTheYears(
        measure="m",
        title="M",
        unit="",
        publisher="p",
        points=points.astype({"value": "float64", "n": "Float64"}),
        periods=YEARS[:2],
    )
    assert one.text == "Hill: nothing can be told of 2014-15 to 2015-16."


def test_a_break_at_the_first_year_parts_nothing():
    points = pd.DataFrame({"place": ["Hill"] * 2, "period": YEARS[:2], "value": [0.5, 0.5], "n": [None, None]})
    broken = SeriesBreak(measure="M", at="2014-15", because="b", origin="declared")
    one = OverTheYears(
        measure="m_share", title="M", unit="share", publisher="p", points=points, periods=YEARS[:2], breaks=(broken,)
    )
    assert one.stretches == (YEARS[:2],)
    assert "the same as in 2014-15" in one.text


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (YEAR[YEAR.index("context:") :], "name cycles, a context, or both"),
        (YEAR[YEAR.index("sources:") :], "a context and the sources of its figures go together"),
    ],
)
def test_an_annual_file_tells_something_and_from_somewhere(tmp_path, change, what):
    (tmp_path / "year.yml").write_text(YEAR.replace(change, ""))
    with pytest.raises(ProblemsError, match=what):
        read_cycle_file(tmp_path / "year.yml")


def test_a_year_without_cycles_judges_nothing(around, tmp_path):
    around()
    run = open_run(tmp_path / "params" / "year.yml", tmp_path / "out")
    year = cy.side_by_side(run)
    assert year.decisions.empty
    assert year.text.startswith("No cycle is named")
