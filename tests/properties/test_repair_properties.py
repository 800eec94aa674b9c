"""A line broken by accident is set aside or read as it was: its values never end up under other columns."""

import csv
import io
import random

import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake.delimited import read_delimited

WORDS = ["lunch", "was", "loud", "and", "long", "but", "the", "bus", "came", "late", "again"]
KINDS = {
    "id": lambda rng: f"{rng.randint(0, 9999):04d}",
    "answer": lambda rng: str(rng.randint(1, 5)),
    "answer or none": lambda rng: rng.choice(["", "1", "2", "3", "4", "5"]),
    "date": lambda rng: f"2026-10-{rng.randint(1, 28):02d}",
    "comment": lambda rng: rng.choice([" ", ", "]).join(rng.choices(WORDS, k=rng.choice([0, 3, 4]))),
    "status": lambda rng: rng.choice(["present", "absent"]),
    "nothing": lambda rng: "",
}


def separator_more(line, rng):
    place = rng.randint(0, len(line))
    return f"{line[:place]},{line[place:]}"


def separator_less(line, rng):
    place = rng.choice([place for place, character in enumerate(line) if character == ","])
    return line[:place] + line[place + 1 :]


def cut_off(line, rng):
    return line[: rng.choice([place for place, character in enumerate(line) if character == ","])]


def value_twice(line, rng):
    fields = line.split(",")
    place = rng.randrange(len(fields))
    return ",".join([*fields[: place + 1], *fields[place:]])


@pytest.mark.parametrize("damage", [separator_more, separator_less, cut_off, value_twice])
def test_what_is_repaired_is_what_it_was(damage):
    repaired = 0
    for seed in range(150):
        rng = random.Random(seed)  # noqa: S311
        rows, lines = _table(rng)
        at = rng.randint(1, 60)
        lines[at] = damage(lines[at], rng)
        try:
            read = read_delimited(("\n".join(lines) + "\n").encode(), where="x.csv")
        except CyclesError:
            continue
        if any("repaired" in warning for warning in read.facts["warnings"]):
            repaired += 1
            assert read.table[read.table["_line"] == at + 1].iloc[0].tolist()[:-1] == rows[at - 1]
    assert repaired > 0


def _table(rng) -> tuple[list[list[str]], list[str]]:
    kinds = ["id", *rng.choices(list(KINDS), k=rng.randint(2, 8))]
    rows = [[KINDS[kind](rng) for kind in kinds] for _ in range(60)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([[f"c{chr(97 + place)}" for place in range(len(kinds))], *rows])
    return rows, stream.getvalue().splitlines()
