"""Published and independent numbers, group by group. Each module offers `GROUPS`: name -> function yielding (row, our value)."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

Values = Iterator[tuple[str, float]]


def groups() -> dict[str, Callable[[Path], Values]]:
    """Every group by name; a function takes the folder of the outside data and raises FileNotFoundError when it lacks its file."""
    found: dict[str, Callable[[Path], Values]] = {}
    for module in sorted(Path(__file__).parent.glob("*.py")):
        if not module.stem.startswith("_") and module.stem != "expected":
            found.update(import_module(f"reference_groups.{module.stem}").GROUPS)
    return found
