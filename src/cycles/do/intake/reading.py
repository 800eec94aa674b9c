"""What a file does not say about itself: the `reading` part of a mapping. Every entry is optional."""

from typing import Literal

from pydantic import Field

from cycles.core.models import Model


class Reading(Model):
    """How a source is to be read where that cannot be seen with certainty. Each adapter uses the entries that concern it.

    Delimited text: `encoding`, `delimiter` (one to four characters), `quote`, `escape`, `header_line` (the line of the header,
    1-based), `header_lines` (how many lines it spans, joined by a space), `names` (of a file without a header), `table` (which of
    several tables in one file, 1-based), `final_line_break` ("absent" for an exporter that never writes one).
    Any file: `rows` (data rows that the sender promises), `beside` (a second file: data dictionary, syntax, value labels).
    Workbooks: `sheet`, `sheets_beside` (further sheets that continue its rows to the right, line by line), `header_line`,
    `header_lines`, `date_system` (by default what the workbook says).
    Databases: `relation` (table or view), `query` (one SELECT, with `:name` for each entry of `values`), `values`.
    Interfaces: `resource`. XML: `record` (the element that is a row).
    """

    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=4)
    quote: str | None = Field(default=None, max_length=1)
    escape: str | None = Field(default=None, max_length=1)
    header_line: int | None = Field(default=None, ge=1)
    header_lines: int = Field(default=1, ge=1, le=5)
    names: tuple[str, ...] = ()
    table: int | None = Field(default=None, ge=1)
    final_line_break: Literal["required", "absent"] = "required"
    rows: int | None = Field(default=None, ge=0)
    beside: str | None = None
    sheet: str | None = None
    sheets_beside: tuple[str, ...] = ()
    date_system: Literal[1900, 1904] | None = None
    relation: str | None = None
    query: str | None = None
    values: dict[str, str] = {}
    resource: str | None = None
    record: str | None = None


AS_IT_IS = Reading()
"""Nothing declared: what the file itself shows."""
