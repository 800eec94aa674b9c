"""Funnels: places beside the limits for their size, never ranked."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.study.charts import funnel


def places(count, **columns):
    names = [f"School {letter}" for letter in "HCAGBFED"[: len(count)]]
    return pd.DataFrame({"place": names, "count": count, **columns})


ALIKE = [20, 41, 59, 82, 99, 121, 138, 161]
SIZES = [100, 200, 300, 400, 500, 600, 700, 800]


def test_places_stand_by_size_or_name_never_by_value():
    table = places(ALIKE, of=SIZES)
    assert funnel(table, measure="absent").points["size"].is_monotonic_increasing
    assert funnel(table, measure="absent", order="name").points["place"].is_monotonic_increasing
    with pytest.raises(ParameterError) as raised:
        funnel(table, measure="absent", order="value")
    assert raised.value.code == "CY105"
    assert not [name for name in funnel(table, measure="absent").points if "rank" in name]


def test_limits_are_wider_where_fewer_were_counted():
    points = funnel(places(ALIKE, of=SIZES), measure="absent", unit="share of students").points
    width = points["upper_998"] - points["lower_998"]
    assert width.is_monotonic_decreasing
    assert (points["upper_998"] > points["upper_95"]).all()


def test_a_place_beyond_the_outer_limits_is_named_with_what_chance_would_do():
    found = funnel(places([*ALIKE[:-1], 230], of=SIZES), measure="absent", unit="share of students", widen=False)
    assert found.points.loc[found.points["side"] == "high", "place"].tolist() == ["School D"]
    assert "Beyond the 99.8% limits: School D (above)." in found.text
    assert "chance alone would put about 0.4 there" in found.text
    assert "not ranked" in found.text


def test_more_difference_than_chance_widens_the_limits_and_says_so():
    table = places([40, 20, 110, 30, 180, 60, 240, 90], of=SIZES)
    plain, wide = (funnel(table, measure="absent", widen=one) for one in (False, True))
    assert wide.facts["widened"]
    assert "the limits are widened accordingly" in wide.text
    assert "the limits are not widened" in plain.text
    assert (wide.points["upper_95"] > plain.points["upper_95"]).all()


def test_rates_have_poisson_limits():
    found = funnel(places([10, 21, 29, 41, 50, 61, 69, 80], per=SIZES, n=SIZES), measure="incidents")
    assert (found.points["lower_998"] >= 0).all()
    assert np.isfinite(found.curve.to_numpy()).all()


def test_a_value_that_all_places_share_is_no_signal():
    found = funnel(places([0] * 8, of=SIZES), measure="absent")
    assert (found.points["side"] == "").all()


@pytest.mark.parametrize(
    ("table", "error", "code"),
    [
        (places(ALIKE[:3], of=SIZES[:3]), ParameterError, "CY105"),
        (places(ALIKE), ContractError, "CY211"),
        (places(ALIKE, of=SIZES).assign(place="School A"), ContractError, "CY212"),
        (places([900, *ALIKE[1:]], of=SIZES), ContractError, "CY212"),
    ],
)
def test_what_makes_no_funnel_is_refused(table, error, code):
    with pytest.raises(error) as raised:
        funnel(table, measure="absent")
    assert raised.value.code == code
