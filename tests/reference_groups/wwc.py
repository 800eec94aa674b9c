"""What Works Clearinghouse: the Cox index, and the correction for clusters that an analysis ignored."""

from pathlib import Path

import cycles as cy
from reference_groups import Values


def cox(_: Path) -> Values:
    """Four fifths against three fifths, before the small-sample correction."""
    yield "V328", cy.cox_index(0.8, 0.6, n_change=100, n_comparison=100).without_omega


def clusters(_: Path) -> Values:
    """An effect size of .30 in ten clusters of twenty in each arm."""
    found = cy.clustering_correction(0.30, n_change=200, n_comparison=200, n_clusters=20, icc=0.20)
    yield "V331", found.t_ignoring
    yield "V332", found.t
    yield "V333", found.df


GROUPS = {"wwc-cox": cox, "wwc-clust": clusters}
