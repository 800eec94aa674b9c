"""A OneRoster 1.1 bulk bundle: a zip of CSV files with a manifest, the same bytes for the same tables."""

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd

_TIMESTAMP = (1980, 1, 1, 0, 0, 0)

_KNOWN_FILES = (
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItems",
    "orgs",
    "resources",
    "results",
    "users",
)


def write_bundle(path: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write `tables`, by the names OneRoster gives them, and a manifest that names those that are there and those that are not."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        _add(bundle, "manifest", _manifest(set(tables)))
        for name, table in tables.items():
            _add(bundle, name, table)


def bulk(columns: dict[str, object], n: int) -> pd.DataFrame:
    """Every file begins with `sourcedId, status, dateLastModified`; the last two stay empty in bulk files."""
    common = {"sourcedId": columns["sourcedId"], "status": "", "dateLastModified": ""}
    values = {name: list(one) if isinstance(one, pd.Series) else one for name, one in {**common, **columns}.items()}
    return pd.DataFrame(values, index=range(n))


def _add(bundle: zipfile.ZipFile, name: str, table: pd.DataFrame) -> None:
    """Stored without compression and with a fixed time: the bytes do not depend on the machine's zlib or clock."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(table[column].tolist() for column in table.columns), strict=True))
    member = zipfile.ZipInfo(f"{name}.csv", _TIMESTAMP)
    member.external_attr = 0o600 << 16
    bundle.writestr(member, text.getvalue().encode("utf-8"))


def _manifest(present: set[str]) -> pd.DataFrame:
    facts = {"manifest.version": "1.0", "oneroster.version": "1.1"}
    facts |= {f"file.{name}": "bulk" if name in present else "absent" for name in _KNOWN_FILES}
    facts |= {"source.systemName": "Example SIS", "source.systemCode": "example"}
    return pd.DataFrame({"propertyName": facts.keys(), "value": facts.values()})
