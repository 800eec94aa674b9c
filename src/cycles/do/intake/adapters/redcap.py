"""REDCap CSV exports, codes or labels, long over events and repeats; held to the project's data dictionary if it lies beside them."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.beside import beside
from cycles.do.intake.choices import outside_choices
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.identifying import identifies, only_carried
from cycles.do.intake.positions import read_by_position
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.redcap_dictionary import IDENTIFYING_SYSTEM, Dictionary, names_of_labels, read_dictionary

MOST_UNKNOWN = 0.5
"""Share of columns above which the dictionary is taken to be that of another project."""


@ADAPTERS.register("redcap", table=None)
def redcap(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    r"""Read a REDCap CSV export.

    Parameters
    ----------
    path : the export of records, with codes ("raw") or with labels; `redcap_event_name`, `redcap_repeat_instrument` and
        `redcap_repeat_instance` are columns like any other
    columns : the columns that a mapping reads, by field name; ticked boxes are `field___code`
    reading : `beside` names the project's data dictionary

    Returns
    -------
    RawTable
        One row per record, event and repeat. Columns that identify a person (flagged so in the dictionary, or by their names) are
        dropped unless in `columns`. `facts`: `labels` (column -> code -> label), `item_text`, `missing_declared`, `headers` (names or
        labels), `dropped`, `beside`. Values that are none of a field's choices are counted in a CY218 warning.

    Raises
    ------
    ParameterError
        CY104 when the dictionary is not where the mapping says.
    ContractError
        CY202 when the file beside is no data dictionary, CY205 when it is that of another project, CY204 when a name stands twice.

    Notes
    -----
    An export with labels (headings such as "Record ID") goes by the field names of its dictionary, and its values stay labels.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "fields.csv").write_text(
    ...     "field_name,form_name,field_type,field_label,select_choices_or_calculations,identifier\n"
    ...     'record_id,pulse,text,Record ID,,\nnick,pulse,text,Nickname,,y\nglad,pulse,radio,Glad?,"1, Yes | 2, No",\n')
    >>> _ = (folder / "data.csv").write_text("record_id,nick,glad,pulse_complete\n007,Bo,2,2\n")
    >>> read = redcap(folder / "data.csv", reading=Reading(beside="fields.csv"))
    >>> read.table.to_dict("records")
    [{'record_id': '007', 'glad': '2', 'pulse_complete': '2', '_line': 2}]
    >>> read.facts["labels"]["glad"], read.facts["dropped"]
    ({'1': 'Yes', '2': 'No'}, ['nick'])
    """
    path = Path(path)
    fields = beside(path, reading)
    dictionary = read_dictionary(fields, reading) if fields else None
    raw, headings = read_by_position(file_bytes(path), where=path.name, reading=reading)
    header, by_label = _names(headings, dictionary)
    _refuse_names_twice(header, path.name)
    named = {f"c{number}": name for number, name in enumerate(header, 1) if name}
    read = dataclasses.replace(raw, table=raw.table[[*named, LINE]].rename(columns=named), header=tuple(header))
    unknown = _unknown(header, dictionary, path.name)
    kept = only_carried(read, columns, identifying=_identifying(dictionary))
    facts = {
        "headers": "labels" if by_label else "names",
        **_said(dictionary, kept.table.columns),
        **_beside(dictionary, fields),
    }
    warnings = [*raw.facts["warnings"], *unknown, *_outside(kept.table, dictionary)]
    return as_promised(dataclasses.replace(kept, facts={**kept.facts, **facts, "warnings": warnings}), path, reading)


def _names(headings: list[str], dictionary: Dictionary | None) -> tuple[list[str], bool]:
    """Column names; from the labels of the dictionary if more headings are labels than names."""
    if dictionary is None:
        return headings, False
    known = sum(heading in dictionary.names for heading in headings)
    of_labels = names_of_labels(headings, dictionary)
    if len(of_labels) <= known:
        return headings, False
    return [of_labels.get(position, heading) for position, heading in enumerate(headings)], True


def _refuse_names_twice(header: list[str], where: str) -> None:
    twice = [position + 1 for position, name in enumerate(header) if name and name in header[:position]]
    if twice:
        raise ContractError(
            f"{len(twice)} column names stand twice in the header",
            code="CY204",
            where=f"{where}, columns number {some(twice)}",
            fix="Export the raw data (codes and field names), or every field of the project.",
        )


def _unknown(header: list[str], dictionary: Dictionary | None, where: str) -> list[str]:
    if dictionary is None:
        return ["no data dictionary was named: identifying columns are told by their names, choices are not checked"]
    named = [name for name in header if name]
    unknown = [name for name in named if name not in dictionary.names]
    if len(unknown) > MOST_UNKNOWN * len(named):
        raise ContractError(
            f"{len(unknown)} of {len(named)} columns are not in the data dictionary",
            code="CY205",
            where=where,
            fix="Name the data dictionary of the same project under reading.beside.",
        )
    return [f"CY226: columns that the data dictionary does not have: {', '.join(unknown)}"] if unknown else []


def _identifying(dictionary: Dictionary | None) -> Callable[[str], bool]:
    flagged = {field.name for field in dictionary.fields if field.identifies} if dictionary else set()
    return lambda name: name in flagged or name in IDENTIFYING_SYSTEM or identifies(name)


def _said(dictionary: Dictionary | None, names: Iterable[str]) -> dict[str, Any]:
    """What the dictionary says of the columns carried."""
    if dictionary is None:
        return {}
    choices, texts = dictionary.choices(), {field.name: field.label for field in dictionary.fields}
    codes = list(dictionary.missing_codes)
    return {
        "labels": {name: dict(choices[name]) for name in names if name in choices},
        "item_text": {name: texts[name] for name in names if name in texts},
        "missing_declared": {name: codes for name in names if name in texts} if codes else {},
    }


def _beside(dictionary: Dictionary | None, fields: Path | None) -> dict[str, Any]:
    return {"beside": {"file": fields.name, "sha256": dictionary.sha256}} if dictionary and fields else {}


def _outside(table: pd.DataFrame, dictionary: Dictionary | None) -> list[str]:
    """Values that are neither codes nor labels. Both are taken: an export holds the one or the other."""
    if dictionary is None:
        return []
    both = {name: _as_exported(table, name, choices) for name, choices in dictionary.choices().items()}
    return outside_choices(table, both, dictionary.missing_codes)


def _as_exported(table: pd.DataFrame, name: str, choices: dict[str, str]) -> dict[str, str]:
    """The codes of a column, or its labels if its values rather are those."""
    if name not in table.columns:
        return choices
    labels = {label: label for label in choices.values()}
    values = table[name].str.strip()
    return labels if values.isin(labels).sum() > values.isin(choices).sum() else choices
