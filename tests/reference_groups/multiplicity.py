"""Twenty-five p-values of one study, adjusted for a false discovery rate, as the check of many results tells them."""

from dataclasses import replace
from pathlib import Path

import cycles as cy
from cycles.study.inference.background import Background
from reference_groups import Values
from tests.panels import small_panel

P = (
    0.001, 0.008, 0.039, 0.041, 0.042, 0.060, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.340, 0.341, 0.384, 0.569, 0.594,
    0.696, 0.762, 0.940, 0.942, 0.975, 0.986,
)  # fmt: skip
"""Diet and mammographic density (Garcia-Arenzana et al. 2014, doi:10.1002/ijc.28513)."""

ROWS = {"V259": 0, "V260": 1, "V261": 2, "V262": 4, "V263": 5}


def diet(_: Path) -> Values:
    panel = small_panel()
    first, *others = (replace(cy.estimate(panel, estimator="ancova"), id=f"p{at}", p=p) for at, p in enumerate(P))
    background = Background(subgroups={one.id: one for one in others})
    found = {one.name: one for one in cy.run_checks(first, panel, background=background)}["multiplicity"]
    assert found.table is not None
    adjusted = found.table.sort_values("p")["p_bh"].tolist()
    for row, place in ROWS.items():
        yield row, adjusted[place]


GROUPS = {"bh": diet}
