"""OneRoster bundles: the roster at entry, from a zip that is never extracted or from a folder."""

import zipfile

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS

MANIFEST = "propertyName,value\noneroster.version,1.1\nfile.users,bulk\nfile.enrollments,bulk\nfile.classes,bulk\n"
USERS = (
    "sourcedId,status,role,orgSourcedIds,grades,givenName,metadata.acme.englishLearner\n"
    "001,active,student,s1,09,Canary,true\n"
    '002,active,student,s1,"09,10",Canary,false\n'
    "003,tobedeleted,student,s1,09,Canary,false\n"
    "t01,active,teacher,s1,,Canary,\n"
    "004,active,student,s2,10,Canary,false\n"
)
CLASSES = (
    "sourcedId,title,classType,schoolSourcedId,termSourcedIds\n"
    "h1,A,homeroom,s1,y1\nh2,B,homeroom,s1,y1\nm1,Maths,scheduled,s1,y1\n"
)
ENROLLMENTS = (
    "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate\n"
    "e1,active,m1,s1,001,student,2026-08-20,\n"
    "e2,active,h2,s1,001,student,2026-11-02,\n"
    "e3,active,h1,s1,001,student,2026-08-31,2026-11-01\n"
    "e4,active,m1,s1,002,student,,2027-01-15\n"
    "e5,tobedeleted,h1,s1,002,student,2026-08-31,\n"
    "e6,active,h1,s1,t01,teacher,2026-08-31,\n"
)
SESSIONS = "sourcedId,title,type,startDate,endDate\ny1,Year,schoolYear,2026-08-24,2027-06-11\n"
DEMOGRAPHICS = "sourcedId,birthDate,sex,hispanicOrLatinoEthnicity\n001,2011-01-01,female,true\n"
FILES = {
    "manifest.csv": MANIFEST,
    "users.csv": USERS,
    "classes.csv": CLASSES,
    "enrollments.csv": ENROLLMENTS,
    "academicSessions.csv": SESSIONS,
    "demographics.csv": DEMOGRAPHICS,
}


@pytest.fixture
def bundle(tmp_path):
    def write(files=FILES, *, prefix=""):
        path = tmp_path / "oneroster.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(prefix + name, content)
        return path

    return write


def roster(path):
    return ADAPTERS.get("oneroster")(path)


def by_student(path) -> dict:
    return roster(path).table.set_index("student_id").to_dict("index")


def test_the_classroom_is_the_first_homeroom_whatever_came_later(bundle):
    found = by_student(bundle())
    assert found["001"]["classroom_id"] == "h1"
    assert found["001"]["moved"] == "true"
    assert roster(bundle()).facts["moved"] == 1


def test_a_student_without_a_homeroom_is_in_the_first_scheduled_class(bundle):
    found = by_student(bundle())["002"]
    assert (found["classroom_id"], found["moved"]) == ("m1", "")


def test_a_student_in_no_class_is_kept_at_the_own_school(bundle):
    found = by_student(bundle())["004"]
    assert (found["school_id"], found["classroom_id"], found["entered_on"]) == ("s2", "", "")


def test_enrolment_runs_from_the_first_day_to_the_last_and_stays_open_while_one_is(bundle):
    found = by_student(bundle())
    assert (found["001"]["entered_on"], found["001"]["left_on"]) == ("2026-08-20", "")
    assert (found["002"]["entered_on"], found["002"]["left_on"]) == ("2026-08-24", "2027-01-15")


def test_others_than_students_are_left_out_by_name(bundle):
    read = roster(bundle())
    assert read.excluded == {"tobedeleted": 1, "not_a_student": 1}
    assert read.rows_raw == len(read.table) + 2 == 5


def test_districts_own_columns_and_a_few_demographics_are_carried_and_no_names(bundle):
    read = roster(bundle())
    assert by_student(bundle())["001"]["english_learner"] == "true"
    assert by_student(bundle())["001"]["hispanic_or_latino"] == "true"
    assert by_student(bundle())["002"]["sex"] == ""
    assert not any("Canary" in text or "2011" in text for text in read.table.astype("str").to_numpy().ravel())
    assert by_student(bundle())["002"]["grade"] == "09"


def test_a_folder_says_the_same_as_the_archive_and_so_does_a_folder_in_it(bundle, tmp_path):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content)
    expected = roster(bundle()).table
    assert roster(folder).table.equals(expected)
    assert roster(bundle(prefix="export/")).table.equals(expected)


def test_roles_are_found_in_their_own_file_since_version_1_2(bundle):
    users = "sourcedId,status,grades\n001,active,09\nt01,active,\n"
    roles = "sourcedId,status,userSourcedId,role,orgSourcedId\nr1,active,001,student,s1\nr2,active,t01,teacher,s1\n"
    files = {**FILES, "users.csv": users, "roles.csv": roles, "enrollments.csv": ENROLLMENTS.splitlines()[0] + "\n"}
    read = roster(bundle(files))
    assert read.table[["student_id", "school_id"]].values.tolist() == [["001", "s1"]]
    assert read.excluded == {"not_a_student": 1}


def test_without_any_roles_nobody_is_guessed_away(bundle):
    files = {"users.csv": "sourcedId\n001\n", "classes.csv": CLASSES, "enrollments.csv": ENROLLMENTS}
    read = roster(bundle(files))
    assert read.table[["student_id", "classroom_id"]].values.tolist() == [["001", "h1"]]
    assert read.facts["oneroster_version"] == "1.0"


@pytest.mark.parametrize("name", ["users.csv", "enrollments.csv", "classes.csv"])
def test_a_bundle_without_a_file_that_it_must_have_is_refused(bundle, name):
    with pytest.raises(ContractError) as caught:
        roster(bundle({key: content for key, content in FILES.items() if key != name}))
    assert caught.value.code == "CY208"
    assert name in caught.value.what


def test_a_file_that_the_manifest_promises_must_be_there(bundle):
    with pytest.raises(ContractError) as caught:
        roster(bundle({**FILES, "manifest.csv": MANIFEST + "file.roles,bulk\n"}))
    assert (caught.value.code, "roles.csv" in caught.value.what) == ("CY208", True)


def test_a_file_without_its_key_columns_is_refused(bundle):
    with pytest.raises(ContractError) as caught:
        roster(bundle({**FILES, "classes.csv": "sourcedId,title\nh1,A\n"}))
    assert caught.value.code == "CY205"


@pytest.mark.parametrize(
    ("name", "n_students"),
    [
        ("Test_full_data_set.zip", 3),
        ("Test_minimal_data_set.zip", 3),
        ("edfi_oneroster_1.0", 8),
        ("oneroster_test_data.zip", 1),
    ],
)
def test_real_bundles_are_read(shared, name, n_students):
    read = roster(shared(f"data/formats/format_oneroster/{name}"))
    assert len(read.table) == n_students
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) + len(read.broken)


def test_a_ragged_row_of_users_is_set_aside_by_line(bundle):
    read = roster(bundle({**FILES, "users.csv": USERS + "005,active,student,s1,09,Canary,true,stray\n"}))
    assert read.broken["_line"].tolist() == [7]
    assert "005" not in set(read.table["student_id"])
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) + len(read.broken) == 6


def test_a_ragged_row_of_another_file_is_told_by_file_and_line(bundle):
    read = roster(bundle({**FILES, "enrollments.csv": ENROLLMENTS + "e7,active,h1\n"}))
    assert "CY226: 1 ragged rows of enrollments.csv are not read: lines 8" in read.facts["warnings"]
    assert (read.rows_raw, len(read.broken)) == (5, 0)


def test_a_file_of_mostly_ragged_rows_is_refused(bundle):
    with pytest.raises(ContractError) as caught:
        roster(bundle({**FILES, "classes.csv": CLASSES.splitlines()[0] + "\nh1,A\nh2,B\nm1,M\n"}))
    assert (caught.value.code, "classes.csv" in caught.value.where) == ("CY203", True)


def test_a_header_that_ends_in_nameless_columns_is_narrowed_and_said(bundle):
    first, rest = CLASSES.split("\n", 1)
    read = roster(bundle({**FILES, "classes.csv": f"{first},,\n{rest}"}))
    assert read.table.equals(roster(bundle()).table)
    assert [sentence[:5] for sentence in read.facts["warnings"] if "classes.csv" in sentence] == ["CY226"]


def test_a_mark_and_other_capital_letters_in_the_headers_do_not_matter_and_are_said(bundle):
    users = USERS.replace("sourcedId,status,role", "SourcedID,STATUS,Role", 1)
    read = roster(bundle({**FILES, "users.csv": "\ufeff" + users}))
    assert read.table.equals(roster(bundle()).table)
    assert any("capital letters" in sentence and "users.csv" in sentence for sentence in read.facts["warnings"])


def test_two_columns_that_differ_in_capital_letters_only_are_refused(bundle):
    with pytest.raises(ContractError) as caught:
        roster(bundle({**FILES, "users.csv": "sourcedId,SourcedId\n001,002\n"}))
    assert caught.value.code == "CY204"


def test_enrolments_to_nobody_or_nothing_are_counted_by_line(bundle):
    stray = "e7,active,m1,s1,999,student,,\ne8,active,x9,s1,001,student,,\ne9,tobedeleted,x9,s1,999,student,,\n"
    read = roster(bundle({**FILES, "enrollments.csv": ENROLLMENTS + stray}))
    assert (read.facts["enrolments_without_user"], read.facts["enrolments_without_class"]) == (1, 1)
    assert [sentence for sentence in read.facts["warnings"] if sentence.startswith("CY223")] == [
        "CY223: 1 enrolments name an id that users.csv does not have: lines 8",
        "CY223: 1 enrolments name an id that classes.csv does not have: lines 9",
    ]
    assert "999" not in set(read.table["student_id"])


def test_what_is_never_carried_is_said(bundle):
    dropped = roster(bundle()).facts["dropped"]
    assert {"givenName", "birthDate"} <= set(dropped)


def test_a_districts_own_column_that_identifies_is_carried_only_for_a_mapping(bundle):
    path = bundle({**FILES, "users.csv": "sourcedId,role,metadata.homeEmail\n001,student,canary@example.org\n"})
    assert "home_email" not in roster(path).table.columns
    assert "home_email" in roster(path).facts["dropped"]
    asked = ADAPTERS.get("oneroster")(path, columns=["home_email"])
    assert asked.table["home_email"].tolist() == ["canary@example.org"]


@pytest.mark.parametrize(
    ("name", "n_students", "broken"), [("edfi_oneroster_1.1", 8, [10, 11]), ("v1p2_full_dataset.zip", 3, [])]
)
def test_real_bundles_with_ragged_rows_are_read_without_them(shared, name, n_students, broken):
    read = roster(shared(f"data/formats/format_oneroster/{name}"))
    assert (len(read.table), read.broken["_line"].tolist()) == (n_students, broken)
    assert read.facts["warnings"]
