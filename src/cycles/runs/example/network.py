"""Yearly figures of the 26 high schools of a network that schools join in groups, each for three years of support.

Three groups joined in three years; ten schools have not. Gains grow over the years and are larger in the groups that joined first.
"""

from pathlib import Path

import numpy as np
import pandas as pd

YEARS = tuple(f"{year}-{(year + 1) % 100:02d}" for year in range(2016, 2024))
JOINED = {"2019-20": 5, "2020-21": 6, "2021-22": 5}
"""Schools by the first year in which they belonged to the network."""

NOT_JOINED = 10
GAINS = (0.02, 0.045, 0.06, 0.065, 0.065)
"""What belonging adds to the share on track in the first year, the second, and so on, of a group of ordinary gain."""

STRENGTH = {"2019-20": 1.4, "2020-21": 1.0, "2021-22": 0.6}
"""How many times these gains a group has."""

_LEVEL_SD, _COMMON_SD, _OWN_SD, _CARRIED, _TREND = 0.06, 0.002, 0.02, 0.4, 0.001


def write_network(data: Path, *, seed: int) -> None:
    """Write who joined when, and the published figures of each year.

    Parameters
    ----------
    data : the folder
    seed : of the district; the same gives the same bytes
    """
    draws = np.random.default_rng([seed, 11])
    joined = [*(year for year, n in JOINED.items() for _ in range(n)), *[""] * NOT_JOINED]
    schools = [f"HS{number:02d}" for number in draws.permutation(len(joined)) + 1]
    people = draws.integers(90, 420, len(schools))
    parts = [
        pd.DataFrame({"site_id": school, "period": YEARS, "measure": measure, "value": np.round(row, 4), "n": n})
        for measure, values in (("on_track_share", _on_track(joined, draws)), ("suspended_share", _suspended(len(joined), draws)))
        for school, row, n in zip(schools, values, people, strict=True)
    ]  # fmt: skip
    rows = pd.concat(parts).sort_values(["measure", "site_id", "period"])
    rows.to_csv(data / "network-figures.csv", index=False, lineterminator="\n")
    _write_members(data / "network-members.csv", schools, joined)


def planted_gain() -> float:
    """The mean effect over every school and year in the network, as planted.

    >>> round(planted_gain(), 4)
    0.0516
    """
    gains = [STRENGTH[year] * np.array(GAINS[: len(YEARS) - YEARS.index(year)]) for year in JOINED]
    sizes = [n * len(gain) for n, gain in zip(JOINED.values(), gains, strict=True)]
    return float(np.average([gain.mean() for gain in gains], weights=sizes))


def _on_track(joined: list[str], draws: np.random.Generator) -> np.ndarray:
    """Share of ninth graders on track to graduate: (schools, years)."""
    shape = (len(joined), len(YEARS))
    level = draws.normal(0.72, _LEVEL_SD, (len(joined), 1))
    common = draws.normal(0, _COMMON_SD, len(YEARS)) + _TREND * np.arange(len(YEARS))
    own = draws.normal(0, _OWN_SD, shape)
    for year in range(1, len(YEARS)):
        own[:, year] += _CARRIED * own[:, year - 1]
    return np.clip(level + common + own + np.array([_gain(year) for year in joined]), 0.05, 0.99)


def _gain(joined: str) -> np.ndarray:
    gain = np.zeros(len(YEARS))
    if joined:
        first = YEARS.index(joined)
        gain[first:] = STRENGTH[joined] * np.array(GAINS[: len(YEARS) - first])
    return gain


def _suspended(n: int, draws: np.random.Generator) -> np.ndarray:
    return np.clip(draws.normal(0.06, 0.012, (n, 1)) + draws.normal(0, 0.006, (n, len(YEARS))), 0.001, 0.5)


def _write_members(path: Path, schools: list[str], joined: list[str]) -> None:
    table = pd.DataFrame(
        {
            "unit_id": schools,
            "unit_kind": "school",
            "arm": ["network" if year else "not_joined" for year in joined],
            "started_on": [f"{year[:4]}-09-01" if year else "" for year in joined],
            "assigned_by": "asked to join",
        }
    )
    table.sort_values("unit_id").to_csv(path, index=False, lineterminator="\n")
