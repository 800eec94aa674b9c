"""What a finished run says of itself: where it is, what was decided, what was delivered, which rows were set aside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.run_folder import RunFolder

REPORT = "report.html"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A finished run: where it is, what it found, and which rules had rows set aside (`source, found, code, lines, n`).

    `receipts` has a sentence for each source delivered for the first time or again, or one that all files were known; then what differs
    from the delivery before (CY222) and the series breaks (CY221). `cached` runs were not made anew: nothing that they are computed from
    has changed `since`. `because` says what had changed since the latest run, where that is known.
    """

    run_id: str
    cycle: str
    folder: Path
    results: dict[str, Any]
    set_aside: tuple[dict[str, Any], ...] = ()
    receipts: tuple[str, ...] = ()
    cached: bool = False
    since: str = ""
    because: str = ""

    @property
    def report(self) -> Path:
        """The report's path."""
        return self.folder / REPORT

    @property
    def sentence(self) -> str:
        """The decision in one sentence, or what kind of report this is; that nothing has changed, where it was not computed again."""
        since = self.since.replace("T", " ").replace("Z", " UTC")
        unchanged = f"Nothing has changed since {since}. " if self.cached else ""
        decision = self.results.get("decision") or {}
        if not decision.get("call"):
            return f"{unchanged}{self.cycle}: the report is written."
        call = str(decision["call"])
        return f"{unchanged}{call[0].upper()}{call[1:]}: {decision.get('because', '')}"


def ran_of(folder: RunFolder, run: dict[str, Any], *, cached: bool = False, because: str = "") -> Ran:
    """What the folder of a run and its row in the ledger tell."""
    return Ran(
        run_id=run["run_id"],
        cycle=run["cycle"],
        folder=folder.path,
        results=run["results"],
        set_aside=tuple(_set_aside(folder.records("contract"))),
        receipts=() if cached else _receipts(folder),
        cached=cached,
        since=run["finished_at"] or "",
        because=because,
    )


def _receipts(folder: RunFolder) -> tuple[str, ...]:
    """What is new in the data of the run, or that nothing is."""
    receipts = folder.records("receipt")
    new = tuple(one["text"] for one in receipts if not one["again"])
    numbers = [one["number"] for one in folder.records("revision")]
    known = [f"The same files as before (revision {number})." for number in numbers]
    differs = tuple(
        f"{contract['source']}: {one['text']} [{one['code']}]"
        for contract in folder.records("contract")
        for one in (*contract["facts"].get("drift", ()), *contract["facts"].get("breaks", ()))
    )
    return (new or tuple(known)) + differs


def _set_aside(contracts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules that rows of a source broke, with the lines; counts only. Rows that broke a warning stay in use."""
    for contract in contracts:
        for rule in contract["rules"]:
            if rule["found"]:
                said = {key: rule[key] for key in ("found", "code", "lines", "severity")}
                yield {"source": contract["source"], **said, "n": rule["n_failed"]}
