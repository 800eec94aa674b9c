"""The CSV files of a OneRoster bundle: which must be there, their columns in OneRoster's own writing, ragged rows set aside by line."""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.do.intake.bundle import read_members
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import Reading

FILES = ("manifest", "users", "enrollments", "classes", "roles", "academicSessions", "demographics")
REQUIRED = {
    "users": ("sourcedId",),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "classes": ("sourcedId", "schoolSourcedId"),
}
"""Files without which there is no roster, and the columns that each must have."""
MOST_BROKEN = 0.5
"""Above this share of ragged rows a file is doubted as a whole; below it they are set aside, and the rest of the bundle stands."""

_COLUMNS = """
sourcedId status propertyName value role roles grades orgSourcedId orgSourcedIds primaryOrgSourcedId classSourcedId userSourcedId
schoolSourcedId classType termSourcedId termSourcedIds beginDate endDate startDate birthDate sex
americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces
hispanicOrLatinoEthnicity
"""
_WRITTEN = {name.casefold(): name for name in _COLUMNS.split()}
_WITHIN = Reading(final_line_break="absent")
"""An archive has a checksum of its own; the exports of several vendors end without a line break."""


def read_bundle(path: Path) -> dict[str, RawTable]:
    """The files of a bundle that a roster is made of, by name.

    Parameters
    ----------
    path : the zip archive (never extracted), or the folder of its CSV files

    Raises
    ------
    ContractError
        CY208 when a file is missing that must be there or that the manifest promises, CY205 when one lacks a column that it must have,
        CY203 when most rows of one are ragged; CY201, CY202 and CY207 as for archives and delimited text.
    """
    members = read_members(path, [f"{name}.csv" for name in FILES])
    _require_members(members, REQUIRED, path.name)
    files = {
        name: _member(members[f"{name.lower()}.csv"], f"{path.name}, {name}.csv")
        for name in FILES
        if f"{name.lower()}.csv" in members
    }
    told = told_by_manifest(files)
    _require_members(members, [name for name in FILES[1:] if told.get(f"file.{name}") in ("bulk", "delta")], path.name)
    for name, columns in REQUIRED.items():
        _require_columns(files[name], columns, f"{path.name}, {name}.csv")
    return files


def told_by_manifest(files: Mapping[str, RawTable]) -> dict[str, str]:
    """The properties of the manifest; none without one."""
    manifest = files["manifest"].table if "manifest" in files else pd.DataFrame()
    if not {"propertyName", "value"} <= set(manifest.columns):
        return {}
    return dict(zip(manifest["propertyName"].str.strip(), manifest["value"].str.strip(), strict=True))


def warnings_of(files: Mapping[str, RawTable]) -> list[str]:
    """What is to be said about each file. Ragged rows of users.csv are broken rows of the roster; those of the others are only told."""
    told = [f"{sentence} ({name}.csv)" for name, raw in files.items() for sentence in raw.facts["warnings"]]
    ragged = [(name, raw.broken["_line"]) for name, raw in files.items() if name != "users" and len(raw.broken)]
    return told + [
        f"CY226: {len(lines)} ragged rows of {name}.csv are not read: lines {some(lines)}" for name, lines in ragged
    ]


def _member(data: bytes, where: str) -> RawTable:
    data, narrowed = _without_nameless_columns(data)
    raw = read_delimited(data, where=where, reading=_WITHIN, max_broken_share=MOST_BROKEN)
    names = {name: _WRITTEN.get(name.casefold(), name) for name in raw.header}
    other = [name for name, ours in names.items() if name != ours]
    if len(set(names.values())) < len(names):
        raise ContractError("column names differ in capital letters only", code="CY204", where=where)
    said = ["CY226: the header ends in columns without a name that no row has; they are not read"] if narrowed else []
    said += (
        [f"CY226: columns are read though their capital letters are not those of OneRoster: {', '.join(other)}"]
        if other
        else []
    )
    return dataclasses.replace(
        raw,
        table=raw.table.rename(columns=names),
        header=tuple(names.get(name, name) for name in raw.header),
        facts={**raw.facts, "warnings": [*raw.facts["warnings"], *said]},
    )


def _without_nameless_columns(data: bytes) -> tuple[bytes, bool]:
    """A header that ends in delimiters which not a single row has is narrowed: its named columns are what the rows hold."""
    first, end, rest = data.partition(b"\n")
    named = first.rstrip(b"\r").rstrip(b",")
    if named == first.rstrip(b"\r") or any(line.rstrip(b"\r").endswith(b",") for line in rest.split(b"\n")):
        return data, False
    return named + end + rest, True


def _require_members(members: Mapping[str, bytes], names: Iterable[str], where: str) -> None:
    missing = [f"{name}.csv" for name in names if f"{name.lower()}.csv" not in members]
    if missing:
        raise ContractError(f"the bundle lacks {', '.join(missing)}", code="CY208", where=where)


def _require_columns(raw: RawTable, names: Iterable[str], where: str) -> None:
    missing = [name for name in names if name not in raw.header]
    if missing:
        raise ContractError(
            f"the file lacks the columns {', '.join(missing)}",
            code="CY205",
            where=where,
            fix="Export the bundle as OneRoster CSV.",
        )
