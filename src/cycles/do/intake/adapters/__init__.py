"""Adapters: one module per kind of source, each turning bytes on disk into a text table."""

from cycles.core.registry import Registry

ADAPTERS = Registry("cycles.do.intake.adapters", kind="adapter")
"""Each entry is `adapter(path, *, columns, reading) -> RawTable`: `columns` are the names a mapping reads, or None; `reading` is what
the mapping declares about the file (:class:`cycles.do.intake.reading.Reading`). `path` is a Path, or an address (text) for a source
that is no file.

The fact `table` is the canonical table that an adapter makes by itself."""
