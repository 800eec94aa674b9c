"""Strict YAML: text stays text, keys stand once, no aliases, no tags, bounded size and depth.

`00417` stays `00417` and `no` stays `no`; the models that read the file say which values are numbers, dates or truth values.
"""

import re
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from cycles.core.errors import ParameterError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")


def load(path: str | Path) -> Any:
    """The content of a YAML file as dicts, lists, strings and None.

    Raises
    ------
    ParameterError
        CY104 if there is no such file; CY103 if it is not strict YAML.

    Examples
    --------
    >>> loads("id: 00417\\nopen: no")
    {'id': '00417', 'open': 'no'}
    """
    path = Path(path)
    if not path.is_file():
        raise ParameterError(f"no file {path.name}", code="CY104", where=str(path))
    if path.stat().st_size > MAX_BYTES:
        raise ParameterError("file is larger than 256 KB", code="CY103", where=str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ParameterError("file is not UTF-8 text", code="CY103", where=str(path)) from None
    return loads(text, where=str(path))


def loads(text: str, *, where: str = "") -> Any:
    """As :func:`load`, from text."""
    return deepcopy(_content(text, where))


@lru_cache(maxsize=64)
def _content(text: str, where: str) -> Any:
    """A run reads the same few files again and again, and parsing is slow."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import AliasEvent

    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ParameterError("file is larger than 256 KB", code="CY103", where=where)
    try:
        for event in YAML(typ="safe", pure=True).parse(text) if "&" in text or "*" in text else ():
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1
                raise ParameterError("an anchor or alias (& or *)", code="CY103", where=f"{where}, line {line}")
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        raise ParameterError("YAML syntax error", code="CY103", where=place) from None
    except (ValueError, RecursionError):
        raise ParameterError("YAML syntax error", code="CY103", where=where) from None
    return None if node is None else _build(node, where=where, depth=1)


def _build(node: Any, *, where: str, depth: int) -> Any:
    place = f"{where}, line {node.start_mark.line + 1}"
    if depth > MAX_DEPTH:
        raise ParameterError(f"nested deeper than {MAX_DEPTH} levels", code="CY103", where=place)
    if not str(node.tag).startswith("tag:yaml.org,2002:") or str(node.tag).startswith("tag:yaml.org,2002:python"):
        raise ParameterError("a tag (!)", code="CY103", where=place)
    if node.id == "mapping":
        return _mapping(node, where=where, depth=depth)
    if node.id == "sequence":
        return [_build(one, where=where, depth=depth + 1) for one in node.value]
    if node.style is None and node.value in ("", "~", "null"):
        return None
    return node.value


def _mapping(node: Any, *, where: str, depth: int) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = f"{where}, line {key_node.start_mark.line + 1}"
        if key_node.id != "scalar":
            raise ParameterError("a key that is not a word", code="CY103", where=place)
        key = key_node.value
        if key in built:
            raise ParameterError(f"the key '{key}' stands twice", code="CY103", where=place)
        built[key] = _build(value_node, where=where, depth=depth + 1)
    return built


def number_or_text(value: Any) -> Any:
    """A plain number as a number, `true`/`false` as a truth value, anything else as it is.

    >>> [number_or_text(v) for v in ("30", "0.5", "007", "true", "no")]
    [30, 0.5, '007', True, 'no']
    """
    if not isinstance(value, str):
        return value
    if value in ("true", "false"):
        return value == "true"
    if _NUMBER.match(value):
        return float(value) if "." in value else int(value)
    return value
