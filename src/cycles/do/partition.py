"""The parts of a district's sources: each is read once, and its rows go to the school that they belong to.

Rows that belong to no school are counted and told, so that the rows of all schools and the rest are the rows of the district. What was
split stays split: the same file, mapping and roster give the same parts, found again by the fingerprint of all three.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core import files
from cycles.core.tables import LINE
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.belonging import Roster, roster_of, schools_of
from cycles.do.intake import read
from cycles.do.intake.pack import Packed, about_of, holds, packing, settle
from cycles.do.intake.part import parts_of
from cycles.do.large_partition import LargeSplit, split_on_disk
from cycles.plan.cycle_file import Source

WHOLE = "given whole to every school: it names neither a school nor a student"
EVERYBODY = "everybody"
"""In place of a school, in a source that is given whole."""
_INDEX = "index"


@dataclass(frozen=True, kw_only=True)
class Split:
    """How one source was split.

    `pack` is the file that has all parts; `parts` has the fingerprint of each school's, `n_rows` its rows; `rest` the rows that belong to
    no school, by reason; `left_out` those that no table has: excluded by a named rule, or broken. `empty` is the part of a school without
    any row.
    """

    source: str
    canonical: str
    how: str
    rows_raw: int
    rows: int
    pack: str
    empty: str
    parts: dict[str, str] = field(default_factory=dict)
    n_rows: dict[str, int] = field(default_factory=dict)
    rest: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def of(self, school: str) -> dict[str, str]:
        """What the source of one school says of its part."""
        return {"part": self.part(school), "pack": self.pack}

    def part(self, school: str) -> str:
        """The fingerprint of one school's part."""
        return self.parts.get(school, self.empty)

    @property
    def is_whole(self) -> bool:
        """Whether every school is given all of it."""
        return self.how == WHOLE

    @property
    def text(self) -> str:
        """Where the rows went, in a sentence."""
        if self.is_whole:
            return f"{self.source}: {self.rows:,} rows, {WHOLE}."
        rest = "".join(f" + {n:,} {reason}" for reason, n in self.rest.items())
        out = ", ".join(f"{n:,} {rule}" for rule, n in self.left_out.items())
        kept = f" Left out before that: {out}." if out else ""
        given = sum(self.n_rows.values())
        return f"{self.source}: {self.rows:,} rows = {given:,} of {len(self.parts):,} schools{rest} ({self.how}).{kept}"


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The schools of a district, by id, with their names where the roster has them, and how each source was split."""

    schools: dict[str, str]
    splits: dict[str, Split]


def partition(
    sources: Mapping[str, Source], *, of: str, by: str, called: str | None = None, workspace: Workspace
) -> Partition:
    """Split the sources of a district by school; what is split already is not read again.

    Parameters
    ----------
    sources : those of the cycle file
    of : the source that lists the students and their schools
    by : its column of the schools' ids
    called : its column of their names
    workspace : keeps the packs, below `.cycles/parts`

    Returns
    -------
    Partition

    Raises
    ------
    ParameterError
        CY105 when the roster has no such column.
    CyclesError
        As :func:`cycles.do.intake.read`.
    """
    keys = _keys(sources, of=of, by=by, called=called, workspace=workspace)
    known = {name: _known(workspace, key) for name, key in keys.items()}
    missing = [name for name, split in known.items() if split is None]
    schools = _schools(workspace, keys[of])
    if missing:
        delivered = read(sources[of], workspace=workspace)
        roster = roster_of(delivered.table, by=by, called=called, where=f"sources.{of}")
        for name in missing:
            large = None if name == of else split_on_disk(sources[name], roster, workspace)
            if large is not None:
                known[name] = split = _of_large(large)
            else:
                delivery = delivered if name == of else read(sources[name], workspace=workspace)
                known[name] = split = _split(delivery, roster, workspace)
            _remember(workspace, keys[name], {"split": asdict(split), "schools": roster.schools})
        schools = roster.schools
    return Partition(schools=schools, splits={name: split for name, split in known.items() if split is not None})


def remembered(workspace: Workspace) -> dict[Path, tuple[str, str]]:
    """What is split already: the file that says so, and the source and the pack that it names."""
    said = {path: _read(path).get("split") for path in (parts_of(workspace) / _INDEX).glob("*.json")}
    return {path: (str(split["source"]), str(split["pack"])) for path, split in said.items() if split}


# -- splitting -----------------------------------------------------------------------------------------------------------


def _split(delivery: Delivery, roster: Roster, workspace: Workspace) -> Split:
    belonging = schools_of(delivery.table, roster)
    if belonging is None:
        everybody = pd.Series(EVERYBODY, index=delivery.table.index)
        packed = _pack(delivery, everybody, workspace)
        return Split(how=WHOLE, pack=packed.sha256, empty=packed.parts.get(EVERYBODY, packed.empty), **_told(delivery))
    packed = _pack(delivery, belonging.school, workspace)
    return Split(
        how=belonging.how,
        pack=packed.sha256,
        empty=packed.empty,
        parts=packed.parts,
        n_rows=packed.n_rows,
        rest=belonging.rest,
        **_told(delivery),
    )


def _of_large(large: LargeSplit) -> Split:
    n_empty = large.delivery.rows_raw - large.rows
    told = {
        **_told(large.delivery),
        "rows": large.rows,
        "left_out": {"by the rule empty_row": n_empty} if n_empty else {},
    }
    packed = large.packed
    return Split(
        how=large.how,
        pack=packed.sha256,
        empty=packed.empty,
        parts=packed.parts,
        n_rows=packed.n_rows,
        rest=large.rest,
        **told,
    )


def _pack(delivery: Delivery, school: pd.Series, workspace: Workspace) -> Packed:
    """The rows of every school together, in the order of the file; those of none are left out."""
    import pyarrow as pa

    codes, schools = pd.factorize(school.where(school != "").to_numpy(), sort=True)
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    table = pa.Table.from_pandas(delivery.table, preserve_index=False).take(order)
    named = pa.DictionaryArray.from_arrays(codes[order], pa.array(schools.tolist(), pa.large_string())).cast(
        pa.large_string()
    )
    with packing(parts_of(workspace), about_of(delivery), _lines(delivery, school)) as pack:
        pack.add(named, table)
        return settle(pack)


def _lines(delivery: Delivery, school: pd.Series) -> dict[str, int]:
    """How many rows of the file a school's rows were made of, where one becomes several."""
    if int(delivery.facts.get("waves", 1)) == 1:
        return {}
    return {str(name): int(n) for name, n in delivery.table[LINE].groupby(school.to_numpy()).nunique().items()}


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "source": delivery.name,
        "canonical": delivery.canonical,
        "rows_raw": int(delivery.rows_raw),
        "rows": len(delivery.table),
        "left_out": _left_out(delivery),
    }


def _left_out(delivery: Delivery) -> dict[str, int]:
    of_rows = delivery.excluded[delivery.excluded["of"] == "rows"]
    counts = {f"by the rule {rule}": int(n) for rule, n in of_rows.groupby("rule")["n"].sum().items()}
    return counts | ({"that could not be read": len(delivery.broken)} if len(delivery.broken) else {})


# -- what is split already -----------------------------------------------------------------------------------------------


def _keys(
    sources: Mapping[str, Source], *, of: str, by: str, called: str | None, workspace: Workspace
) -> dict[str, str | None]:
    """For each source, the fingerprint of all that its parts are made from; None when it is known only by reading."""
    prints = {name: _fingerprint(source, workspace) for name, source in sources.items()}
    if prints[of] is None:
        return dict.fromkeys(sources)
    around = [prints[of], by, called, _code()]
    return {name: None if one is None else _digest([one, *around]) for name, one in prints.items()}


def _fingerprint(source: Source, workspace: Workspace) -> str | None:
    place = workspace.locate(source.path)
    if not isinstance(place, Path):
        return None
    mapping = files.sha256(workspace.mapping(source.mapping)) if source.mapping else ""
    return _digest([files.sha256(place), mapping, source.model_dump(mode="json")])


def _digest(content: Any) -> str:
    import hashlib

    return hashlib.sha256(files.canonical_json(content).encode()).hexdigest()


@lru_cache
def _code() -> str:
    """The code that reads and splits: another version of it may read another table from the same file."""
    here = Path(__file__).parent
    modules = [*sorted(here.glob("*partition.py")), here / "belonging.py", *sorted((here / "intake").rglob("*.py"))]
    return _digest([files.sha256(module) for module in modules])


def _index(workspace: Workspace, key: str) -> Path:
    return parts_of(workspace) / _INDEX / f"{key}.json"


def _read_index(workspace: Workspace, key: str | None) -> dict[str, Any]:
    return _read(_index(workspace, key)) if key else {}


def _read(path: Path) -> dict[str, Any]:
    """What is remembered; nothing where it was pruned, also between two looks, or where it is torn."""
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _known(workspace: Workspace, key: str | None) -> Split | None:
    """A split made before, if its pack is still there."""
    content = _read_index(workspace, key)
    if not content:
        return None
    split = Split(**content["split"])
    return split if holds(parts_of(workspace), split.pack) else None


def _schools(workspace: Workspace, key: str | None) -> dict[str, str]:
    return dict(_read_index(workspace, key).get("schools", {}))


def _remember(workspace: Workspace, key: str | None, content: dict[str, Any]) -> None:
    if key is not None:
        path = _index(workspace, key)
        files.make_private(path.parent)
        files.atomic_write(path, files.canonical_json(content).encode(), durable=False)
