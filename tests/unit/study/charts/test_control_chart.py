"""Control charts: the kind follows the data, limits follow the record, and what is said follows the numbers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.core.vocabulary import SeriesBreak
from cycles.study.charts import control_chart, control_charts_by
from cycles.study.charts.dispersion import dispersion
from cycles.study.charts.false_signals import SHARES, false_signal_share
from cycles.study.charts.verdicts import assurance, variation

WAVE = [3.0, 4, 3, 5, 4, 3, 4, 5, 3, 4, 4, 5]


def weeks(values, **columns):
    periods = pd.date_range("2026-08-31", periods=len(values), freq="W-MON")
    return pd.DataFrame({"period": periods, "value": values, "n": 40, **columns})


def counted(counts, **columns):
    table = weeks([0.0] * len(counts)).drop(columns="value")
    return table.assign(count=counts, **columns)


def chart(values, **options):
    table = values if isinstance(values, pd.DataFrame) else weeks(values)
    return control_chart(table, **{"measure": "check_ins", "unit": "sessions", **options})


# -- the kind ------------------------------------------------------------------------------------------------------------


STEADY = [10, 14, 9, 12, 11, 8, 13, 10, 9, 12, 11, 13]


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (weeks(WAVE), "xmr"),
        (counted(STEADY), "c"),
        (counted(STEADY, of=100), "p"),
        (counted(STEADY, per=4.5), "u"),
        (pd.DataFrame({"period": range(12), "time_between": STEADY}), "t"),
        (pd.DataFrame({"period": range(12), "cases_between": STEADY}), "g"),
        (pd.concat([weeks(WAVE), weeks([one + 1 for one in WAVE])]), "xbar"),
    ],
)
def test_the_kind_follows_the_columns_and_says_why(table, kind):
    found = chart(table)
    assert found.kind == kind
    assert found.reason
    assert found.reason in found.text


WILD = [2, 30, 5, 41, 3, 28, 6, 35, 1, 40, 4, 33]


@pytest.mark.parametrize(("columns", "kind"), [({"of": 100}, "p_prime"), ({"per": 4.5}, "u_prime"), ({}, "xmr")])
def test_counts_that_vary_more_than_counting_explains_get_limits_of_their_own(columns, kind):
    found = chart(counted(WILD, **columns))
    assert found.kind == kind
    assert found.facts["dispersion"] > 1
    assert found.facts["dispersion_p"] < 0.05
    assert "times the variance that counting alone explains" in found.text
    assert "widened" in found.reason


def test_counts_that_vary_less_than_counting_explains_get_narrower_limits():
    plain = chart(counted([50] * 11 + [51], of=100), kind="p")
    found = chart(counted([50, 51] * 6, of=100))
    assert found.kind == "p_prime"
    assert found.facts["sigma_z"] < 1
    assert found.points["upper"].max() < plain.points["upper"].min()


def test_a_jump_at_the_change_does_not_count_as_dispersion():
    jumped = counted([*STEADY, 51, 58, 45, 53, 49, 42, 55, 50, 46, 54, 48, 56], of=100)
    assert chart(jumped).facts["n_points"] == 24
    assert chart(jumped, change_on=date(2026, 11, 23)).kind == "p"


def test_too_small_counts_are_not_tested():
    tested = dispersion([np.array([0.1, -0.2] * 6)], expected=np.full(12, 1.0))
    assert (tested.ratio, tested.p, tested.state) == (None, None, "cannot say")
    found = chart(counted([0, 1, 2, 1] * 3, of=20))
    assert found.kind == "p"
    assert "too small or too few to test" in found.reason


def test_a_kind_the_data_cannot_make_is_refused_with_those_they_can():
    with pytest.raises(ParameterError, match="cannot make a chart of kind p") as raised:
        chart(weeks(WAVE), kind="p")
    assert raised.value.code == "CY105"
    assert "xmr" in str(raised.value)


def test_the_spread_has_a_chart_of_its_own():
    twice = pd.concat([weeks(WAVE), weeks([one + 2 for one in WAVE]), weeks(WAVE[:5])])
    found = chart(twice, kind="s")
    assert found.kind == "s"
    assert found.points["value"].iloc[-1] == pytest.approx(np.sqrt(2))
    assert (found.points["lower"] >= 0).all()


def test_an_unusual_spread_is_told_beside_the_means():
    rows = pd.concat([weeks(WAVE), weeks([one + 0.5 for one in WAVE]), weeks([one + 0.2 for one in WAVE])])
    rows.loc[(rows["value"] == 5.5) & (rows["period"] == rows["period"].max()), "value"] = 25.0
    assert any("lies beyond the limits of an S chart" in one for one in chart(rows).signals)


def test_a_period_with_one_measurement_has_no_limits_but_stays():
    rows = pd.concat([weeks(WAVE), weeks([one + 1 for one in WAVE[:-1]])])
    last = chart(rows).points.iloc[-1]
    assert last["value"] == 5.0
    assert pd.isna(last["upper"])
    assert not pd.isna(last["center"])


# -- what cannot be -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (pd.DataFrame({"period": [1, 2]}), "CY211"),
        (pd.DataFrame({"value": [1.0, 2]}), "CY211"),
        (counted([5, 6], of=4), "CY212"),
        (counted([0.5, 2]), "CY212"),
        (counted([-1, 2], per=3.0), "CY212"),
        (pd.DataFrame({"period": [1, 2], "time_between": [3.0, -1]}), "CY212"),
    ],
)
def test_what_cannot_be_is_refused(table, code):
    with pytest.raises(ContractError) as raised:
        chart(table)
    assert raised.value.code == code


def test_points_without_a_value_or_counted_out_of_nothing_are_left_out_and_counted():
    found = chart(weeks([*WAVE, None]))
    assert (found.facts["n_points"], found.facts["n_missing"]) == (12, 1)
    out_of = counted([*STEADY, 0], of=[100] * 12 + [0])
    assert chart(out_of).facts["n_missing"] == 1


def test_few_points_make_no_limits_and_no_verdict():
    found = chart(WAVE[:5], target=4.0, better="higher")
    assert found.points["upper"].isna().all()
    assert found.center == {}
    assert found.signals == ()
    assert (found.variation, found.assurance) == ("too few points to tell", "too few points to tell")
    assert "too few points for limits" in found.text
    assert found.facts["false_signals"] is None


def test_a_chart_without_points_is_still_a_chart():
    assert "no points" in chart(weeks(WAVE).head(0)).text


@pytest.mark.parametrize(
    "table",
    [
        weeks([4.0] * 12),
        counted([0] * 12, of=50),
        counted([50] * 12, of=50),
        counted([0] * 12),
        counted([0] * 12, per=3.0),
    ],
)
def test_a_constant_series_shows_nothing_and_no_number_is_lost(table):
    found = chart(table)
    assert found.signals == ()
    assert found.points[["value", "center", "lower", "upper"]].notna().all().all()


def test_few_points_make_trial_limits():
    assert "trial limits" in chart(WAVE[:11]).text
    assert "trial limits" not in chart(WAVE).text


# -- limits ----------------------------------------------------------------------------------------------------------------


def test_screening_and_the_factor_are_choices_that_are_printed():
    values = [1.0, 2, 1, 2, 10, 1] + [2.0, 1] * 6
    screened, not_screened = chart(values), chart(values, screen=False)
    assert "2 of 17 moving ranges were too large and are left out" in screened.text
    assert "not screened" in not_screened.text
    assert screened.points["upper"].iloc[0] < not_screened.points["upper"].iloc[0]
    assert chart(values, factor=3 / 1.128).facts["factor"] == pytest.approx(2.6595745)


def test_shares_stay_between_nothing_and_all():
    found = chart([0.99, 0.90, 0.98, 0.91, 0.99, 0.92, 0.97, 0.9], unit="share of students")
    assert (found.points["upper"] <= 1).all()
    assert "100%" in found.text


def test_limits_differ_where_fewer_were_counted():
    found = chart(counted(STEADY, of=[100] * 6 + [400] * 6))
    width = (found.points["upper"] - found.points["lower"]).astype(float)
    assert width.iloc[0] > width.iloc[-1]
    assert "with as many as in the last point" in found.text


# -- phases ----------------------------------------------------------------------------------------------------------------

SHIFT = date(2026, 11, 23)


def test_limits_begin_anew_at_the_named_day_and_nowhere_else():
    values = [*WAVE, *[one + 6 for one in WAVE]]
    together, split = chart(values), chart(values, change_on=SHIFT)
    assert together.signals
    assert split.signals == ()
    assert split.center == {"before": pytest.approx(np.mean(WAVE)), "after": pytest.approx(np.mean(WAVE) + 6)}
    assert split.points["center"].nunique() == 2
    assert split.marks == ((SHIFT, "change starts"),)


def test_several_named_days_make_several_phases():
    days = {"cycle 2": date(2026, 11, 23), "cycle 1": date(2026, 10, 12)}
    found = chart([*WAVE, *[one + 6 for one in WAVE]], change_on=days)
    assert list(dict.fromkeys(found.points["phase"])) == ["before", "cycle 1", "cycle 2"]
    assert [name for _, name in found.marks] == ["cycle 1", "cycle 2"]
    assert found.change_on == date(2026, 11, 23)


def test_a_run_ends_where_a_phase_begins():
    values = [5.0, 3, 5, 3, 5, 3, 3, 3, 3, 4, 4.1, 4.2, 4.1, 8, 8, 8, 4.1, 4.2, 4.1, 4]
    found = chart(values, change_on=date(2026, 11, 2))
    assert not any("in a row lie" in one for one in found.signals)


def test_frozen_limits_hold_on_across_the_change():
    values = [*WAVE, *[one + 1.5 for one in WAVE]]
    frozen = chart(values, freeze=date(2026, 11, 22))
    assert frozen.points["center"].nunique() == 1
    assert frozen.center["all"] == pytest.approx(np.mean(WAVE))
    assert frozen.facts["n_by_limits"] == [12]
    assert "frozen: weeks after 22 November 2026 make none" in frozen.text
    assert frozen.signals


def test_freeze_and_phases_together():
    values = [9.0, 8, 9, 8, 9, 8, *WAVE, *[one + 3 for one in WAVE]]
    days = {"cycle 1": date(2026, 10, 12), "cycle 2": date(2027, 1, 4)}
    found = chart(values, change_on=days, freeze=date(2027, 1, 3))
    assert found.center["before"] == 8.5
    assert found.center["cycle 1"] == found.center["cycle 2"] == pytest.approx(np.mean(WAVE))
    assert list(dict.fromkeys(found.points["phase"])) == ["before", "cycle 1", "cycle 2"]


def test_a_freeze_before_the_first_point_and_phases_without_dates_are_refused():
    with pytest.raises(ParameterError, match="freeze"):
        chart(WAVE, freeze=date(2020, 1, 1))
    with pytest.raises(ParameterError, match="dates"):
        chart(weeks(WAVE).assign(period=[f"week {n}" for n in range(12)]), change_on=SHIFT)
    with pytest.raises(ParameterError, match="same day"):
        chart(WAVE, change_on={"a": SHIFT, "b": SHIFT})


def test_a_break_starts_the_chart_anew_and_a_freeze_does_not_cross_it():
    known = SeriesBreak(measure="check_ins", at="2026-11-23", because="the form changed", origin="declared")
    values = [*WAVE, *[one + 20 for one in WAVE]]
    found = chart(values, breaks=[known], freeze=date(2026, 10, 18))
    assert found.center == {
        "before 2026-11-23": pytest.approx(np.mean(WAVE[:7])),
        "from 2026-11-23": pytest.approx(np.mean(WAVE) + 20),
    }
    assert "starts anew" in found.text
    assert "The centre line was" in found.text


def test_phases_around_a_break_keep_the_names_of_their_part():
    known = SeriesBreak(measure="check_ins", at="2026-11-23", because="the form changed", origin="declared")
    values = [*WAVE, *[one + 20 for one in WAVE]]
    found = chart(values, breaks=[known], change_on=date(2027, 1, 4))
    assert list(dict.fromkeys(found.points["phase"])) == ["before 2026-11-23", "before", "after"]


# -- what is said ------------------------------------------------------------------------------------------------------------


def test_each_rule_is_told_with_its_dates():
    assert "1 week lies above the upper limit: 16 November 2026." in chart([*WAVE[:-1], 12.0]).signals
    low = chart([4.0, 5, 4, 5, 4, 5, 4, 5, 4, 3.9, 3.8, 3.7, 3.6, 3.5, 3.4, 3.3], freeze=date(2026, 10, 25))
    assert any(
        one.startswith("9 weeks in a row, each lower than the one before: 19 October 2026 to") for one in low.signals
    )
    assert any("in a row lie below the centre line" in one for one in low.signals)
    near = chart([4.0, 6, 4, 6, 4, 6, 4, 6, 4, 6, 4, 6, 9.5, 9.6], freeze=date(2026, 11, 22))
    assert any(
        one.startswith("Two of three weeks in a row lie in the outer third near the upper limit")
        for one in near.signals
    )


def test_many_points_are_counted_rather_than_named():
    values = [4.0, 4.1] * 6 + [9.0] * 5
    [first, *_] = chart(values, freeze=date(2026, 11, 22)).signals
    assert first.startswith("5 weeks lie above the upper limit: 23 November 2026")
    assert first.endswith("and 2 more.")


def test_the_share_of_false_signals_is_printed_and_grows_with_the_points():
    assert "about 7 show a signal by chance" in chart(WAVE).text
    assert [round(false_signal_share([n]), 2) for n in (12, 24, 36)] == [0.07, 0.19, 0.29]
    assert false_signal_share([24]) > false_signal_share([18]) > false_signal_share([12]) > false_signal_share([3]) > 0
    assert false_signal_share([12, 12]) == pytest.approx(1 - (1 - SHARES[12]) ** 2)
    assert SHARES[100] < false_signal_share([200]) < 1


@pytest.mark.parametrize(
    ("direction", "better", "said"),
    [
        (0, "higher", "common cause"),
        (1, "higher", "improvement"),
        (-1, "higher", "concern"),
        (-1, "lower", "improvement"),
        (1, None, "neither better nor worse"),
        (None, "higher", "too few"),
    ],
)
def test_variation_is_the_signal_of_the_last_point(direction, better, said):
    assert said in variation(direction, better)


@pytest.mark.parametrize(
    ("lower", "upper", "target", "better", "said"),
    [
        (0.91, 0.97, 0.90, "higher", "consistently met"),
        (0.90, 0.97, 0.90, "higher", "hit and miss"),
        (0.80, 0.90, 0.90, "higher", "hit and miss"),
        (0.80, 0.89, 0.90, "higher", "consistently missed"),
        (0.01, 0.04, 0.05, "lower", "consistently met"),
        (0.06, 0.09, 0.05, "lower", "consistently missed"),
    ],
)
def test_assurance_holds_the_limits_to_the_target_strictly(lower, upper, target, better, said):
    assert assurance(lower, upper, target=target, better=better).startswith(said)


def test_without_a_target_or_a_direction_nothing_is_assured():
    assert assurance(0.1, 0.2, target=None, better="higher") == ""
    assert assurance(0.1, 0.2, target=0.3, better=None) == ""
    assert assurance(None, None, target=0.3, better="lower").startswith("too few")


def test_assurance_uses_the_limits_of_the_last_phase():
    values = [*WAVE, *[one + 20 for one in WAVE]]
    assert chart(values, change_on=SHIFT, target=15.0, better="higher").assurance.startswith("consistently met")


def test_a_wild_last_point_is_told_as_better_or_worse():
    worse = chart([*WAVE[:-1], 20.0], better="lower")
    assert worse.variation.startswith("special cause, concern")
    assert worse.points["side"].tolist()[-1] == "high"
    assert worse.points["signal"].tolist()[-1] == "above the upper limit"


def test_inputs_are_not_changed():
    table = weeks(WAVE)
    before = table.copy(deep=True)
    chart(table)
    pd.testing.assert_frame_equal(table, before)


# -- groups ------------------------------------------------------------------------------------------------------------------


def schools():
    later = weeks([*WAVE, *[one + 6 for one in WAVE]])
    return pd.concat([later.assign(school="B"), later.assign(school="A")], ignore_index=True)


def test_each_group_has_limits_and_phases_of_its_own():
    found = control_charts_by(schools(), by="school", measure="check_ins", change_on={"A": SHIFT})
    assert list(found.charts) == ["A", "B"]
    assert found.charts["A"].signals == ()
    assert found.charts["B"].signals
    assert set(found.table["group"]) == {"A", "B"}
    assert "not ranked" in found.text


def test_an_unknown_group_and_a_missing_column_are_named():
    with pytest.raises(ParameterError) as raised:
        control_charts_by(schools(), by="school", measure="check_ins", change_on={"C": SHIFT})
    assert raised.value.code == "CY102"
    with pytest.raises(ContractError) as raised:
        control_charts_by(schools(), by="scool", measure="check_ins")
    assert raised.value.code == "CY211"
