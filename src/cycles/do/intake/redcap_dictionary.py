"""A REDCap data dictionary: the fields of a project, the columns they export to, their choices, and which of them identify a person.

Both spellings of its header are read: that of the file ("Variable / Field Name") and that of the interface (`field_name`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cycles.core.errors import ContractError, some
from cycles.do.intake.choices import listed_choices
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.item_text import plain
from cycles.do.intake.reading import AS_IT_IS, Reading

ONE_CHOICE = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
"""Fields whose choices are understood."""
TICKED = {"0": "Unchecked", "1": "Checked"}
COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
SYSTEM = {
    "Event Name": "redcap_event_name",
    "Repeat Instrument": "redcap_repeat_instrument",
    "Repeat Instance": "redcap_repeat_instance",
    "Data Access Group": "redcap_data_access_group",
    "Survey Identifier": "redcap_survey_identifier",
}
"""Columns of the tool itself: what an export with labels calls them, and their names."""
IDENTIFYING_SYSTEM = frozenset({"redcap_survey_identifier"})
_PARTS = {
    "name": ("variable/fieldname", "fieldname"),
    "form": ("formname",),
    "kind": ("fieldtype",),
    "label": ("fieldlabel",),
    "choices": ("choices,calculations,orsliderlabels", "choicesorcalculations", "selectchoicesorcalculations"),
    "identifier": ("identifier?", "identifier"),
    "missing": ("missingdatacodes",),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of an export: the field it comes from, its heading in an export with labels, its choices (code -> label)."""

    name: str
    form: str
    label: str
    choices: dict[str, str]
    identifies: bool
    is_tick: bool = False


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """The columns that a project exports, in order, and the codes that mean a missing value anywhere in it."""

    fields: tuple[Field, ...]
    missing_codes: dict[str, str]
    sha256: str

    @property
    def names(self) -> frozenset[str]:
        """Every column that the project may export."""
        forms = {field.form for field in self.fields}
        ends = {f"{form}_{end}" for form in forms for end in ("complete", "timestamp")}
        return frozenset({field.name for field in self.fields} | ends | set(SYSTEM.values()))

    def choices(self) -> dict[str, dict[str, str]]:
        """The choices of every column that has some: code -> label."""
        forms = {f"{field.form}_complete": COMPLETE for field in self.fields}
        return {**{field.name: field.choices for field in self.fields if field.choices}, **forms}


def read_dictionary(path: Path, reading: Reading = AS_IT_IS) -> Dictionary:
    """Read a data dictionary.

    Parameters
    ----------
    path : its CSV file
    reading : what the mapping declares about the data; a final line break that is absent there may be absent here too

    Raises
    ------
    ContractError
        CY202 when the file is no data dictionary, CY203 when one of its rows is ragged (what it flags as identifying must not be
        lost), and what delimited text may raise.
    """
    plain_reading = Reading(final_line_break=reading.final_line_break)
    raw = read_delimited(file_bytes(path), where=path.name, reading=plain_reading)
    if len(raw.broken):
        raise ContractError(
            "rows of the data dictionary are ragged",
            code="CY203",
            where=f"{path.name}, lines {some(raw.broken['_line'])}",
        )
    parts = _parts(raw.header, path.name)
    table = raw.table
    rows = [{part: str(row[column]).strip() for part, column in parts.items()} for row in table.to_dict("records")]
    missing = listed_choices("|".join(row.get("missing", "") for row in rows))
    fields = tuple(field for row in rows if row["name"] for field in _columns(row, missing))
    return Dictionary(fields=fields, missing_codes=missing, sha256=raw.sha256)


def _parts(header: Sequence[str], where: str) -> dict[str, str]:
    """Which column of the dictionary says what."""
    written = {re.sub(r"[\s_]", "", name.casefold()): name for name in header}
    found = {part: next((written[name] for name in names if name in written), None) for part, names in _PARTS.items()}
    absent = [part for part in ("name", "form", "kind", "choices") if found[part] is None]
    if absent:
        raise ContractError(
            "the file beside the data is no REDCap data dictionary",
            code="CY202",
            where=where,
            fix="Download the data dictionary of the project as CSV and name it under reading.beside.",
        )
    return {part: name for part, name in found.items() if name is not None}


def _columns(row: dict[str, str], missing: dict[str, str]) -> Iterator[Field]:
    """The columns that a field exports to: none for a text shown, one per choice for ticked boxes, else one."""
    kind, label = row["kind"].casefold(), plain(row.get("label", ""))
    identifies = row.get("identifier", "").casefold() in ("y", "yes", "1", "true")
    choices = listed_choices(row["choices"]) if kind in ("radio", "dropdown", "checkbox") else ONE_CHOICE.get(kind, {})
    if kind == "checkbox":
        for code, choice in {**choices, **missing}.items():
            yield Field(
                name=f"{row['name']}___{_coded(code)}",
                form=row["form"],
                label=f"{label} (choice={plain(choice)})",
                choices=TICKED,
                identifies=identifies,
                is_tick=True,
            )
    elif kind != "descriptive":
        yield Field(name=row["name"], form=row["form"], label=label, choices=choices, identifies=identifies)


def _coded(code: str) -> str:
    """How a code stands in the name of a column: small letters, a minus as an underscore."""
    return re.sub(r"[^a-z0-9_]", "_", code.casefold())


def names_of_labels(header: Sequence[str], dictionary: Dictionary) -> dict[int, str]:
    """The column names behind the headings of an export with labels, by position.

    A label that several fields share is only resolved when all of them were exported, in the order of the dictionary. "Complete?" ends
    the form of the field before it.
    """
    by_label: dict[str, list[str]] = {}
    for field in dictionary.fields:
        by_label.setdefault(field.label, []).append(field.name)
    by_label |= {label: [name] for label, name in SYSTEM.items() if label not in by_label}
    headings = [plain(heading) for heading in header]
    times = Counter(headings)
    form_of = {field.name: field.form for field in dictionary.fields}
    names: dict[int, str] = {}
    form = ""
    for position, heading in enumerate(headings):
        fields = by_label.get(heading, [])
        if len(fields) == times[heading]:
            names[position] = fields[headings[:position].count(heading)]
            form = form_of.get(names[position], form)
        elif heading == "Complete?" and form:
            names[position] = f"{form}_complete"
    return names
