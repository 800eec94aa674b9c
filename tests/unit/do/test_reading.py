"""Reading text: nothing is interpreted, whatever was assumed is said."""

import gzip

import pytest

from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.reading import Reading
from cycles.do.intake.sniff import decode, delimiter_of


def rows(data: bytes, **options) -> list[dict]:
    return read_delimited(data, where="x.csv", **options).table.to_dict("records")


@pytest.mark.parametrize(
    "text", ["007", "NA", "None", "null", "nan", "1E05", "12345678901234567890", "TRUE", "1.0", "-"]
)
def test_text_stays_what_it_was(text):
    assert rows(f"id,x\n{text},1\n".encode())[0]["id"] == text


def test_a_missing_value_is_the_empty_string():
    assert rows(b"id,x\na,\n") == [{"id": "a", "x": "", "_line": 2}]


def test_the_line_is_that_of_the_file_also_below_a_quoted_line_break():
    found = rows(b'id,said\na,"one\ntwo"\n\nb,three\n')
    assert [row["_line"] for row in found] == [2, 5]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    data = f"id{delimiter}mark\n007{delimiter}3\n".encode()
    assert rows(data) == [{"id": "007", "mark": "3", "_line": 2}]


def test_decimal_commas_do_not_make_commas_the_delimiter():
    assert delimiter_of("id;a;b\n1;3,5;4,5\n2;1,5;2,5\n") == ";"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_is_read_whatever_its_mark(encoding):
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert rows(mark + "id,town\n1,Ñuñoa\n".encode(encoding))[0]["town"] == "Ñuñoa"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read_and_said(encoding):
    read = read_delimited("id,town\n1,Ñuñoa\n".encode(encoding), where="x.csv")
    assert read.table["town"].tolist() == ["Ñuñoa"]
    assert read.facts["warnings"] == [f"CY220: no encoding is marked: read as {encoding}, as its zero bytes show"]


def test_a_declared_encoding_is_obeyed():
    reading = Reading(encoding="mac-roman")
    assert rows("id,town\n1,Ñuñoa\n".encode("mac-roman"), reading=reading)[0]["town"] == "Ñuñoa"


@pytest.mark.parametrize("encoding", ["utf-88", "zlib", "a\0b"])
def test_an_encoding_that_does_not_exist_is_a_wrong_parameter(encoding):
    with pytest.raises(ParameterError) as caught:
        rows(b"a,b\n1,2\n", reading=Reading(encoding=encoding))
    assert caught.value.code == "CY105"


def test_what_is_not_in_the_declared_encoding_is_refused():
    with pytest.raises(ContractError) as caught:
        rows("a,b\né,2\n".encode("cp1252"), reading=Reading(encoding="utf-8"))
    assert caught.value.code == "CY201"


def test_windows_text_is_read_and_said():
    read = read_delimited("id,town\n1,Ñuñoa\n".encode("cp1252"), where="x.csv")
    assert read.table["town"].tolist() == ["Ñuñoa"]
    assert read.facts["encoding"] == "cp1252"
    assert "cp1252" in read.facts["warnings"][0]


def test_text_encoded_twice_is_said():
    twice = "id,name\n1,José\n".encode().decode("cp1252")
    assert "encoded twice" in decode(twice.encode(), where="x.csv").warnings[0]


def test_gzip_is_unpacked():
    assert rows(gzip.compress(b"id,x\n1,2\n")) == [{"id": "1", "x": "2", "_line": 2}]


def test_only_the_columns_asked_for_are_kept():
    read = read_delimited(b"a,b,c\n1,2,3\n", where="x.csv", columns=["c", "z"])
    assert read.table.to_dict("records") == [{"c": "3", "_line": 2}]
    assert read.header == ("a", "b", "c")


def test_a_line_break_in_a_column_name_becomes_a_space():
    assert read_delimited(b'"first\n part",b\n1,2\n', where="x.csv").header == ("first part", "b")


def test_rows_without_any_value_are_left_out_by_name():
    read = read_delimited(b"a,b\n1,2\n,\n,,,\n", where="x.csv")
    assert (read.rows_raw, read.excluded, len(read.table)) == (3, {"empty_row": 2}, 1)


def test_a_file_without_a_final_line_break_is_refused_unless_its_exporter_never_writes_one():
    with pytest.raises(ContractError) as caught:
        read_delimited(b"a,b\n1,2", where="x.csv")
    assert caught.value.code == "CY219"
    assert rows(b"a,b\n1,2", reading=Reading(final_line_break="absent")) == [{"a": "1", "b": "2", "_line": 2}]


def test_a_few_rows_of_the_wrong_length_are_set_aside_by_line():
    good = "".join(f"{n},x\n" for n in range(150))
    read = read_delimited(f"a,b\n{good}151\n".encode(), where="x.csv")
    assert read.broken.to_dict("records") == [{"_line": 152, "_rules": "readable"}]
    assert read.rows_raw == 151


def test_an_unclosed_quote_in_the_middle_costs_the_lines_it_swallowed():
    good = "".join(f"{n},x\n" for n in range(300))
    read = read_delimited(f'a,b\n1,"open\n2,y\n3,"z" z\n{good}'.encode(), where="x.csv")
    assert read.broken["_line"].tolist() == [2, 3, 4]
    assert len(read.table) == 300


def test_a_header_alone_is_a_table_without_rows():
    read = read_delimited(b"a,b\n", where="x.csv")
    assert (read.rows_raw, list(read.table.columns)) == (0, ["a", "b", "_line"])


def test_adapters_are_named_when_one_is_unknown(workspace):
    from cycles.do.intake import read
    from cycles.plan.cycle_file import Source

    with pytest.raises(ParameterError) as caught:
        read(Source(name="x", adapter="qualtriks", path="x.csv"), workspace=workspace)
    assert caught.value.code == "CY102"
    assert "qualtrics" in caught.value.fix


def test_a_source_of_unknown_table_is_asked_about(deliver):
    with pytest.raises(ParameterError) as caught:
        deliver("a,b\n1,2\n")
    assert caught.value.code == "CY105"


def test_a_source_is_known_by_its_own_name(deliver):
    assert deliver("unit_id,arm\n1,a\n", name="arms").canonical == "arms"


def test_messages_quote_nothing_of_a_file_without_a_header(deliver):
    with pytest.raises(CyclesError) as caught:
        deliver("Maria Lopez,hit me\nJose,ok\n", mapping="table: arms\ncolumns: {unit_id: id}\n")
    assert "Maria" not in str(caught.value)
    assert isinstance(caught.value, ContractError)


def test_a_file_that_may_not_be_opened_is_said(workspace, monkeypatch):
    from pathlib import Path

    from cycles.do.intake.fingerprint import file_bytes

    def refuse(self):
        raise PermissionError

    (workspace.root / "file.csv").write_text("a\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ContractError) as caught:
        file_bytes(workspace.root / "file.csv")
    assert caught.value.code == "CY201"


def test_a_first_quoted_field_longer_than_the_sniffed_part_does_not_stop_the_sniffing():
    assert delimiter_of("id;said\n1;'x'\n2;" + '"' + "y" * 300_000 + '"\n') == ";"


def test_a_bundle_larger_than_it_may_be_is_refused(workspace, monkeypatch):
    import zipfile

    from cycles.do.intake import bundle

    monkeypatch.setattr(bundle, "MAX_BYTES", 3)
    (workspace.root / "users.csv").write_text("sourcedId\n")
    with zipfile.ZipFile(workspace.root / "b.zip", "w") as archive:
        archive.writestr("users.csv", "sourcedId\n")
    for place in (workspace.root, workspace.root / "b.zip"):
        with pytest.raises(ContractError) as caught:
            bundle.read_members(place, ["users.csv"])
        assert caught.value.code == "CY207"
