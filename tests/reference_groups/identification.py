"""Identification with School in grade 8 of Project STAR: the recorded scores rebuilt from the parameter and instrument files alone."""

import os
from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.core.workspace import Workspace
from reference_groups import Values

ROOT = Path(__file__).resolve().parent.parent.parent
SCALES = {"g8idblng": "belonging_as_recorded", "g8idvalu": "valuing_as_recorded", "g8idtotl": "total_as_recorded"}
INSTRUMENT = "star_identification"


def star_identification(shared: Path) -> Values:
    """The rows `g8id*`; names are those of the reference file."""
    responses, recorded = _responses(shared), _recorded(shared)
    everything = recorded.index[recorded["n_answered"] == 23]
    for name, scale in SCALES.items():
        own = pd.Index(_answered(responses, scale))
        scores = cy.score(responses, instrument=INSTRUMENT, scale=scale).set_index("respondent_id")["score"]
        for ending, students in (("", everything), ("_own", own)):
            alpha = _alpha(responses, scale, students)
            yield from _counted(f"{name}.n_complete{ending or '23'}", len(students), len(students))
            differences = int((scores[students] != recorded.loc[students, name]).sum())
            yield from _counted(f"{name}.differences{ending}", differences, len(students))
            yield from _counted(f"{name}.alpha{ending}", alpha, len(students))
        yield from _counted(f"{name}.mean", float(scores[everything].mean()), len(everything))
        yield f"{name}.mean:se", float(scores[everything].std())


GROUPS = {"star-identification": star_identification}


def _responses(shared: Path) -> pd.DataFrame:
    """The answers that the cycle file's own source gives, held to its contract."""
    if not (shared / "data" / "star").is_dir():
        raise FileNotFoundError("data/star")
    os.environ["CYCLES_DATA"] = str(shared / "data")
    cycle = cy.read_cycle_file(ROOT / "params" / "star_belonging_grade8.yml")
    workspace = Workspace(ROOT)
    return cy.hold(cy.read(cycle.sources["identification"], workspace=workspace), workspace=workspace).used


def _recorded(shared: Path) -> pd.DataFrame:
    """What the file itself recorded, and how many of the 23 questions each student answered."""
    rows = pd.read_csv(shared / "data" / "star" / "STAR_Students.csv.gz", dtype={"stdntid": "str"}, low_memory=False)
    items = [name for name in rows if name.startswith("g8id") and name not in SCALES]
    table = rows.set_index("stdntid")
    return table[[*SCALES]].astype(float).assign(n_answered=table[items].notna().sum(axis=1))


def _counted(name: str, value: float, n: int) -> Values:
    yield name, value
    yield f"{name}:n", n


def _answered(responses: pd.DataFrame, scale: str) -> pd.Series:
    """The students who answered every item of a scale."""
    items = list(cy.read_instrument(INSTRUMENT).scales[scale].items)
    return responses.dropna(subset=items)["respondent_id"]


def _alpha(responses: pd.DataFrame, scale: str, students: pd.Index) -> float:
    rows = responses[responses["respondent_id"].isin(students)]
    return float(cy.reliability(rows, instrument=INSTRUMENT, scale=scale).alpha)
