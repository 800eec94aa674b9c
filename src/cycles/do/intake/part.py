"""One school's part of a source that was read once for the whole district."""

from pathlib import Path

from cycles.core.errors import ContractError
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.intake.pack import unpack


def parts_of(workspace: Workspace) -> Path:
    """The folder of the packs, private to its owner."""
    return workspace.root / ".cycles" / "parts"


def read_part(name: str, *, pack: str | None, part: str, workspace: Workspace) -> Delivery:
    """The part as it was split off.

    Parameters
    ----------
    name : of the source, for messages
    pack, part : as the source says them

    Raises
    ------
    ContractError
        CY234 when it is gone, or is not what was written.
    """
    delivery = unpack(parts_of(workspace), pack, part) if pack else None
    if delivery is None:
        raise ContractError(f"{name}: the school's part is gone or was changed", code="CY234", where=part[:12])
    return delivery
