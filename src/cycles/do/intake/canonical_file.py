"""A delivery as one Parquet file: its canonical text table, and everything else that was known of it when it was read."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from cycles.core.vocabulary import Delivery
from cycles.do.intake.raw import broken_rows

_ABOUT = b"cycles.delivery"


def as_parquet(delivery: Delivery) -> bytes:
    """The same delivery gives the same bytes."""
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
        "facts": delivery.facts,
    }
    table = pa.Table.from_pandas(delivery.table, preserve_index=False)
    said = json.dumps(about, default=_plain, ensure_ascii=False, sort_keys=True)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _ABOUT: said.encode()})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def from_parquet(source: Path | bytes) -> Delivery:
    """What :func:`as_parquet` wrote."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(source) if isinstance(source, bytes) else source)
    about = json.loads(table.schema.metadata[_ABOUT])
    excluded = pd.DataFrame([tuple(row) for row in about.pop("excluded")], columns=["rule", "n", "of"])
    broken = about.pop("broken")
    rows = broken_rows(broken["_line"]).assign(_rules=pd.array(broken["_rules"], dtype="str"))
    return Delivery(table=table.to_pandas(), excluded=excluded, broken=rows, **about)


def _plain(value: Any) -> Any:
    """Numbers of numpy as numbers; anything else that JSON does not know as text."""
    return value.item() if hasattr(value, "item") else list(value) if isinstance(value, set | tuple) else str(value)
