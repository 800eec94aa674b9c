"""Sealing: the prediction and the decision rule are fixed before the data, and a later change is shown, not hidden."""

from typing import Any

from cycles.core.ledger import Ledger, Seal
from cycles.plan.cycle_file import Cycle

SEALED_KEYS = ("aim", "change", "driver", "started_on", "prediction", "measures", "design", "estimate", "decide")


def sealed_part(cycle: Cycle) -> dict[str, Any]:
    """What a seal fixes: everything that could be bent to fit the data."""
    content = cycle.model_dump(mode="json")
    return {key: content[key] for key in SEALED_KEYS}


def seal(cycle: Cycle, ledger: Ledger, *, outcome_files: list[dict[str, Any]]) -> Seal:
    """Fix a cycle's plan in the ledger; the first seal of a cycle stays.

    Parameters
    ----------
    cycle : the cycle as its file says
    ledger : where seals are kept
    outcome_files : one entry per file that feeds an outcome: `source, path, sha256` (None: not there yet) and `outcome_rows`
        (rows that already hold outcomes; None: unknown, which counts as seen)
    """
    return ledger.seal(cycle.cycle, sealed_part(cycle), outcome_files)


def deviations(cycle: Cycle, seal: Seal) -> tuple[str, ...]:
    """What the file says now that it did not say when it was sealed, one sentence per changed key.

    Returns
    -------
    tuple of str, such as ``"decide.adopt was 0.8 and is now 0.6"``
    """
    return tuple(_changes(seal.sealed, sealed_part(cycle), prefix=""))


def _changes(before: Any, after: Any, *, prefix: str) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after})
        parts = [(f"{prefix}.{key}" if prefix else key, before.get(key), after.get(key)) for key in keys]
        return [change for name, old, new in parts for change in _changes(old, new, prefix=name)]
    return [] if before == after else [f"{prefix} was {_said(before)} and is now {_said(after)}"]


def _said(value: Any) -> str:
    return "not set" if value is None else f"{value}"
