"""Which known instrument a file may be the answers to, and which canonical table it may be."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cycles.core.tables import CANONICAL_TABLES
from cycles.do.intake.item_text import alike
from cycles.do.intake.proposing.columns import Column
from cycles.plan.instruments import Instrument, instrument_names, read_instrument

SIMILAR = 0.85
"""Texts at least this similar (0-1) may be the same question; the score is shown."""

ALIASES = {
    "student_id": "studentid stu_id stuid sasid lasid ssid pupil_id student_number state_student_id studentuniqueid",
    "respondent_id": "responseid response_id respondent record_id externalreference externaldatareference student_id id",
    "school_id": "schoolid school building building_id school_code dbn school_number",
    "site_id": "dbn school_dbn school_code district_code organization_code school_id district_id site",
    "classroom_id": "classroom section section_id homeroom class class_id advisory",
    "grade": "grade_level gradelevel year_group",
    "entered_on": "entry_date enrollment_date entrydate",
    "left_on": "exit_date withdrawal_date exitdate exitwithdrawdate",
    "wave": "administration survey_wave round redcap_event_name",
    "answered_on": "recordeddate recorded_date timestamp submitdate date_submitted date_created enddate",
    "on": "date day attendance_date event_date eventdate incident_date session_date",
    "status": "attendance_status attendance_code attendance attendanceeventcategorydescriptor",
    "period": "school_year schoolyear year",
    "days_enrolled": "enrolled_days days_in_membership membership_days",
    "days_absent": "absences absent_days total_absences",
    "course_id": "course_code course_number", "term": "marking_period semester quarter",
    "mark": "final_grade letter_grade grade_earned final_mark",
    "kind": "incident_type behavior infraction offense", "response": "consequence disciplinary_action",
    "minutes": "duration minutes_attended length_minutes", "service": "service_type program activity",
    "test": "test_name assessment", "score": "scale_score test_score", "standard": "standard_code",
    "unit_id": "student_id classroom_id", "arm": "group treatment assignment condition",
}  # fmt: skip
"""Other names of canonical columns, as sources write them."""


@dataclass(frozen=True, kw_only=True)
class InstrumentMatch:
    """An instrument and the columns that look like its items: item -> (column, similarity 0-1). Shares are 0-1."""

    key: str
    items: dict[str, tuple[str, float]]
    n_items: int
    codes_agree: float

    @property
    def coverage(self) -> float:
        """The share of its items that were found."""
        return len(self.items) / self.n_items

    @property
    def score(self) -> float:
        """How well the texts fit, by how many there are."""
        return sum(similarity for _, similarity in self.items.values()) / self.n_items

    @property
    def text(self) -> str:
        """How much of it was found, in words."""
        return (
            f"{len(self.items)} of {self.n_items} items, score {self.score:.2f}, codes agree in {self.codes_agree:.0%}"
        )


@dataclass(frozen=True, kw_only=True)
class TableMatch:
    """A canonical table and the columns that look like its own: canonical column -> column of the file."""

    table: str
    columns: dict[str, str]

    @property
    def coverage(self) -> float:
        """The share of its columns that were found."""
        return len(self.columns) / len(CANONICAL_TABLES[self.table])


def snake(name: str) -> str:
    """A name in small letters, words joined by a low line.

    >>> snake("Student Number"), snake("studentReference.studentUniqueId")
    ('student_number', 'student_reference_student_unique_id')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name)
    return re.sub(r"_+", "_", spaced).strip("_").lower()


def instruments_like(columns: Iterable[Column], folder: Path | None) -> list[InstrumentMatch]:
    """Every instrument of which at least half the items seem to be there, the best first: one that explains more columns, and better.

    Parameters
    ----------
    columns : the columns of a file
    folder : the workspace's own instruments, if any
    """
    columns = list(columns)
    found = [_match(read_instrument(key, folder=folder), columns) for key in instrument_names(folder)]
    likely = [match for match in found if match.coverage >= 0.5]
    return sorted(likely, key=lambda match: (-match.score * len(match.items), -match.codes_agree, match.key))


def _match(instrument: Instrument, columns: list[Column]) -> InstrumentMatch:
    by_text = {_words_of(column.question or column.name): column for column in reversed(columns)}
    items: dict[str, tuple[str, float]] = {}
    for name, item in instrument.items.items():
        own = next((column for column in columns if column.name.casefold() == name.casefold()), None)
        best = (own, 1.0) if own else _most_similar(item.text or item.label or "", by_text)
        if best[0] is not None and best[0].name not in {column for column, _ in items.values()}:
            items[name] = (best[0].name, round(best[1], 2))
    return InstrumentMatch(
        key=instrument.key,
        items=items,
        n_items=len(instrument.items),
        codes_agree=_codes_agree(instrument, items, columns),
    )


def _most_similar(text: str, by_text: dict[str, Column]) -> tuple[Column | None, float]:
    """The column whose question is most like a text; an introduction before the question does not count against it."""
    wanted = _words_of(text)
    if len(wanted) < 4:
        return None, 0.0
    best: tuple[Column | None, float] = (None, 0.0)
    words = set(wanted.split())
    for asked, column in by_text.items():
        if len(words & set(asked.split())) < 0.6 * len(words):
            continue
        similarity = (
            1.0 if asked.endswith(wanted) else difflib.SequenceMatcher(None, wanted, asked[-len(wanted) - 10 :]).ratio()
        )
        if similarity >= SIMILAR and similarity > best[1]:
            best = (column, similarity)
    return best


def _words_of(text: str) -> str:
    return " ".join(re.findall(r"\w+", alike(text).casefold()))


def _codes_agree(instrument: Instrument, items: dict[str, tuple[str, float]], columns: list[Column]) -> float:
    """The share of the matched columns whose listed categories are all codes or labels of their item."""
    by_name = {column.name: column for column in columns}
    agree = 0
    for item, (name, _) in items.items():
        codes = instrument.codes(item)
        allowed = {*codes, *instrument.missing, *(label.casefold() for label in codes.values())}
        shown = by_name[name].categories
        agree += bool(shown) and all(text in allowed or text.casefold() in allowed for text in shown)
    return agree / len(items) if items else 0.0


def tables_like(columns: Iterable[Column]) -> list[TableMatch]:
    """Every canonical table of which at least two columns seem to be there, the best first."""
    names = {snake(column.name): column.name for column in columns if column.kind not in ("empty", "identifying")}
    found = [TableMatch(table=table, columns=columns_of(table, names)) for table in CANONICAL_TABLES]
    likely = [match for match in found if len(match.columns) >= 2]
    return sorted(likely, key=lambda match: (-match.coverage, -len(match.columns)))


def columns_of(table: str, names: dict[str, str]) -> dict[str, str]:
    """Canonical column -> column of the file, by its own name or a usual other one; no column of the file is taken twice.

    >>> columns_of("attendance_days", {"sasid": "SASID", "date": "Date"})
    {'student_id': 'SASID', 'on': 'Date'}
    """
    found: dict[str, str] = {}
    for canonical in CANONICAL_TABLES[table]:
        candidates = (canonical, *ALIASES.get(canonical, "").split())
        name = next((one for one in candidates if one in names and names[one] not in found.values()), None)
        if name is not None:
            found[canonical] = names[name]
    return found
