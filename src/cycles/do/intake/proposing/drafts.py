"""Drafts of a mapping and a contract, as text that our own readers accept, with a comment at every guess."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.tables import CANONICAL_TABLES, LINE
from cycles.do.intake.proposing import Proposal
from cycles.do.intake.proposing.columns import Column
from cycles.do.intake.proposing.matching import columns_of, snake
from cycles.plan.instruments import Instrument, read_instrument

MAX_COLUMNS = 600
"""A draft of more columns would not be a file that anyone edits, nor one that may be read (256 KB)."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One column of the draft: what it will be called, what it is read from, and why."""

    name: str
    column: Column
    why: str
    item: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What both drafts say: the table, its columns, and the instrument if there is one."""

    table: str
    why: str
    lines: tuple[Line, ...]
    left_out: tuple[Column, ...]
    instrument: Instrument | None = None

    def recode(self, line: Line) -> dict[str, str]:
        """Labels of the instrument, as they stand in the column, and their codes; empty unless every category is such a label."""
        if self.instrument is None or line.item is None:
            return {}
        codes = self.instrument.codes(line.item)
        by_label = {label.casefold(): code for code, label in codes.items()}
        shown = line.column.categories
        if not shown or all(text in codes for text in shown) or any(text.casefold() not in by_label for text in shown):
            return {}
        return {text: by_label[text.casefold()] for text in shown}


def plan_of(proposal: Proposal, instruments: Path | None) -> Plan:
    """Decide what the drafts will say.

    Parameters
    ----------
    proposal : what was found
    instruments : the workspace's own instruments, if any
    """
    best = proposal.instruments[0] if proposal.instruments else None
    table, why = _table(proposal)
    by_name = {column.name: column for column in proposal.columns}
    items = {item: name for item, (name, _) in best.items.items()} if best else {}
    usable = {
        snake(c.name): c.name
        for c in proposal.columns
        if c.kind not in ("empty", "identifying") and c.name not in items.values()
    }
    own = columns_of(table, usable)
    lines = [
        Line(name=name, column=by_name[source], why="a column of this table, by its name")
        for name, source in own.items()
    ]
    for item, (source, similarity) in (best.items if best else {}).items():
        lines.append(
            Line(
                name=item,
                column=by_name[source],
                why=f"asks the same as {item}, similarity {similarity:.2f}",
                item=item,
            )
        )
    taken = {line.column.name for line in lines}
    names = {line.name for line in lines} | set(CANONICAL_TABLES[table]) | {LINE}
    further = [column for column in proposal.columns if column.name not in taken]
    others = [column for column in further if column.carried]
    if not lines and not others:  # a draft without any column would be of no use
        others = [column for column in further if column.kind == "text"]
    for column in others[: max(0, MAX_COLUMNS - len(lines))]:
        name = _free(snake(column.name), names)
        names.add(name)
        lines.append(Line(name=name, column=column, why="a further column"))
    carried = {line.column.name for line in lines}
    return Plan(
        table=table,
        why=why,
        lines=tuple(lines),
        left_out=tuple(column for column in proposal.columns if column.name not in carried),
        instrument=read_instrument(best.key, folder=instruments) if best else None,
    )


def _table(proposal: Proposal) -> tuple[str, str]:
    if proposal.own_table:
        return proposal.own_table, f"what the adapter {proposal.recognised.adapter} makes"
    if proposal.instruments:
        return "responses", f"its questions look like those of {proposal.instruments[0].key}"
    if proposal.tables:
        best = proposal.tables[0]
        return best.table, f"{len(best.columns)} of its {len(CANONICAL_TABLES[best.table])} columns seem to be there"
    return "responses", "nothing in the file says; choose one"


def _free(name: str, taken: set[str]) -> str:
    plain = name[:60].strip("_") or "column"
    plain = plain if plain[0].isalpha() else f"c_{plain}"
    number, free = 1, plain
    while free in taken:
        number += 1
        free = f"{plain}_{number}"
    return free


# -- the mapping ---------------------------------------------------------------------------------------------------------


def mapping_draft(proposal: Proposal, plan: Plan) -> str:
    """The draft of a mapping file."""
    lines = [
        *_head(proposal),
        f"table: {plan.table}  # GUESS: {_said(plan.why)}",
        *_reading(proposal),
        *_columns(plan),
        *_constants(plan),
        *_recode(plan),
        *_dates(plan),
        *_left_out(proposal, plan),
    ]
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal) -> Iterator[str]:
    yield f"# Draft, made by looking at {_said(proposal.source)}: {proposal.n_rows:,} rows. A person decides: look at every GUESS."
    yield f"# In the cycle file: adapter: {proposal.recognised.adapter} ({_said(proposal.recognised.because)})."
    for warning in proposal.warnings:
        yield f"# {_said(warning)}"
    for one in proposal.instruments:
        yield f"# Instrument {one.key}? {one.text}."
    if proposal.instruments:
        yield f"# If so, in the cycle file: instrument: {proposal.instruments[0].key}"


def _reading(proposal: Proposal) -> Iterator[str]:
    if not proposal.reading:
        return
    yield "reading:"
    for name, value in proposal.reading.items():
        guess = "  # GUESS: not UTF-8; check accented letters" if name == "encoding" else ""
        yield f"  {name}: {json.dumps(value, ensure_ascii=False)}{guess}"


def _columns(plan: Plan) -> Iterator[str]:
    yield "columns:" if plan.lines else "columns: {}"
    for line in plan.lines:
        yield f"  {_key(line.name)}: {quoted(line.column.name)}  # GUESS: {_said(line.why)}; {_said(told(line.column))}"


def _constants(plan: Plan) -> Iterator[str]:
    made = {line.name for line in plan.lines}
    if plan.table == "responses":
        if "wave" not in made:
            yield "# constants: {wave: 2026-fall}  # nothing in the file says which administration this is"
        if "respondent_role" not in made and plan.instrument is not None:
            yield f"constants: {{respondent_role: {plan.instrument.respondent}}}  # GUESS: whom the instrument asks"


def _recode(plan: Plan) -> Iterator[str]:
    recoded = {line: codes for line in plan.lines if (codes := plan.recode(line))}
    if recoded:
        yield "recode:  # GUESS: the instrument's own labels and codes"
    for line, codes in recoded.items():
        yield f"  {_key(line.name)}: {{{', '.join(f'{quoted(label)}: {quoted(code)}' for label, code in codes.items())}}}"


def _dates(plan: Plan) -> Iterator[str]:
    dated = [line for line in plan.lines if line.column.kind == "date"]
    sure = [line for line in dated if line.column.type == "date"]
    if sure:
        yield "dates:"
    for line in sure:
        yield f"  {_key(line.name)}: {quoted(line.column.formats[0])}  # GUESS: every value fits"
    for line in dated:
        if line.column.ambiguous:
            yield f"# CY228: {line.name} fits {' and '.join(line.column.formats)}. Which is it? Write it under dates."


def _left_out(proposal: Proposal, plan: Plan) -> Iterator[str]:
    if plan.left_out or proposal.dropped:
        yield "# Not carried. To carry one, move its line under columns and take the # away."
    for column in plan.left_out:
        yield f"#   {_key(snake(column.name) or 'column')}: {quoted(column.name)}  # {_said(told(column))}"
    for name in proposal.dropped:
        yield f"#   {_key(snake(name) or 'column')}: {quoted(name)}  # identifies people"


# -- the contract --------------------------------------------------------------------------------------------------------


def contract_draft(proposal: Proposal, plan: Plan, *, name: str) -> str:
    """The draft of a contract file (Open Data Contract Standard), about the columns that the drafted mapping makes."""
    lines = [
        f"# Draft, made by looking at {_said(proposal.source)}. A person decides: look at every GUESS, and add what the sender promises.",
        *([f"# The instrument's own contract is survey.{plan.instrument.key}; prefer it."] if plan.instrument else []),
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: cycles.{name}",
        f"name: {name}",
        "version: 0.1.0",
        "status: draft",
        "schema:",
        f"  - name: {plan.table}",
        "    logicalType: object",
        "    properties:",
        *(text for line in plan.lines for text in _property(line, plan)),
        "    quality:",
        "      - {metric: rowCount, mustBeGreaterOrEqualTo: 1}",
        "    customProperties:",
        f"      - {{property: maxQuarantinedShare, value: {_share(proposal)}}}{_why_more(proposal)}",
    ]
    return "\n".join(lines) + "\n"


def _share(proposal: Proposal) -> float:
    """Five in a hundred, or as many as this file already has that cannot be read."""
    rows = proposal.n_rows + proposal.n_broken
    return max(0.05, math.ceil(100 * proposal.n_broken / rows) / 100) if rows else 0.05


def _why_more(proposal: Proposal) -> str:
    return "" if _share(proposal) == 0.05 else f"  # GUESS: {proposal.n_broken} rows of this file cannot be read"


def _property(line: Line, plan: Plan) -> Iterator[str]:
    column, recoded = line.column, plan.recode(line)
    kind, values = _type_and_values(line, plan, recoded)
    yield f"      - name: {quoted(line.name)}"
    yield f"        logicalType: {kind}  # GUESS: {_said(told(column))}"
    if column.n_missing == 0:
        yield "        required: true  # GUESS: no value is missing in this file"
    if column.kind == "id" and column.unique:
        yield "        unique: true  # GUESS: no value stands twice in this file"
    if values:
        listed = ", ".join(values)
        said = "the instrument's codes" if recoded else "every value of this file is held by at least ten rows"
        yield "        quality:"
        yield f"          - {{metric: invalidValues, arguments: {{validValues: [{listed}]}}, mustBe: 0}}  # GUESS: {said}"
    yield "        customProperties:"
    yield f"          - {{property: sourceColumn, value: {quoted(column.name)}}}"
    if line.item is not None and column.question:
        yield f"          - {{property: itemText, value: {quoted(column.question)}}}"
    if column.maybe_missing:
        codes = ", ".join(f"{quoted(code)}: not_asked" for code in column.maybe_missing)
        yield f"          # GUESS, not applied: - {{property: missingCodes, value: {{{codes}}}}}  # say why each is missing"


def _type_and_values(line: Line, plan: Plan, recoded: dict[str, str]) -> tuple[str, list[str]]:
    if not recoded:
        return line.column.type, _values(line.column)
    codes = list(plan.instrument.codes(line.item)) if plan.instrument and line.item else []
    whole = all(re.fullmatch(r"-?(0|[1-9]\d*)", code) for code in codes)
    return ("integer", codes) if whole else ("string", [quoted(code) for code in codes])


def _values(column: Column) -> list[str]:
    if column.type == "integer":
        return [str(int(text)) for text in column.categories]
    return [quoted(text) for text in column.categories] if column.type == "string" else []


# -- words ---------------------------------------------------------------------------------------------------------------


def told(column: Column) -> str:
    """What a column seems to hold, in a few words and counts."""
    said = {
        "empty": "empty",
        "identifying": f"identifies people ({column.why})",
        "id": "an id, kept as text",
        "integer": "whole numbers",
        "number": "numbers",
        "date": "dates that can be read in two ways (CY228)" if column.ambiguous else "dates",
        "boolean": "yes or no",
        "category": f"{column.n_distinct} categories",
        "text": "free text or rare values",
    }[column.kind]
    codes = f"; missing codes? {' '.join(column.maybe_missing)}" if column.maybe_missing else ""
    asked = f'; "{_said(column.question)[:80]}"' if column.question and column.question != column.name else ""
    return f"{said}; {column.n_missing:,} missing{codes}{asked}"


def quoted(text: Any) -> str:
    """A text as a YAML scalar between quotes, whatever it holds.

    >>> quoted('say "yes"\\t\\u2028')
    '"say \\\\"yes\\\\"\\\\t\\\\u2028"'
    """
    plain = json.dumps(str(text), ensure_ascii=False)
    return "".join(
        one if one.isprintable() else f"\\U{ord(one):08x}" if ord(one) > 0xFFFF else f"\\u{ord(one):04x}"
        for one in plain
    )


def _key(name: str) -> str:
    """A key: bare where YAML 1.1 readers would not take it for something else."""
    return quoted(name) if name.lower() in ("on", "off", "yes", "no", "y", "n", "null", "true", "false") else name


def _said(text: str) -> str:
    """A text that stays within its comment."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
