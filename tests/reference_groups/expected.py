"""The expected numbers with their tolerances, read from the reference files."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

PRINTED = 5e-7 + 1e-12
"""Half a unit of the sixth decimal: the precision these values are printed with."""

PRINTED_FILES = {
    "star": ("star_expected.csv", re.compile(r"gk\.|g1\.|attrition\.")),
    "star-identification": ("star_expected.csv", re.compile(r"g8id\w+\.(n_complete|differences|alpha|mean)")),
    "nslm": ("nslm_expected.csv", re.compile(r"nslm\.")),
}
"""Groups with a file of printed values, and which of its rows belong to each."""


@dataclass(frozen=True)
class Expected:
    """One reference number: what it is, and how far ours may be from it (`relative` to its size, or not)."""

    label: str
    value: float
    tolerance: float
    relative: bool = False

    def deviation(self, ours: float) -> float:
        """Distance of our value, in the tolerance's own terms."""
        return abs(ours - self.value) / (abs(self.value) if self.relative else 1.0)


def expected_of(group: str, shared: Path) -> dict[str, Expected]:
    """The rows of one group by name."""
    return _printed(shared, *PRINTED_FILES[group]) if group in PRINTED_FILES else _catalogue(group, shared)


def _catalogue(group: str, shared: Path) -> dict[str, Expected]:
    with (shared / "reference" / "catalogue.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["group"] == group]
    return {row["id"]: _one(row) for row in rows}


def _one(row: dict[str, str]) -> Expected:
    told = row["tolerance"].split()
    size = 1e-12 if told[0] == "exact" else float(told[0])
    return Expected(row["estimator"], float(row["reference_value"]), size, "rel" in told)


def _printed(shared: Path, file: str, wanted: re.Pattern[str]) -> dict[str, Expected]:
    with (shared / "reference" / file).open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if wanted.match(row["quantity"])]
    found: dict[str, Expected] = {}
    for row in rows:
        name = row["quantity"]
        found[name] = Expected("value", float(row["value"]), PRINTED)
        found[f"{name}:n"] = Expected("n", float(row["n"]), 0.0)
        if row["se"]:
            found[f"{name}:se"] = Expected("standard error", float(row["se"]), PRINTED)
        df = re.search(r"Satterthwaite df=([\d.]+)", row["definition"])
        if df:
            found[f"{name}:df"] = Expected("degrees of freedom", float(df[1].rstrip(".")), 5e-5 + 1e-12)
    return found
