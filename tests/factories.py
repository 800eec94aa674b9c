"""Makers of small, honest inputs: panels with a planted effect, answers to an instrument, a whole example workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import numpy as np
import pandas as pd

from cycles.core.vocabulary import Panel
from cycles.plan.instruments import Instrument, read_instrument
from cycles.runs.example import DEFAULT_TRUTH, Stage, Truth, write_example

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "params/check-ins-2026-fall.yml"


def make_panel(
    n_clusters: int = 12,
    per_cluster: int = 20,
    effect: float = 0.2,
    icc: float = 0.1,
    seed: int = 0,
    *,
    n_blocks: int = 0,
    pre_post: float = 0.6,
    drift: float = 0.0,
    missing_share: float = 0.0,
    missing_follows_baseline: float = 0.0,
    outcome_unit: str = "points",
) -> Panel:
    """A panel whose outcome has variance 1 in each arm, `icc` of it between clusters, and `effect` added in the change arm.

    Parameters
    ----------
    n_clusters, per_cluster : how many classrooms, how many students in each
    effect : what the change adds to the outcome (standard deviations, because the outcome's is 1)
    icc : share of the variance between clusters, at baseline and follow-up alike
    seed : the same seed, the same panel
    n_blocks : schools; clusters are dealt to them in turn, and arms alternate within each. 0: no blocks
    pre_post : correlation of baseline and outcome, of clusters as of students
    drift : what happens to everyone between the waves
    missing_share : share of units without an outcome
    missing_follows_baseline : log odds of having an outcome, per standard deviation of baseline
    """
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), per_cluster)
    block = np.arange(n_clusters) % n_blocks if n_blocks else np.zeros(n_clusters, dtype=int)
    arm = np.where(_alternating(block, rng)[cluster], "check_ins", "not_yet")
    baseline, later = _before_and_after(cluster, icc, pre_post, rng)
    outcome = later + drift + effect * (arm == "check_ins")
    outcome[_goes_missing(baseline, missing_share, missing_follows_baseline, rng)] = np.nan
    table = pd.DataFrame(
        {
            "unit": [f"{number:06d}" for number in range(1, len(cluster) + 1)],
            "cluster": [f"A{number + 1:02d}" for number in cluster],
            "block": pd.Series([f"S{number + 1}" if n_blocks else None for number in block[cluster]], dtype="str"),
            "arm": arm,
            "baseline": baseline,
            "outcome": outcome,
        }
    )
    return Panel(
        table=table,
        measure="belonging",
        outcome_unit=outcome_unit,
        design="cluster_comparison",
        change="check_ins",
        comparison="not_yet",
        cluster_name="classroom_id",
        block_name="school_id" if n_blocks else None,
    )


def make_responses(
    n_students: int = 40,
    *,
    instrument: str = "school_belonging",
    waves: Sequence[str] = ("2026-fall", "2027-winter"),
    missing_share: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Answers to an instrument as a canonical text table, one row per student and wave.

    Each student has a level that all items share, turned round for reversed items; `missing_share` of the answers are
    empty. Columns are `respondent_id, respondent_role, wave, answered_on` and the items.
    """
    rng = np.random.default_rng(seed)
    asked = read_instrument(instrument)
    turned = {item for scale in asked.scales.values() for item in scale.reversed}
    usual = rng.normal(0.6, 0.2, n_students)
    parts = []
    for at, wave in enumerate(waves):
        level = usual + rng.normal(0, 0.1, n_students)
        table = pd.DataFrame({"respondent_id": [f"{number:06d}" for number in range(1, n_students + 1)]})
        table["respondent_role"], table["wave"] = asked.respondent, wave
        table["answered_on"] = str(np.datetime64("2026-09-21") + 120 * at)
        for item in asked.items:
            place = np.clip(level + rng.normal(0, 0.15, n_students), 0, 1)
            codes = _codes(asked, item)
            answers = codes[np.rint((1 - place if item in turned else place) * (len(codes) - 1)).astype(int)]
            table[item] = np.where(rng.random(n_students) < missing_share, "", answers)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class District:
    """A workspace with the example district in it."""

    folder: Path
    cycle_file: Path
    truth: Truth


def make_district(
    folder: Path,
    n_students: int = 240,
    *,
    seed: int = 2026,
    stage: Stage = "after",
    broken: bool = True,
    truth: Truth = DEFAULT_TRUTH,
) -> District:
    """Make `folder` a workspace that holds the example district's exports, its cycle file and its mapping."""
    for name in ("cycles.toml", EXAMPLE, "params/mappings/pulse.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    planted = write_example(folder, n_students=n_students, seed=seed, stage=stage, broken=broken, truth=truth)
    return District(folder, folder / EXAMPLE, planted)


def _codes(asked: Instrument, item: str) -> np.ndarray:
    """The codes of a closed item, or the whole numbers of a numeric one, from low to high."""
    span = asked.items[item].range
    codes = list(asked.codes(item)) if span is None else [str(one) for one in range(int(span[0]), int(span[1]) + 1)]
    return np.array(codes, dtype=object)


def _alternating(block: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Within each block, clusters in random order take the arms in turn."""
    order = np.lexsort((rng.random(len(block)), block))
    changed = np.empty(len(block), dtype=bool)
    changed[order] = np.arange(len(block)) % 2 == 0
    return changed


def _before_and_after(
    cluster: np.ndarray, icc: float, pre_post: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    parts = ((cluster, np.sqrt(icc)), (np.arange(len(cluster)), np.sqrt(1 - icc)))
    baseline, later = np.zeros(len(cluster)), np.zeros(len(cluster))
    for group, sd in parts:
        first, fresh = rng.standard_normal((2, group.max() + 1))
        baseline += sd * first[group]
        later += sd * (pre_post * first + np.sqrt(1 - pre_post**2) * fresh)[group]
    return baseline, later


def _goes_missing(baseline: np.ndarray, share: float, follows: float, rng: np.random.Generator) -> np.ndarray:
    """The share is exact; who is missing leans on the baseline as asked."""
    logistic = rng.logistic(size=len(baseline))
    last = np.argsort(follows * baseline + logistic)[: round(share * len(baseline))]
    return np.isin(np.arange(len(baseline)), last)
