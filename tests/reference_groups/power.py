"""Minimum detectable effect sizes as PowerUpR computes them."""

from pathlib import Path

import cycles as cy
from reference_groups import Values


def mdes(_: Path) -> Values:
    """Two designs with clusters, one without."""
    yield "V309", _found(cy.smallest_effect("cra2", n=15, J=20, rho2=0.17).mdes)
    yield "V310", _found(cy.smallest_effect("cra2", n=20, J=40, rho2=0.20, r21=0.5, r22=0.5, g2=1).mdes)
    yield "V311", _found(cy.smallest_effect("ira", n=400).mdes)


GROUPS = {"mdes": mdes}


def _found(value: float | None) -> float:
    assert value is not None
    return value
