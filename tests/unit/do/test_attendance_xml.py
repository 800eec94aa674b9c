"""Daily attendance as XML: one row per record, several days as one source, nothing unsafe expanded."""

import gzip

import pandas as pd
import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import AS_IT_IS, Reading

DAY = "<days><item><DBN>01M015</DBN><PCT>NS</PCT></item><item><DBN>01M019</DBN><PCT>87.30</PCT></item></days>"


@pytest.fixture
def xml(tmp_path):
    """Write a document and read it."""

    def read(content, *, columns=None, reading=AS_IT_IS):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "day.xml").write_bytes(data)
        return ADAPTERS.get("attendance_xml")(tmp_path / "day.xml", columns=columns, reading=reading)

    return read


def refused(read, *args, **how) -> CyclesError:
    with pytest.raises(CyclesError) as caught:
        read(*args, **how)
    return caught.value


def test_each_record_is_a_row_of_text(xml):
    read = xml(DAY)
    assert read.table.to_dict("records") == [
        {"DBN": "01M015", "PCT": "NS", "_line": 2},
        {"DBN": "01M019", "PCT": "87.30", "_line": 3},
    ]


def test_attributes_are_columns_and_a_child_that_is_not_there_is_missing(xml):
    read = xml('<days><d id="007"><pct>9</pct></d><d id="008"><why>ill</why></d></days>')
    assert read.table[["id", "pct", "why"]].to_numpy().tolist() == [["007", "9", ""], ["008", "", "ill"]]


def test_records_below_one_element_that_wraps_them_are_found(xml):
    read = xml("<feed><items><d><id>1</id></d><d><id>2</id></d></items></feed>")
    assert read.table["id"].tolist() == ["1", "2"]


def test_several_kinds_of_records_need_a_name(xml):
    content = "<feed><title>x</title><d><id>1</id></d><d><id>2</id></d></feed>"
    assert refused(xml, content).code == "CY202"
    assert xml(content, reading=Reading(record="d")).table["id"].tolist() == ["1", "2"]
    assert refused(xml, content, reading=Reading(record="row")).code == "CY202"


def test_a_child_that_stands_twice_in_a_record_is_refused(xml):
    assert refused(xml, "<days><d><id>1</id><id>2</id></d><d/></days>").code == "CY204"


def test_records_without_a_value_are_excluded_and_counted(xml):
    read = xml("<days><d><id>1</id></d><d><id/></d></days>")
    assert (read.excluded, read.rows_raw, len(read.table)) == ({"empty_row": 1}, 2, 1)


def test_the_files_of_a_folder_are_one_source_in_the_order_of_their_names(tmp_path):
    for name, dbn in (("20260922", "b"), ("20260921", "a")):
        (tmp_path / f"{name}.xml").write_text(f"<days><item><DBN>{dbn}</DBN></item></days>")
    read = ADAPTERS.get("attendance_xml")(tmp_path)
    assert read.table.to_numpy().tolist() == [["a", 2], ["b", 3]]


def test_characters_that_xml_forbids_are_removed_and_counted(xml):
    read = xml(b"<days><d><id>0\x0107</id><n>a&#x1F;b&#10;c&#0;</n></d></days>")
    assert read.table[["id", "n"]].iloc[0].tolist() == ["007", "ab\nc"]
    assert read.facts["warnings"] == ["CY226: 3 characters that XML forbids were removed (day.xml)"]


def test_an_entity_is_never_expanded(xml, tmp_path):
    (tmp_path / "secret.txt").write_text("canary")
    outside = f'<!DOCTYPE d [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]><days><d><id>&e;</id></d></days>'
    laughs = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><days><d><id>&b;</id></d></days>'
    for content in (outside, laughs, "<!DOCTYPE d><days><d><id>1</id></d></days>"):
        problem = refused(xml, content)
        assert (problem.code, "canary" in str(problem)) == ("CY207", False)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "CY201"),
        (b"<!DOCTYPE html><html><body>502 Bad gateway</body></html>", "CY202"),
        (b'<?xml version="1.0"?><html><p>Error</p></html>', "CY202"),
        (b"DBN,PCT\n01M015,9\n", "CY202"),
        (b"<days></days>", "CY202"),
        (DAY.encode()[:-20], "CY201"),
        (b"<days><d><id>\xff\xe9</id></d></days>", "CY201"),
        (b'<?xml version="1.0" encoding="x-none"?>' + DAY.encode(), "CY201"),
        (b"<a>" * 60 + b"</a>" * 60, "CY201"),
    ],
)
def test_what_is_no_whole_document_is_refused_with_a_code(xml, content, code):
    assert refused(xml, content).code == code


def test_a_folder_without_documents_is_named(tmp_path):
    assert refused(ADAPTERS.get("attendance_xml"), tmp_path).code == "CY104"


def test_a_day_of_a_whole_city_agrees_with_the_table_published_of_it(shared):
    day = ADAPTERS.get("attendance_xml")(shared("data/nyc_daily_attendance/raw_xml/20160125.xml"))
    with gzip.open(shared("data/nyc_daily_attendance/daily_2015_16_all_schools.csv.gz"), "rt") as file:
        year = pd.read_csv(file, dtype="str", keep_default_na=False)
    published = year[year["attn_date"] == "20160125"].set_index("dbn")["attn_pct"]
    ours = day.table.set_index("DBN")["ATTN_PCT"]
    both = ours.index.intersection(published.index)
    assert len(both) > 1500
    assert (ours[both] == published[both]).all()
