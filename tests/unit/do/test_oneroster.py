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


@pytest.mark.parametrize("name", ["edfi_oneroster_1.1", "v1p2_full_dataset.zip"])
def test_real_bundles_with_ragged_rows_are_refused_by_line(shared, name):
    with pytest.raises(ContractError) as caught:
        roster(shared(f"data/formats/format_oneroster/{name}"))
    assert caught.value.code == "CY203"
