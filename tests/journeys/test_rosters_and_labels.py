"""Files that are wrong in one place: the place is set aside and told, the rest is used."""


def test_a_ragged_row_of_a_roster_is_set_aside_and_the_roster_is_read(arrive):
    """`users.csv` of the bundle: lines 10 and 11 have fields too many."""
    roster = arrive("formats/format_oneroster/edfi_oneroster_1.1", adapter="oneroster", name="students")
    assert roster.delivery.rows_raw == 10
    assert len(roster.delivery.table) == 8
    assert roster.delivery.broken.to_dict("list") == {"_line": [10, 11], "_rules": ["readable", "readable"]}
    assert any(one.startswith("CY203") and "lines 10, 11" in one for one in roster.delivery.facts["warnings"])
    assert roster.report.rows_in == roster.report.n_used + roster.report.n_quarantined == 10
    assert roster.report.quarantined["_line"].tolist() == [10, 11]


def test_a_roster_that_lost_a_fifth_of_its_rows_does_not_pass(arrive):
    """Two of ten is more than the contract tolerates; the run stops, and says which lines to correct."""
    roster = arrive("formats/format_oneroster/edfi_oneroster_1.1", adapter="oneroster", name="students")
    assert roster.report.outcome == "fail"
    told = {one["code"]: one["where"] for one in roster.report.facts["problems"]}
    assert sorted(told) == ["CY203", "CY212"]
    assert "lines 10, 11" in told["CY203"]


def test_value_labels_that_contradict_the_data_are_caught_and_the_codes_kept(arrive):
    """The labels of `stype` in the .sav name other school types than its own indicator columns and the published CSV."""
    saved = arrive("reference/applied_jree.sav", adapter="spss", contract="students").delivery
    assert [one for one in saved.facts["warnings"] if one.startswith("CY218")] == [
        "CY218: column 'stype': its labels contradict the columns stype_ms; they are not used, its codes are kept"
    ]
    assert "stype" not in saved.facts["labels"]
    published = arrive("reference/applied_jree.csv", adapter="csv", contract="students").delivery
    assert saved.table.equals(published.table)
