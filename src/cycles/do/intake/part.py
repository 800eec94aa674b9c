"""One school's part of a source that was read once for the whole district: a text table, kept under its SHA-256."""

from dataclasses import replace

from cycles.core.errors import ContractError
from cycles.core.objects import Objects
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.intake.canonical_file import as_parquet, from_parquet


def parts_of(workspace: Workspace) -> Objects:
    """The store of parts, private to its owner. A part that is lost is made again from its source."""
    return Objects(workspace.root / ".cycles" / "parts", durable=False)


def keep_part(delivery: Delivery, *, workspace: Workspace) -> str:
    """Write a part once; returns its SHA-256, which is also the fingerprint of what the school delivered."""
    return parts_of(workspace).put(as_parquet(replace(delivery, sha256="")))


def read_part(name: str, part: str, *, workspace: Workspace) -> Delivery:
    """The part as it was kept.

    Raises
    ------
    ContractError
        CY234 when it is gone, or is not what was written.
    """
    data = parts_of(workspace).get(part)
    if data is None:
        raise ContractError(f"{name}: the school's part is gone or was changed", code="CY234", where=part[:12])
    return replace(from_parquet(data), sha256=part)
