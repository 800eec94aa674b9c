"""What a cycle can detect equals an independent computation, and the figures published with PowerUpR."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.plan.power import detectable

EXPECTED = pd.read_csv(Path(__file__).parent / "expected.csv").to_dict("records")


def _ours(row):
    arms = {"change": row["first"], "comparison": row["second"]}
    counts = {"n_clusters_by_arm": arms, "units_per_cluster": row["size"], "icc": row["icc"]}
    return detectable(
        design_kind=row["kind"],
        **(counts if row["kind"] == "cluster_randomised" else {"n_units_by_arm": arms}),
        r2=row["r2"],
        n_covariates=row["covariates"],
        n_blocks=row["blocks"] or None,
        level=row["level"],
        power=row["power"],
    )


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['kind']}-{row['first']:g}-{row['second']:g}")
def test_matches_base_r(row):
    assert _ours(row).mdes == pytest.approx(row["mdes"], rel=1e-8)


@pytest.mark.parametrize(("place", "published"), [(0, 0.6290064), (1, 0.3152293), (4, 0.2808468)])
def test_matches_powerupr(place, published):
    """mdes.cra2(rho2=.17, n=15, J=20), mdes.cra2(rho2=.2, n=20, J=40, r21=r22=.5, g2=1) and mdes.ira(n=400)."""
    assert _ours(EXPECTED[place]).mdes == pytest.approx(published, rel=1e-6)
