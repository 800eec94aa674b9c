"""A network of schools that joined in groups, from its files to its report, compared with what was planted."""

import pytest

from cycles.runs.example.network import planted_gain

pytestmark = pytest.mark.slow


def test_the_network_of_the_example_is_evaluated_by_staggered_starts(district):
    results = district.run("network-staggered-starts")
    found = {one["id"]: one for one in results["estimates"]}
    headline, contrast = found["on_track_share"], found["two-way fixed effects, for contrast only"]
    assert headline["low"] < planted_gain() < headline["high"]
    assert contrast["value"] < headline["value"]
    assert {"already_begun", "comparison_left", "trends_after_starts", "trends_before_starts"} <= {
        one["name"] for one in results["checks"]
    }
    assert results["decision"]["call"] == "adopt"
    page = (district.folder(results) / "report.html").read_text()
    assert "effect by years since the start" in page
    assert "NaN" not in page
