"""Connecticut's yearly files of chronic absence become one series by district: Hartford and Waterbury as the state published them."""

import pytest
from tests.journeys.conftest import rows_are_accounted_for

PUBLISHED = {
    "0640011": {"2011-12": 0.260, "2012-13": 0.249, "2013-14": 0.266, "2014-15": 0.257},  # Hartford
    "1510011": {"2011-12": 0.181, "2012-13": 0.198, "2013-14": 0.206, "2014-15": 0.186},  # Waterbury
}
DISTRICTS = {"2011-12": 196, "2012-13": 196, "2013-14": 197, "2014-15": 201}
HELD_BACK = {"2011-12": 7, "2012-13": 7, "2013-14": 13, "2014-15": 10}
"""Districts with * instead of a percent."""


@pytest.fixture(scope="module")
def years(arrive):
    return {
        year: arrive(
            f"ct_edsight/chronic-absenteeism-district/chronic-absenteeism__{year}_all-students.csv",
            adapter="csv",
            mapping="ct_chronic_absence",
            contract="ct_chronic_absence",
            constants={"period": year},
        )
        for year in DISTRICTS
    }


def test_every_year_keeps_the_contract_and_every_row_is_accounted_for(years):
    assert {year: one.report.outcome for year, one in years.items()} == dict.fromkeys(DISTRICTS, "pass")
    assert all(rows_are_accounted_for(one.delivery) for one in years.values())


def test_each_year_has_its_districts_with_the_zeros_of_their_codes(years):
    assert {year: one.report.n_used for year, one in years.items()} == DISTRICTS
    assert all(one.report.used["site_id"].str.fullmatch("[0-9]{7}").all() for one in years.values())


@pytest.mark.parametrize("district", PUBLISHED)
def test_a_district_has_the_percents_that_were_published(years, district):
    found = {
        year: one.report.used.loc[one.report.used["site_id"] == district, "value"].tolist()
        for year, one in years.items()
    }
    assert found == {year: [pytest.approx(value, abs=1e-12)] for year, value in PUBLISHED[district].items()}


def test_what_the_state_held_back_is_missing_because_it_was_suppressed(years):
    told = {year: one.report.facts["missing_codes"] for year, one in years.items()}
    assert told == {year: {"value": {"suppressed": n}} for year, n in HELD_BACK.items()}


def test_the_title_of_the_file_is_no_district(years):
    assert all("Chronic" not in " ".join(one.delivery.table["site_id"]) for one in years.values())
