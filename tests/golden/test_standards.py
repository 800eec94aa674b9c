"""Ratings and tiers against tables written by hand from the handbooks and the law; `rule` names the passage each row stands on."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cycles.act.evidence.standards.essa import essa_tier
from cycles.act.evidence.standards.study import Study
from cycles.act.evidence.standards.wwc import WwcRating, wwc_rating
from cycles.plan.standards import Standards
from cycles.study.inference.losses import Loss

HERE = Path(__file__).parent / "standards"


def rows_of(name: str) -> list[dict[str, str]]:
    return pd.read_csv(HERE / name, dtype=str, keep_default_na=False).to_dict("records")


def answered(**answers: Any) -> Standards:
    return Standards.parse({name: value for name, value in answers.items() if value not in ("", None)}, where="x.yml")


def losses_of(told: str) -> tuple[Loss, ...] | None:
    parts = [one.split() for one in told.split(";") if one]
    return tuple(Loss(level=level, overall=float(a), differential=float(b)) for level, a, b in parts) or None


@pytest.mark.parametrize("row", rows_of("ratings.csv"), ids=lambda row: row["case"])
def test_a_study_gets_the_rating_of_the_handbook(row):
    kind, _, value = row["reliability"].partition(" ")
    study = Study(
        measure="belonging",
        design="any",
        state=row["estimate"],
        compares=row["comparison"] == "yes",
        randomised=row["lots"] == "yes",
        by_cluster=row["assigned"] == "cluster",
        one_cluster_in_an_arm=row["confounds"] == "single",
        losses=losses_of(row["lost"]),
        baseline=row["baseline"],
        records=kind == "records",
    )
    answers = answered(
        confounds=row["confounds"],
        compromised_assignment=row["compromised"],
        joiners=row["joiners"],
        outcome_overaligned=row["overaligned"],
        measured_alike=row["alike"],
        reliability={"kind": kind, "value": value} if value else None,
        change_affects_staying="no" if row["boundary"] == "optimistic" else "",
    )
    found = wwc_rating(study, answers)
    assert found.rating == row["rating"]
    if found.rating == "cannot be rated":
        assert found.next_step
    if found.rating in ("does not meet", "meets with reservations"):
        assert found.failing
        assert all(one.step for one in found.failing)
        assert found.next_step


@pytest.mark.parametrize("row", rows_of("tiers.csv"), ids=lambda row: row["case"])
def test_a_study_could_support_the_tier_of_the_law(row):
    compares = row["design"] != "one_group"
    study = Study(
        measure="belonging",
        design="any",
        state="estimated",
        compares=compares,
        randomised=row["design"] == "randomised",
        by_cluster=True,
        controls=row["controls"] == "yes",
        records=True,
        n=int(row["n"]),
        n_large_groups=int(row["large_groups"]),
        p=float(row["p"]) if row["p"] else None,
        favourable=row["favourable"] == "yes",
    )
    answers = answered(
        confounds=row["confounds"],
        compromised_assignment="no",
        outcome_overaligned="no",
        measured_alike="yes",
        sites=row["sites"],
        same_population_and_setting=row["overlap"],
        negative_evidence_elsewhere=row["negative"],
        logic_model=row["logic_model"],
    )
    rating = WwcRating(rating=row["rating"], conditions=wwc_rating(study, answers).conditions, next_step="Say it.")
    found = essa_tier(study, rating, answers)
    assert str(found.tier or "none") == row["tier"]
    assert " ".join(map(str, found.undecided)) == row["undecided"]
    assert (found.tier == 1) == (found.next_step == "")
