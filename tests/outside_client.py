"""The tables of a run as an outside client of the contract standard is given them: the contracts as they are, less what only we can say.

    python tests/outside_client.py RUN_FOLDER OUT_FOLDER

writes `OUT_FOLDER/{good,broken}/contract.yaml`, one contract with every table of the run, beside the tables as `<table>.parquet`.
In `broken`, one value and one key of one table have been spoilt: a client that does not see it sees nothing. What was left out is printed.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

CONTRACTS = Path(__file__).resolve().parent.parent / "data_contracts"
STANDARD = {"validValues", "pattern", "properties", "missingValues"}
"""What the standard itself says to a metric; bounds of `invalidValues` are ours."""


def main(run: Path, out: Path) -> int:
    """Write both folders."""
    records = json.loads((run / "records.json").read_text())["contract"]
    tables = {one["source"]: contract_of(one["contract"]) for one in records}
    left_out: list[str] = []
    schemas = [plain(contract["schema"][0], left_out) for contract in tables.values()]
    for kind in ("good", "broken"):
        folder = out / kind
        folder.mkdir(parents=True)
        for source, contract in tables.items():
            table = pd.read_parquet(run / "tables" / f"{source}.parquet")
            name = contract["schema"][0]["name"]
            (spoilt(table) if kind == "broken" and name == "attendance_days" else table).to_parquet(
                folder / f"{name}.parquet"
            )
        (folder / "contract.yaml").write_text(json.dumps(joined(schemas, folder), indent=1))
    print("\n".join(f"left out: {one}" for one in left_out) or "nothing left out")
    return 0


def contract_of(name: str) -> dict[str, Any]:
    """A contract, with numbers as numbers. Written again as JSON, so that no reader takes `on` for a truth value."""
    return YAML(typ="safe").load((CONTRACTS / f"{name}.odcs.yaml").read_text("utf-8"))


def joined(schemas: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """One contract of all tables, so that foreign keys can be followed."""
    server = {"server": "used", "type": "local", "format": "parquet", "path": f"{folder}/{{model}}.parquet"}
    head = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "run",
        "name": "run",
        "version": "1.0.0",
        "status": "active",
    }
    return {**head, "servers": [server], "schema": schemas}


def plain(schema: dict[str, Any], left_out: list[str]) -> dict[str, Any]:
    """A table's schema without the rules that the standard has no words for."""
    properties = [{**one, **_kept(one, f"{schema['name']}.{one['name']}", left_out)} for one in schema["properties"]]
    return {**schema, "properties": properties, **_kept(schema, schema["name"], left_out)}


def _kept(element: dict[str, Any], where: str, left_out: list[str]) -> dict[str, list[Any]]:
    kept: dict[str, list[Any]] = {}
    for part in ("quality", "relationships"):
        for one in element.get(part, []):
            if why := _only_ours(one):
                left_out.append(f"{where}: {one.get('metric') or part} ({why})")
            else:
                kept.setdefault(part, []).append(one)
    empty: dict[str, list[Any]] = {part: [] for part in ("quality", "relationships") if part in element}
    return {**empty, **kept}


def _only_ours(rule: dict[str, Any]) -> str:
    custom = {one["property"]: one["value"] for one in rule.get("customProperties", [])}
    if "appliesWhen" in custom:
        return "conditional"
    if rule.get("type") == "sql" and custom.get("setAside") == "row":
        return "gives lines"
    return "bounds" if set(rule.get("arguments", {})) - STANDARD else ""


def spoilt(table: pd.DataFrame) -> pd.DataFrame:
    """One status that nobody declared, and one row twice."""
    table = table.copy()
    table.loc[0, "status"] = "here"
    return pd.concat([table, table.tail(1)], ignore_index=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
