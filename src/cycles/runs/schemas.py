"""JSON Schemas of the parameter files, so that editors complete and check them."""

import json
from typing import Any

from cycles.plan.cycle_file import KINDS, AnnualImpact, Cycle

FOLDER = "params/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of parameter file, by kind.

    Examples
    --------
    >>> sorted(schemas())
    ['annual_impact', 'evaluation', 'pdsa_cycle']
    >>> schemas()["evaluation"]["properties"]["kind"]
    {'const': 'evaluation', 'title': 'Kind', 'type': 'string'}
    """
    return {kind: _schema(kind) for kind in KINDS}


def schema_files() -> dict[str, str]:
    """Path (below the workspace) and text of every schema file."""
    return {
        f"{FOLDER}/{kind}.json": json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        for kind, content in schemas().items()
    }


def _schema(kind: str) -> dict[str, Any]:
    model = AnnualImpact if kind == "annual_impact" else Cycle
    content = model.model_json_schema()
    content["properties"]["kind"] = {"const": kind, "title": "Kind", "type": "string"}
    content["properties"].pop("of_unit", None)
    definitions = content.get("$defs", {})
    definitions.pop("OfUnit", None)
    for name in ("name", "part", "pack"):  # what cycles writes, people need not be offered
        definitions["Source"]["properties"].pop(name, None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **content}
