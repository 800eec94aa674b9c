"""Five yearly workbooks of New York City's high schools become one panel of school, year and measure, with its break.

The numbers were read in the workbooks themselves, cell by cell; the addresses stand beside them.
"""

import pandas as pd
import pytest
from tests.journeys.conftest import rows_are_accounted_for

from cycles.core.errors import ContractError
from cycles.core.workspace import scaffold_root
from cycles.do.contracts.breaks import series_breaks
from cycles.do.contracts.odcs import read_contract
from cycles.do.intake.mapping import read_mapping

FILES = {
    "2014-15": "2014_2015_hs_sqr_results_2016_04_08.xlsx",
    "2015-16": "2015_2016_hs_sqr_results_2017_01_05.xlsx",
    "2016-17": "2016-17_hs_sqr.xlsx",
    "2017-18": "201718_hs_sqr_results.xlsx",
    "2018-19": "201819_hs_sqr_results.xlsx",
}
SCHOOLS = {"2014-15": 491, "2015-16": 494, "2016-17": 485, "2017-18": 489, "2018-19": 486}
"""Rows of the sheet Summary with a school; that of 2018-19 has an empty one on line 5."""

BY_HAND = [
    # school, year, measure, value, cell of the sheet Summary (the school's code beside it)
    ("01M292", "2014-15", "supportive_environment_share", 0.77, "Q5 (D5)"),
    ("01M292", "2014-15", "trust_share", 0.87, "T5"),
    ("01M292", "2014-15", "attendance_share", 0.766, "AO5"),
    ("01M292", "2014-15", "chronic_absence_share", 0.568, "AP5"),
    ("01M292", "2015-16", "supportive_environment_share", 0.73, "Q5 (D5)"),
    ("01M292", "2015-16", "trust_share", 0.91, "T5"),
    ("01M292", "2015-16", "attendance_share", 0.811, "AP5"),
    ("01M292", "2015-16", "chronic_absence_share", 0.524, "AQ5"),
    ("01M292", "2016-17", "supportive_environment_share", 0.80, "Q5 (D5)"),
    ("01M292", "2016-17", "attendance_share", 0.867, "AU5"),
    ("01M292", "2016-17", "chronic_absence_share", 0.448, "AV5"),
    ("01M292", "2017-18", "supportive_environment_share", 0.78, "N5 (Additional Info, D5)"),
    ("01M292", "2017-18", "attendance_share", 0.886, "AR5"),
    ("84X704", "2017-18", "attendance_share", 0.94, "AR493 (Additional Info, D493)"),
    ("01M292", "2018-19", "supportive_environment_share", 0.76, "Q6 (D6)"),
    ("01M292", "2018-19", "trust_share", 0.90, "T6"),
    ("01M292", "2018-19", "attendance_share", 0.917, "AU6"),
    ("01M292", "2018-19", "chronic_absence_share", 0.289, "AV6"),
    ("84X704", "2018-19", "attendance_share", 0.938, "AU491 (D491)"),
]
SURVEY = {
    "rigorous_instruction_share",
    "collaborative_teachers_share",
    "supportive_environment_share",
    "effective_leadership_share",
    "family_community_ties_share",
    "trust_share",
}


def mapping_of(year: str) -> str:
    return "nyc_high_schools_2017_18" if year == "2017-18" else "nyc_high_schools"


@pytest.fixture(scope="module")
def years(arrive):
    """What arrived of each year."""
    return {
        year: arrive(
            f"nyc_hs_quality/{file}",
            adapter="excel",
            mapping=mapping_of(year),
            contract="nyc_high_schools",
            constants={"period": year},
        )
        for year, file in FILES.items()
    }


@pytest.fixture(scope="module")
def panel(years) -> pd.DataFrame:
    """School by year and measure."""
    return pd.concat([one.report.used for one in years.values()], ignore_index=True)


def test_every_year_keeps_the_contract_and_every_row_is_accounted_for(years):
    assert {year: one.report.outcome for year, one in years.items()} == dict.fromkeys(FILES, "pass")
    assert all(rows_are_accounted_for(one.delivery) for one in years.values())
    assert all(one.report.n_quarantined == 0 for one in years.values())


def test_each_year_has_its_schools(panel):
    attendance = panel[panel["measure"] == "attendance_share"]
    assert attendance.groupby("period")["site_id"].nunique().to_dict() == SCHOOLS


@pytest.mark.parametrize(("school", "year", "measure", "value", "cell"), BY_HAND)
def test_a_value_is_that_of_its_cell(panel, school, year, measure, value, cell):
    own = panel[(panel["site_id"] == school) & (panel["period"] == year) & (panel["measure"] == measure)]
    assert own["value"].tolist() == [pytest.approx(value, abs=1e-12)], cell


def test_enrolment_stands_behind_attendance_and_not_behind_the_survey(panel):
    own = panel[(panel["site_id"] == "01M292") & (panel["period"] == "2014-15")].set_index("measure")["n"]
    assert own["attendance_share"] == 255  # G5
    assert own[list(SURVEY)].isna().all()


def test_what_the_city_does_not_report_is_missing_with_its_reason(years):
    assert years["2018-19"].report.facts["missing_codes"] == {"value": {"unknown": 31}}


def test_both_engines_count_alike(arrive):
    held = arrive(
        f"nyc_hs_quality/{FILES['2018-19']}",
        adapter="excel",
        mapping="nyc_high_schools",
        contract="nyc_high_schools",
        constants={"period": "2018-19"},
        second_engine=True,
    ).report
    twice = held.rules[held.rules["gx_n_failed"].notna()]
    assert len(twice) > 5
    assert (twice["gx_n_failed"] == twice["n_failed"]).all()


def test_the_year_that_lost_its_school_codes_is_refused_without_the_sheet_beside(arrive):
    with pytest.raises(ContractError, match="'DBN'") as caught:
        arrive(
            f"nyc_hs_quality/{FILES['2017-18']}",
            adapter="excel",
            mapping="nyc_high_schools",
            contract="nyc_high_schools",
            constants={"period": "2017-18"},
        )
    assert caught.value.code == "CY205"


def test_the_codes_beside_it_belong_to_its_rows(panel):
    """Enrolment of the year agrees with that of the years around it; one line off, it would not."""
    wide = panel[panel["measure"] == "attendance_share"].pivot(index="site_id", columns="period", values="n")
    wide = wide.astype("float64")
    for neighbour in ("2016-17", "2018-19"):
        both = wide[["2017-18", neighbour]].dropna()
        assert both.corr().iloc[0, 1] > 0.99
        assert both["2017-18"].shift(1).corr(both[neighbour]) < 0.6


def test_the_break_of_the_survey_is_declared_for_all_its_measures():
    contract = read_contract(scaffold_root() / "data_contracts" / "nyc_high_schools.odcs.yaml")
    assert {one.measure for one in contract.series_breaks} == SURVEY
    assert {one.at for one in contract.series_breaks} == {"2015-16"}


def test_the_break_of_the_survey_is_seen_in_the_numbers_alone(panel):
    found = {(one.measure, one.at) for one in series_breaks(panel)}
    assert ("supportive_environment_share", "2015-16") in found
    assert {at for _, at in found} == {"2015-16"}
    assert {measure for measure, _ in found} <= SURVEY
    assert len(found) >= 4


def test_the_two_mappings_differ_only_in_the_sheet_beside():
    usual, odd = (
        read_mapping(scaffold_root() / "params" / "mappings" / f"{mapping_of(year)}.yml")
        for year in ("2018-19", "2017-18")
    )
    assert usual.model_copy(update={"reading": odd.reading}) == odd
