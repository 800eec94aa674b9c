"""`cycles check`: everything short of running, also whether the data can be lined up as the design says."""

import pytest

from cycles.runs.checking import check
from factories import make_district


@pytest.fixture
def district(tmp_path):
    return make_district(tmp_path, n_students=240)


def changed(district, old, new):
    text = district.cycle_file.read_text()
    assert old in text
    district.cycle_file.write_text(text.replace(old, new))
    return check(district.cycle_file)


def test_the_example_has_no_problem(district):
    assert check(district.cycle_file).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("cluster: classroom_id", "cluster: homeroom", "homeroom"),
        ("covariates: [grade,", "covariates: [lunch,", "lunch"),
        ("subgroups: [english_learner, iep]", "subgroups: [english_lerner]", "english_lerner"),
    ],
)
def test_a_design_that_names_what_the_roster_lacks_is_found_before_running(district, old, new, named):
    checked = changed(district, old, new)
    (problem,) = checked.problems
    assert (problem.code, checked.exit_status) == ("CY301", 2)
    assert named in str(problem)
