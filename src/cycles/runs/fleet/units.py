"""One file for each school: what the district's file says, with the school's own settings, name and part of every source.

The files are called by what is in them and never change, so that a run, and whoever repeats it, reads what it was started with. A file is
written when somebody wants it: a thousand schools of which nothing is new need none.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.files import atomic_write, canonical_json, make_private
from cycles.core.layers import Layered
from cycles.core.workspace import Workspace, find_workspace
from cycles.plan.cascade import SCHOOLS, SchoolSettings, cascade_of, school_settings
from cycles.plan.cycle_file import AnnualImpact, Cycle, ForEach, OfUnit, parse_settings

if TYPE_CHECKING:
    from cycles.do.partition import Partition, Split

LONGEST = 64
"""Of the name of a cycle."""
_DIGITS = 12
_SAFE = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run to make: its cycle, the place of the file that the notebook is given, and the file it comes from.

    `unit` and `name` are the school's id and name, `data` the fingerprints of its parts; `after` names the cycles whose results it uses.
    `says` is what the file says, read, and `content` what is written into it when it is asked for; None for a file that a person wrote.
    """

    place: Path
    origin: Path
    says: Cycle | AnnualImpact
    after: frozenset[str] = frozenset()
    content: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def cycle_file(self) -> Path:
        """The file, written now if nobody has asked for it before."""
        if self.content is None:
            return self.place
        text = _text(self.content, self.origin)
        if not (self.place.is_file() and self.place.read_bytes() == text):
            make_private(self.place.parent.parent)
            make_private(self.place.parent)
            atomic_write(self.place, text, durable=False)
        return self.place

    @property
    def cycle(self) -> str:
        """The name of its cycle."""
        return self.says.cycle

    @property
    def school(self) -> OfUnit | None:
        """The school that it is run for, if any."""
        return self.says.of_unit if isinstance(self.says, Cycle) else None

    @property
    def unit(self) -> str | None:
        """The school's id."""
        return self.school.id if self.school else None

    @property
    def name(self) -> str | None:
        """The school's name."""
        return self.school.name if self.school else None

    @property
    def data(self) -> dict[str, str]:
        """The fingerprint of the school's part of each source that was split."""
        return {name: one.part for name, one in self.says.sources.items() if one.part is not None}

    @property
    def words(self) -> str:
        """What a person calls it."""
        return f"{self.cycle} ({self.name})" if self.name and self.name != self.unit else self.cycle


def jobs_of(path: Path) -> tuple[list[Job], "tuple[Split, ...]"]:
    """The runs that a parameter file asks for: one, or one for each school that its `for_each` names.

    Parameters
    ----------
    path : a file of a workspace's `params/`

    Returns
    -------
    list of Job, tuple of Split
        Of a district's file also how each source was split.

    Raises
    ------
    CyclesError
        What is wrong with the file, or with a school's settings (all of these together); what :func:`cycles.do.partition.partition` raises.
    """
    path = path.resolve()
    over = cascade_of(path)
    settings = over(None)
    cycle = parse_settings(settings, path)
    if isinstance(cycle, AnnualImpact):
        return [Job(place=path, origin=path, says=cycle, after=frozenset(cycle.cycles))], ()
    if cycle.for_each is None:
        return [Job(place=path, origin=path, says=cycle, after=_before(cycle))], ()
    district = _District(path=path, cycle=cycle, over=over, settings=settings, workspace=find_workspace(path.parent))
    return _each(district, cycle.for_each), tuple(district.split.splits.values())


def slugs(cycle: str, schools: Iterable[str]) -> dict[str, str]:
    """A name for files for each school's id: the id in small letters where that is safe and nobody else's, or else a hash of it.

    >>> slugs("check-ins", ["S1", "17", "../etc"])
    {'S1': 's1', '17': '17', '../etc': 'xf7f9121fdb53'}
    """
    room = LONGEST - len(cycle) - len("--")
    small = {school: school.lower() for school in schools}
    times = Counter(small.values())
    return {
        school: one if _SAFE.match(one) and times[one] == 1 and len(one) <= room else _hashed(school)
        for school, one in small.items()
    }


def _hashed(school: str) -> str:
    return "x" + hashlib.sha256(school.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _before(cycle: Cycle) -> frozenset[str]:
    return frozenset({cycle.previous} if cycle.previous else ())


# -- each school ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _District:
    """A file with `for_each`: what it says, its sources split by school, and what it says with the settings of schools read so far."""

    path: Path
    cycle: Cycle
    over: Callable[[SchoolSettings | None], Layered]
    settings: Layered
    workspace: Workspace
    known: "dict[str, tuple[Layered, Cycle]]" = field(default_factory=dict)

    @cached_property
    def split(self) -> "Partition":
        from cycles.do.partition import partition

        each = self.cycle.for_each
        assert each is not None
        return partition(self.cycle.sources, of=each.of, by=each.by, called=each.called, workspace=self.workspace)

    def with_own(self, own: SchoolSettings | None) -> tuple[Layered, Cycle]:
        """What the file says with the settings of a school. Schools that set the same are read and judged once."""
        if own is None:
            return self.settings, self.cycle
        asked = canonical_json(own.settings)
        if asked not in self.known:
            settings = self.over(own)
            says = parse_settings(settings, self.path)
            assert isinstance(says, Cycle)
            self.known[asked] = settings, says
        return self.known[asked]


def _each(district: _District, each: ForEach) -> list[Job]:
    """The job of every school that is wanted; the problems of all of them together."""
    _require_known(district.split.schools, each.only, where=f"{district.path.name}, for_each.only")
    _require_room(district.cycle.cycle, district.path)
    jobs, problems = [], list[CyclesError]()
    for school, slug in slugs(district.cycle.cycle, district.split.schools).items():
        if each.only and school not in each.only:
            continue
        try:
            jobs.append(_job(district, each, school, slug))
        except ProblemsError as several:
            problems += several.problems
    if problems:
        raise ProblemsError(problems)
    return jobs


def _job(district: _District, each: ForEach, school: str, slug: str) -> Job:
    own = school_settings(district.workspace.root / "params", slug)
    settings, says = district.with_own(own)
    name = (own.name if own else None) or district.split.schools[school]
    unit = {"unit": each.unit, "by": each.by, "id": school, "name": name, "cycle": district.cycle.cycle}
    mine = {"cycle": f"{says.cycle}--{slug}", "title": f"{says.title}: {name}"}
    mine |= {"previous": f"{says.previous}--{slug}"} if says.previous else {}
    parts = {one: split.of(school) for one, split in _split_sources(district, settings).items()}
    says = says.model_copy(
        update={
            **mine,
            "for_each": None,
            "of_unit": OfUnit(**unit),
            "sources": {one: source.model_copy(update=parts.get(one, {})) for one, source in says.sources.items()},
        }
    )
    content = {key: value for key, value in settings.content.items() if key != "for_each"}
    sources = {one: {**source, **parts.get(one, {})} for one, source in content["sources"].items()}
    content |= {**mine, "of_unit": unit, "sources": sources}
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    place = district.workspace.root / ".cycles" / "units" / digest[:_DIGITS] / f"{says.cycle}.yml"
    return Job(place=place, origin=district.path, says=says, after=_before(says), content=content)


def _split_sources(district: _District, settings: Layered) -> "dict[str, Split]":
    """The sources of which a school is given a part; one that its own settings changed is read as they say."""
    sources, districts = settings.content["sources"], district.settings.content["sources"]
    return {name: split for name, split in district.split.splits.items() if sources.get(name) == districts.get(name)}


def _text(content: dict[str, Any], path: Path) -> bytes:
    """JSON is YAML too, and is written at once."""
    head = f"# Written by cycles from {path.name}. Change that file, or params/{SCHOOLS}/, instead.\n"
    return (head + json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _require_known(schools: dict[str, str], wanted: tuple[str, ...], *, where: str) -> None:
    unknown = [
        ParameterError(f"unknown school '{one}'", code="CY102", where=where, fix=nearest(one, schools))
        for one in wanted
        if one not in schools
    ]
    if unknown:
        raise ProblemsError(list[CyclesError](unknown))


def _require_room(cycle: str, path: Path) -> None:
    longest = LONGEST - len("--x") - _DIGITS
    if len(cycle) > longest:
        raise ParameterError(
            f"the name of a cycle that is run for each school has at most {longest} letters",
            code="CY108",
            where=f"{path.name}, cycle",
        )
