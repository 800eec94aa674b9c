"""The survey as Qualtrics exports it: three header rows, facts about the recipient that nobody should use, then the answers."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd

from cycles.plan.instruments import read_instrument
from cycles.runs.example.people import People
from cycles.runs.example.survey import BLANK, ITEMS

SYSTEM_COLUMNS = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
COMMENT = "Q8"
EMBEDDED = ("student_id", "wave")
COLUMNS = (*SYSTEM_COLUMNS, *ITEMS, COMMENT, *EMBEDDED)

_STEM = "How much do you agree with each sentence?"
_ID_LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_ID_LENGTH = 15

Row = list[str]


def answer_rows(answers: pd.DataFrame, people: People, rng: np.random.Generator) -> list[Row]:
    """Every row of the export as text, in the order recorded; the facts about recipients are invented."""
    columns = {
        **_facts_of_response(answers, rng),
        **_facts_of_recipient(answers, people, rng),
        **{item: _codes_as_text(answers[item].to_numpy()) for item in ITEMS},
        COMMENT: answers["comment"].tolist(),
        "wave": answers["wave"].tolist(),
    }
    return [list(row) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def write_survey(path: Path, rows: list[Row]) -> None:
    """Write the three header rows and `rows`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *_header_rows(), *rows])


def _header_rows() -> list[Row]:
    questions = [item.text or "" for item in read_instrument("school_belonging").items.values()]
    labels = [label for label, _ in SYSTEM_COLUMNS.values()]
    labels += [f"{_STEM} - {question}" for question in questions]
    labels += ["Is there anything else you want to tell us?", *EMBEDDED]
    import_ids = [name for _, name in SYSTEM_COLUMNS.values()]
    import_ids += [f"QID7_{number}" for number in range(1, len(ITEMS) + 1)] + ["QID8_TEXT", *EMBEDDED]
    return [labels, [json.dumps({"ImportId": name}, separators=(",", ":")) for name in import_ids]]


def _facts_of_response(answers: pd.DataFrame, rng: np.random.Generator) -> dict[str, list[str]]:
    recorded = answers["recorded_at"].to_numpy().astype("datetime64[s]")
    started = recorded - answers["seconds"].to_numpy().astype("timedelta64[s]")
    finished = answers["finished"].to_numpy()
    letters = _ID_LETTERS[rng.integers(0, len(_ID_LETTERS), (len(answers), _ID_LENGTH))]
    return {
        "StartDate": _moments_as_text(started),
        "EndDate": _moments_as_text(recorded),
        "Status": answers["status"].tolist(),
        "Progress": np.where(finished, "100", "71").tolist(),
        "Duration (in seconds)": answers["seconds"].astype(str).tolist(),
        "Finished": np.where(finished, "1", "0").tolist(),
        "RecordedDate": _moments_as_text(recorded),
        "ResponseId": ["R_" + one for one in np.ascontiguousarray(letters).view(f"U{_ID_LENGTH}").ravel()],
        "DistributionChannel": np.where(answers["status"] == "1", "preview", "email").tolist(),
        "UserLanguage": ["EN"] * len(answers),
    }


def _facts_of_recipient(answers: pd.DataFrame, people: People, rng: np.random.Generator) -> dict[str, list[str]]:
    """Addresses are of the ranges kept for documentation, places lie in the ocean."""
    n, student = len(answers), answers["student"].to_numpy()
    ids = _or_nobody(people.students["student_id"], student)
    return {
        "IPAddress": [f"203.0.113.{one}" for one in rng.integers(1, 255, n)],
        "RecipientLastName": _or_nobody(people.students["family_name"], student),
        "RecipientFirstName": _or_nobody(people.students["given_name"], student),
        "RecipientEmail": [f"{one}@students.example" if one else "" for one in ids],
        "ExternalReference": [""] * n,
        "LocationLatitude": [f"0.{one:04d}" for one in rng.integers(0, 10_000, n)],
        "LocationLongitude": [f"-30.{one:04d}" for one in rng.integers(0, 10_000, n)],
        "student_id": ids,
    }


def _or_nobody(values: pd.Series, student: np.ndarray) -> list[str]:
    return np.append(values.to_numpy(dtype=object), "")[student].tolist()  # -1 is the last: nobody


def _moments_as_text(moments: np.ndarray) -> list[str]:
    return [one.replace("T", " ") for one in np.datetime_as_string(moments, unit="s")]


def _codes_as_text(codes: np.ndarray) -> list[str]:
    return ["" if code == BLANK else str(code) for code in codes.tolist()]
