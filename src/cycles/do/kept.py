"""Copies of what was delivered: the canonical text table of each version, content-addressed, so that an old estimate stays reproducible.

Not the file: columns that the mapping drops, such as names, are not kept.
"""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from cycles.core import files
from cycles.core.deliveries import Deliveries, Revision
from cycles.core.errors import ContractError
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.intake.raw import broken_rows
from cycles.plan.cycle_file import Source

_ABOUT = b"cycles.delivery"


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
    data = _as_parquet(delivery, basis)
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
    return _from_parquet(path)


def _place(workspace: Workspace, digest: str) -> Path:
    return workspace.ledger_path.parent / "deliveries" / digest[:2] / f"{digest}.parquet"


def _as_parquet(delivery: Delivery, basis: dict[str, str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "name": delivery.name,
        "canonical": delivery.canonical,
        "contract": delivery.contract,
        "path": delivery.path,
        "sha256": delivery.sha256,
        "rows_raw": int(delivery.rows_raw),
        "instrument": delivery.instrument,
        "excluded": delivery.excluded[["rule", "n", "of"]].to_numpy().tolist(),
        "broken": delivery.broken.to_dict("list"),
        "facts": {**delivery.facts, "kept_basis": basis},
    }
    table = pa.Table.from_pandas(delivery.table, preserve_index=False)
    said = json.dumps(about, default=_plain, ensure_ascii=False, sort_keys=True)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _ABOUT: said.encode()})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """Numbers of numpy as numbers; anything else that JSON does not know as text."""
    return value.item() if hasattr(value, "item") else list(value) if isinstance(value, set | tuple) else str(value)


def _from_parquet(path: Path) -> Delivery:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[_ABOUT])
    excluded = pd.DataFrame([tuple(row) for row in about.pop("excluded")], columns=["rule", "n", "of"])
    broken = about.pop("broken")
    rows = broken_rows(broken["_line"]).assign(_rules=pd.array(broken["_rules"], dtype="str"))
    return Delivery(table=table.to_pandas(), excluded=excluded, broken=rows, **about)
