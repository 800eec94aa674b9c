"""Copies of what was delivered: the canonical text table of each version, content-addressed, so that an old estimate stays reproducible.

Not the file: columns that the mapping drops, such as names, are not kept.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from cycles.core import files
from cycles.core.deliveries import Deliveries, Revision
from cycles.core.errors import ContractError
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.intake.canonical_file import as_parquet, from_parquet
from cycles.plan.cycle_file import Source


def keep_copy(delivery: Delivery, *, basis: dict[str, str], workspace: Workspace) -> str:
    """Write the canonical text table under the SHA-256 of what is written, once, private.

    Parameters
    ----------
    delivery : what was read
    basis : the hashes of the mapping, contract and instrument that it was read by
    workspace : its `.cycles/deliveries` holds the copies

    Returns
    -------
    str
        The SHA-256.
    """
    data = as_parquet(replace(delivery, facts={**delivery.facts, "kept_basis": basis}))
    digest = hashlib.sha256(data).hexdigest()
    path = _place(workspace, digest)
    if not path.is_file():
        files.make_private(path.parent.parent)
        files.make_private(path.parent)
        files.atomic_write(path, data)
    return digest


def read_copy(source: Source, *, workspace: Workspace, deliveries: Deliveries, revision: Revision) -> Delivery:
    """A source as it was delivered for a revision.

    Parameters
    ----------
    source : one entry of the cycle's `sources`
    workspace : as for :func:`keep_copy`
    deliveries : the ledger's part that knows the receipts
    revision : says which version of the source

    Raises
    ------
    ContractError
        CY232 when the revision did not use the source, or its copy is gone or is not what was written.
    """
    used = revision.inputs.get(source.name)
    if used is None:
        raise ContractError(f"the revision did not use the source {source.name}", code="CY232", where=source.name)
    receipt = next(one for one in deliveries.receipts(revision.cycle, source.name) if one.version == used["version"])
    path = _place(workspace, receipt.kept)
    if not path.is_file() or files.sha256(path) != receipt.kept:
        raise ContractError(
            f"{source.name}: what was kept of version {receipt.version} is gone or was changed",
            code="CY232",
            where=str(path),
        )
    return from_parquet(path)


def _place(workspace: Workspace, digest: str) -> Path:
    return workspace.ledger_path.parent / "deliveries" / digest[:2] / f"{digest}.parquet"
