"""Numbers, dates, times and parts: what a mapping brings into one form, and what it leaves for the contract."""

import pytest

from cycles.core.errors import ContractError, ProblemsError


@pytest.fixture
def formed(deliver):
    """The column `x` of a file, through one entry of a mapping."""

    def made(texts: list[str], entry: str) -> list[str]:
        rows = "".join(f'"{text}",1\n' for text in texts)
        return deliver(f"x,y\n{rows}", mapping=f"table: arms\ncolumns: {{x: x}}\n{entry}\n").table["x"].tolist()

    return made


@pytest.fixture
def derived(deliver):
    """A column derived from `x`, and the warnings."""

    def made(texts: list[str], way: str) -> tuple[list[str], list[str]]:
        rows = "".join(f'"{text}",1\n' for text in texts)
        delivery = deliver(f"x,y\n{rows}", mapping=f"table: arms\ncolumns: {{x: x}}\nderive: {{d: {way}}}\n")
        return delivery.table["d"].tolist(), delivery.facts["warnings"]

    return made


@pytest.mark.parametrize(
    ("notation", "written", "plain"),
    [
        ('{decimal: ","}', "3,5", "3.5"),
        ('{decimal: ",", thousands: "."}', "-1.234.567,89", "-1234567.89"),
        ('{thousands: ","}', "1,234", "1234"),
        ('{thousands: " "}', "1\u00a0234\u202f567", "1234567"),
        ("{percent: share}", "26.0", "0.26"),
        ("{percent: share}", "26.0%", "0.26"),
        ("{percent: share}", "100.00", "1"),
        ("{percent: share}", "0", "0"),
        ("{percent: share}", "7E-2", "0.0007"),
        ('{percent: share, decimal: ","}', "12,5 %", "0.125"),
        ("{percent: share}", "0.12345678901234567890123456789012345", "0.0012345678901234567890123456789012345"),
    ],
)
def test_a_number_is_written_anew_without_losing_a_digit(formed, notation, written, plain):
    assert formed([written], f"numbers: {{x: {notation}}}") == [plain]


@pytest.mark.parametrize("text", ["*", "NS", "N<15", ".", "", "> 95%", "N/A", "1,23,456", "12%%", "e5", "-"])
def test_what_is_no_number_stays_for_the_contract(formed, text):
    assert formed(["1", text], 'numbers: {x: {thousands: ",", percent: share}}') == ["0.01", text]


def test_a_code_that_looks_like_a_number_is_kept_when_it_is_named(formed):
    assert formed(["50", "-99"], 'numbers: {x: {percent: share, keep: ["-99"]}}') == ["0.5", "-99"]


@pytest.mark.parametrize("text", ["3.5", "1.500", "1234.5"])
def test_a_number_that_would_be_taken_for_another_is_refused_by_its_line(formed, text):
    with pytest.raises(ContractError) as caught:
        formed(["3,5", text], 'numbers: {x: {decimal: ","}}')
    assert caught.value.code == "CY233"
    assert "lines 3" in caught.value.where
    assert text not in str(caught.value)


def test_days_in_several_forms_are_read_in_the_first_that_fits(formed):
    entry = 'dates: {x: ["%m/%d/%Y", "%Y-%m-%d", excel_1900]}'
    assert formed(["9/8/2015", "2015-09-09", "42370", "NS"], entry) == ["2015-09-08", "2015-09-09", "2016-01-01", "NS"]


def test_a_day_that_fits_two_forms_differently_is_refused_by_its_line(formed):
    with pytest.raises(ContractError) as caught:
        formed(["12/31/2015", "05/05/2015", "04/05/2015"], 'dates: {x: ["%m/%d/%Y", "%d/%m/%Y"]}')
    assert caught.value.code == "CY228"
    assert "lines 4" in caught.value.where
    assert "1 dates" in caught.value.what


@pytest.mark.parametrize(
    ("system", "serial", "day"),
    [
        ("excel_1900", "1", "1900-01-01"),
        ("excel_1900", "59", "1900-02-28"),
        ("excel_1900", "60", "60"),
        ("excel_1900", "61", "1900-03-01"),
        ("excel_1900", "42370.75", "2016-01-01"),
        ("excel_1900", "2958465", "9999-12-31"),
        ("excel_1900", "2958466", "2958466"),
        ("excel_1904", "1", "1904-01-02"),
        ("excel_1904", "40908", "2016-01-01"),
        ("excel_1904", "2958465", "2958465"),
        ("excel_1900", "-1", "-1"),
        ("excel_1900", "0", "0"),
    ],
)
def test_the_numbers_behind_a_workbooks_dates(formed, system, serial, day):
    assert formed([serial], f"dates: {{x: {system}}}") == [day]


@pytest.mark.parametrize("form", ["mixed", "ISO8601", "%Q", "yyyy-mm-dd"])
def test_a_form_that_would_guess_is_no_form(deliver, form):
    with pytest.raises(ProblemsError, match="not a date format"):
        deliver("x,y\n1,2\n", mapping=f"table: arms\ncolumns: {{x: x}}\ndates: {{x: {form!r}}}\n")


def test_a_local_time_becomes_a_moment_in_utc(formed):
    entry = 'moments: {x: {formats: "%Y-%m-%d %H:%M", zone: America/New_York}}'
    assert formed(["2026-07-01 08:00", "2026-12-01 08:00", "later"], entry) == [
        "2026-07-01T12:00:00Z",
        "2026-12-01T13:00:00Z",
        "later",
    ]


def test_the_day_of_a_moment_is_the_day_where_the_school_is(formed):
    entry = 'moments: {x: {formats: "%Y-%m-%d %H:%M:%S", zone: UTC, day_in: America/Los_Angeles}}'
    assert formed(["2026-10-02 06:59:59", "2026-10-02 07:00:00"], entry) == ["2026-10-01", "2026-10-02"]


def test_an_offset_in_the_text_goes_before_the_zone(formed):
    entry = 'moments: {x: {formats: ["%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M"], zone: America/New_York}}'
    assert formed(["2026-07-01T08:00+02:00", "2026-07-01 08:00"], entry) == [
        "2026-07-01T06:00:00Z",
        "2026-07-01T12:00:00Z",
    ]


@pytest.mark.parametrize("text", ["2026-11-01 01:30", "2026-03-08 02:30"])
def test_a_time_that_the_clocks_showed_twice_or_never_is_refused(formed, text):
    with pytest.raises(ContractError) as caught:
        formed(["2026-05-01 01:30", text], 'moments: {x: {formats: "%Y-%m-%d %H:%M", zone: America/New_York}}')
    assert caught.value.code == "CY228"
    assert "lines 3" in caught.value.where


@pytest.mark.parametrize(("twice", "utc"), [("earlier", "2026-11-01T05:30:00Z"), ("later", "2026-11-01T06:30:00Z")])
def test_which_of_two_equal_times_is_meant_can_be_said(formed, twice, utc):
    entry = f'moments: {{x: {{formats: "%Y-%m-%d %H:%M", zone: America/New_York, twice: {twice}}}}}'
    assert formed(["2026-11-01 01:30"], entry) == [utc]


def test_a_zone_that_nobody_knows_is_refused(formed):
    with pytest.raises(ProblemsError, match="not an IANA time zone"):
        formed(["1"], 'moments: {x: {formats: "%Y", zone: Eastern}}')


def test_the_days_of_a_workbook_are_no_moments(formed):
    with pytest.raises(ContractError, match="under `dates`"):
        formed(["1"], "moments: {x: {formats: excel_1900}}")


@pytest.mark.parametrize(
    ("way", "text", "part"),
    [
        ("{take: {column: x, start: 3, length: 1}}", "01M015", "M"),
        ('{take: {column: x, pattern: "^[0-9]{2}"}}', "01M015", "01"),
        ('{take: {column: x, pattern: "-([a-z]+)$"}}', "12-fall", "fall"),
        ("{date_part: {column: x, part: year}}", "2016-01-03", "2016"),
        ("{date_part: {column: x, part: month}}", "2016-01-03", "1"),
        ("{date_part: {column: x, part: day}}", "2016-01-03", "3"),
        ("{date_part: {column: x, part: weekday}}", "2016-01-03", "7"),
        ("{date_part: {column: x, part: week}}", "2016-01-03", "2015-W53"),
        ("{year_of: {column: x, begins: 08-01}}", "2016-07-31", "2015-16"),
        ("{year_of: {column: x, begins: 08-01}}", "2016-08-01", "2016-17"),
        ("{year_of: {column: x, begins: 07-01}}", "1999-09-01", "1999-00"),
        ("{concat: {columns: [x, y], separator: /}}", "a", "a/1"),
    ],
)
def test_a_part_is_taken(derived, way, text, part):
    assert derived([text], way) == ([part], [])


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ("{take: {column: x, start: 3, length: 4}}", "01M01"),
        ('{take: {column: x, pattern: "[0-9]+"}}', "abc"),
        ("{date_part: {column: x, part: year}}", "2016"),
        ("{year_of: {column: x, begins: 08-01}}", "2016-02-30"),
    ],
)
def test_where_there_is_nothing_to_take_the_part_is_empty_and_the_line_is_told(derived, way, text):
    assert derived([text, ""], way) == ([""] * 2, ["CY226: nothing to take for 'd' in 1 rows: lines 2"])
