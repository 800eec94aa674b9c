"""Reading a file into a model: all problems at once, each naming its key and the nearest known one."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from cycles.core import strict_yaml
from cycles.core.errors import CyclesError, ParameterError, ProblemsError


class Model(BaseModel):
    """Base of every file model: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a YAML file.

        Raises
        ------
        ProblemsError
            Every problem of the file: CY101 for unknown keys, CY105 for values that are not allowed, CY108 for unsafe names.
        """
        return cls.parse(strict_yaml.load(path), where=str(path))

    @classmethod
    def parse(cls, content: Any, *, where: str | Callable[[list[str]], str]) -> Self:
        """As :meth:`read`, from content already loaded; `where` is the file, or tells the file of each key."""
        tell = where if callable(where) else lambda _path: where
        if not isinstance(content, dict):
            raise ParameterError("the file is empty or not a mapping", code="CY105", where=tell([]))
        try:
            return cls.model_validate(content)
        except ValidationError as invalid:
            problems = [_problem(cls, error, tell) for error in invalid.errors(include_url=False)]
        raise ProblemsError(problems)


def _problem(model: type[BaseModel], error: Any, where: Callable[[list[str]], str]) -> CyclesError:
    path = [str(part) for part in error["loc"]]
    place = f"{where(path)}, {'.'.join(path)}" if path else where(path)
    if error["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        close = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.4)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        return ParameterError(
            f"unknown key '{path[-1]}'", code="CY101", where=place, fix=f"{hint}Known: {', '.join(sorted(known))}."
        )
    if error["type"] == "missing":
        return ParameterError(f"'{path[-1]}' is missing", code="CY105", where=place, fix=f"Add '{path[-1]}'.")
    message = str(error["msg"]).removeprefix("Value error, ")
    code = "CY108" if "safe name" in message else "CY105"
    return ParameterError(message, code=code, where=place)


def _known_keys(model: type[BaseModel], path: list[str]) -> list[str]:
    """The keys of the (nested) model at `path`, found by walking the JSON Schema."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in path:
        node = _child(node, part, schema)
    node = _resolve(node, schema)
    return list(node.get("properties", {}))


def _child(node: dict[str, Any], part: str, schema: dict[str, Any]) -> dict[str, Any]:
    node = _resolve(node, schema)
    if part in node.get("properties", {}):
        return node["properties"][part]
    if isinstance(node.get("additionalProperties"), dict):
        return node["additionalProperties"]
    return node.get("items", node) if part.isdigit() else node


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in [node, *node.get("anyOf", [])]:
        if "$ref" in option:
            return schema["$defs"][option["$ref"].rsplit("/", 1)[-1]]
        if "properties" in option or "additionalProperties" in option:
            return option
    return node
