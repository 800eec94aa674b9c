"""Instruments: what cannot be scored honestly is refused when it is read."""

import pytest

from cycles.core.errors import ParameterError, ProblemsError
from cycles.plan.instruments import LIBRARY, Instrument, instrument_names, read_instrument


@pytest.mark.parametrize("key", instrument_names())
def test_every_shipped_instrument_names_its_licence_source_and_direction(key):
    instrument = read_instrument(key)
    assert instrument.key == key
    assert instrument.citation
    assert instrument.licence.name
    assert all(scale.higher_is for scale in instrument.scales.values())


@pytest.mark.parametrize("key", instrument_names())
def test_wording_is_shipped_only_where_the_licence_lets_us(key):
    instrument = read_instrument(key)
    worded = any(item.text for item in instrument.items.values())
    assert worded == (instrument.licence.wording == "shipped")


def broken(**scale):
    return {
        "key": "x", "version": "1", "title": "x", "citation": "x", "licence": {"name": "CC0", "wording": "shipped"},
        "responses": {"1": "no", "2": "yes"}, "items": {"a": {}, "b": {}},
        "scales": {"s": {"items": ["a", "b"], "min_answered": "2", "higher_is": "better", **scale}},
    }  # fmt: skip


@pytest.mark.parametrize(
    "scale",
    [
        {"items": ["a", "c"]},
        {"items": ["a"], "reversed": ["b"], "min_answered": "1"},
        {"min_answered": "3"},
        {"rule": "sum", "min_answered": "1"},
        {"higher_is": "greater"},
    ],
)
def test_a_scale_that_contradicts_itself_is_refused(scale):
    with pytest.raises(ProblemsError):
        Instrument.parse(broken(**scale), where="x.yml")


def test_an_item_needs_codes_or_a_range():
    content = broken()
    del content["responses"]
    with pytest.raises(ProblemsError):
        Instrument.parse(content, where="x.yml")


def test_a_site_may_add_its_own_instrument(tmp_path):
    (tmp_path / "ours.yml").write_text(
        (LIBRARY / "school_belonging.yml").read_text().replace("key: school_belonging", "key: ours")
    )
    assert read_instrument("ours", folder=tmp_path).key == "ours"
    assert "ours" in instrument_names(tmp_path)


def test_an_unknown_instrument_names_the_nearest():
    with pytest.raises(ParameterError) as unknown:
        read_instrument("school_belongin")
    assert unknown.value.code == "CY102"
    assert "school_belonging" in unknown.value.fix
