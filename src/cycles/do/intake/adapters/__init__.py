"""Adapters: one module per kind of source, each turning bytes on disk into a text table."""

from cycles.core.registry import Registry

ADAPTERS = Registry("cycles.do.intake.adapters", kind="adapter")
"""Each entry is `adapter(path, *, columns) -> RawTable`; `columns` are the names a mapping reads, or None.

The fact `table` is the canonical table that an adapter makes by itself."""
