"""Effect, power and size of any design: each from the others, and no number where there is none."""

import math

import pytest

import cycles as cy
from cycles.core.errors import ParameterError
from cycles.plan.power import power_of
from cycles.plan.power.sizes import DESIGNS

SIZES = {
    "ira": {"n": 200},
    "bira2c1": {"n": 40, "J": 8},
    "bira2f1": {"n": 40, "J": 8},
    "bira2": {"n": 40, "J": 8, "rho2": 0.1, "omega2": 0.5},
    "cra2": {"n": 20, "J": 24, "rho2": 0.1},
    "cra3": {"n": 20, "J": 3, "K": 24, "rho2": 0.1, "rho3": 0.1},
    "bcra3f2": {"n": 20, "J": 6, "K": 8, "rho2": 0.1},
    "bcra3r2": {"n": 20, "J": 6, "K": 8, "rho2": 0.1, "rho3": 0.1, "omega3": 0.5},
    "pre_post": {"n": 80},
    "did": {"n": 20, "J": 24, "rho2": 0.1},
    "rd": {"n": 400},
    "rd_cluster": {"n": 20, "J": 60, "rho2": 0.1},
    "its": {"before": 12, "after": 6},
    "complier": {"n": 300, "received": 0.6},
    "weighted": {"n": 300, "effective": 0.5},
    "logistic": {"n": 300, "share": 0.3},
    "ordinal": {"n": 300, "cubes": 0.1},
    "dose": {"n": 300, "spread": 2.0},
}


@pytest.mark.parametrize("design", DESIGNS)
def test_the_size_needed_finds_the_effect_and_one_less_does_not(design):
    sizes = dict(SIZES[design])
    needed = cy.size_needed(design, effect=0.4, **{**sizes, **({"J": 9} if design == "did" else {})})
    sizes[needed.grows] = needed.size
    assert cy.smallest_effect(design, **sizes).mdes <= 0.4
    sizes[needed.grows] = needed.size - 1
    fewer = cy.smallest_effect(design, **sizes).mdes
    assert fewer is None or fewer > 0.4


@pytest.mark.parametrize("design", DESIGNS)
def test_the_sentence_names_the_design_and_the_effect(design):
    told = cy.smallest_effect(design, **SIZES[design])
    assert told.text.startswith(DESIGNS[design].title)
    assert "8 times in 10" in told.text
    assert told.sizes == SIZES[design]


def test_no_number_of_students_makes_up_for_few_classrooms():
    needed = cy.size_needed("cra2", effect=0.1, find="n", J=12, rho2=0.1)
    assert needed.size is None
    assert "no n is large enough" in needed.text


@pytest.mark.parametrize(
    ("design", "sizes"),
    [("ira", {"n": 2}), ("cra2", {"n": 20, "J": 2, "rho2": 0.1}), ("bcra3r2", {**SIZES["bcra3r2"], "K": 1})],
)
def test_without_degrees_of_freedom_there_is_no_number(design, sizes):
    told = cy.smallest_effect(design, **sizes)
    assert (told.mdes, told.se, told.df) == (None, None, None)
    assert "too few" in told.text


WRONG = [
    ("cra9", {}, "CY102"),
    ("cra2", {"n": 20, "J": 24, "rho": 0.1}, "CY102"),
    ("cra2", {"n": 20, "J": 24}, "CY105"),
    ("cra2", {"n": 20, "J": 24, "rho2": 1.1}, "CY105"),
    ("cra2", {"n": 20, "J": 24, "rho2": 0.1, "r21": 1.0}, "CY105"),
    ("cra2", {"n": 20, "J": 24, "rho2": 0.1, "p": 0.0}, "CY105"),
    ("cra2", {"n": 0, "J": 24, "rho2": 0.1}, "CY105"),
    ("cra2", {"n": math.nan, "J": 24, "rho2": 0.1}, "CY105"),
    ("cra3", {**SIZES["cra3"], "rho3": 0.95}, "CY105"),
    ("pre_post", {"n": 80, "r": 1.0}, "CY105"),
    ("its", {"before": 2, "after": 6}, "CY105"),
    ("its", {"before": 12, "after": 6, "rho": 1.0}, "CY105"),
    ("rd", {"n": 400, "score": "exponential"}, "CY105"),
]


@pytest.mark.parametrize(("design", "sizes", "code"), WRONG)
def test_an_unknown_missing_or_impossible_size_is_refused(design, sizes, code):
    with pytest.raises(ParameterError) as refused:
        cy.smallest_effect(design, **sizes)
    assert refused.value.code == code


@pytest.mark.parametrize("asked", [{"effect": 0.0}, {"effect": 0.2, "find": "rho2"}, {"effect": math.nan}])
def test_only_counts_are_looked_for_and_only_effects_above_zero(asked):
    with pytest.raises(ParameterError) as refused:
        cy.size_needed("cra2", n=20, J=24, rho2=0.1, **asked)
    assert refused.value.code == "CY105"


def test_the_chance_of_finding_nothing_is_that_of_a_false_alarm_on_one_side():
    assert power_of(0.0, se=1.0, df=20) == pytest.approx(0.025)
    assert power_of(60.0, se=1.0, df=10) == 1.0


def test_neighbouring_periods_that_are_alike_tell_less():
    plain, alike = (cy.smallest_effect("its", before=20, after=10, rho=rho).mdes for rho in (0.0, 0.5))
    assert alike > plain


def test_a_cutoff_needs_almost_three_times_the_students_of_a_draw():
    drawn, cut = (cy.smallest_effect(design, n=4000).se for design in ("ira", "rd"))
    assert (cut / drawn) ** 2 == pytest.approx(math.pi / 2 / (math.pi / 2 - 1))
