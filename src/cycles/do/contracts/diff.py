"""What changed between two versions of a contract, how grave it is, and whether the new version's number says so.

A change is *major* when a file that passed may now fail, or when values before and after are not the same measure (a *series break*);
*minor* when more is accepted or offered; *patch* when only words changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core import strict_yaml
from cycles.core.errors import ContractError
from cycles.core.vocabulary import Record, SeriesBreak
from cycles.do.contracts.changes import Change, Side, changes_between
from cycles.do.contracts.odcs import compile_contract
from cycles.do.contracts.survey import as_yaml, survey_contract
from cycles.do.contracts.versions import LEVELS, Level, least_version, parse_version, written
from cycles.plan.instruments import Instrument

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class ContractDiff(Record):
    """The changes from one contract file to another, gravest first, and the gate on its version."""

    contract: str
    old_file: str
    new_file: str
    old_version: str
    new_version: str
    changes: tuple[Change, ...]

    @property
    def level(self) -> Level | None:
        """The gravest change; None when nothing changed."""
        return next((level for level in LEVELS if any(one.level == level for one in self.changes)), None)

    @property
    def least(self) -> str:
        """The lowest version number that says enough."""
        return written(least_version(parse_version(self.old_version, where=self.old_file), self.level))

    @property
    def problem(self) -> ContractError | None:
        """CY224 when the new version's number is too low for what changed."""
        if parse_version(self.new_version, where=self.new_file) >= parse_version(self.least, where=self.new_file):
            return None
        n = sum(one.level == self.level for one in self.changes)
        what = f"{n} {self.level} change{'s' if n > 1 else ''}" if self.level else "no change"
        return ContractError(
            f"{self.contract}: {what}, but the version went from {self.old_version} to {self.new_version}",
            code="CY224",
            where=f"{self.old_file} -> {self.new_file}",
            fix=f"Give it the version {self.least} or higher"
            + (", and tell those who use it." if self.level == "major" else "."),
        )

    @property
    def text(self) -> str:
        """How many changes of each level, and how many break the series, in one sentence."""
        head = f"{self.contract} {self.old_version} -> {self.new_version}:"
        if not self.changes:
            return f"{head} nothing changed."
        counts = {level: sum(one.level == level for one in self.changes) for level in LEVELS}
        told = ", ".join(f"{n} {level}" for level, n in counts.items() if n)
        breaks = sum(one.series_break for one in self.changes)
        broken = f"; {breaks} of them break{'s' if breaks == 1 else ''} the series" if breaks else ""
        return f"{head} {len(self.changes)} change{'s' if len(self.changes) > 1 else ''} ({told}){broken}."

    @property
    def table(self) -> "pd.DataFrame":
        """One row per change: `level, kind, element, what, series_break`."""
        import pandas as pd

        columns = ["level", "kind", "element", "what", "series_break"]
        return pd.DataFrame([one.to_dict() for one in self.changes], columns=columns)

    def series_breaks(self, *, at: str) -> tuple[SeriesBreak, ...]:
        """The changes after which values cannot be compared with those before, from the period `at` on."""
        return tuple(
            SeriesBreak(measure=one.element, at=at, because=one.what, origin="contract")
            for one in self.changes
            if one.series_break
        )

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data."""
        return {
            "contract": self.contract,
            "old": {"file": self.old_file, "version": self.old_version},
            "new": {"file": self.new_file, "version": self.new_version, "at_least": self.least},
            "level": self.level,
            "series_break": any(one.series_break for one in self.changes),
            "passes": self.problem is None,
            "changes": [one.to_dict() for one in self.changes],
        }


def diff(old: str | Path, new: str | Path) -> ContractDiff:
    """What changed from one contract file to another.

    Parameters
    ----------
    old, new : contract files, or instruments, which stand for the survey contract that they give and for how they are scored

    Returns
    -------
    ContractDiff
        `problem` is CY224 when the new version is not raised as far as the gravest change says.

    Raises
    ------
    ParameterError
        CY104 no such file, CY103 not strict YAML.
    ContractError
        CY210 when a file is no contract that we can use, or its version is no number.

    Examples
    --------
    >>> from cycles.core.workspace import scaffold_root
    >>> arms = scaffold_root() / "data_contracts" / "arms.odcs.yaml"
    >>> diff(arms, arms).changes
    ()
    """
    before, after = _side(Path(old)), _side(Path(new))
    found = ContractDiff(
        contract=after.contract.name,
        old_file=before.file,
        new_file=after.file,
        old_version=before.contract.version,
        new_version=after.contract.version,
        changes=_gravest_first(changes_between(before, after)),
    )
    for version, file in ((found.old_version, found.old_file), (found.new_version, found.new_file)):
        parse_version(version, where=file)
    return found


def _side(path: Path) -> Side:
    content = strict_yaml.load(path)
    instrument = None
    if isinstance(content, dict) and {"items", "scales"} <= set(content):
        instrument = Instrument.parse(content, where=path.name)
        content = strict_yaml.loads(as_yaml(survey_contract(instrument)), where=path.name)
    contract = compile_contract(content, where=path.name)
    return Side(file=path.name, content=content, contract=contract, instrument=instrument)


def _gravest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda one: (LEVELS.index(one.level), not one.series_break)))
