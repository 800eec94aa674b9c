"""An open run: the plan, sealed, and the folder where everything about it is kept."""

import platform
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cycles.core import files, run_folder
from cycles.core.deliveries import Revision
from cycles.core.ledger import Seal, now
from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import Record, SealState
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import AnnualImpact, Cycle, Source
from cycles.plan.power.history import spreads_of

PACKAGES = (
    "cycles",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "pingouin",
    "great-expectations",
    "papermill",
    "pydantic",
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Run(Record):
    """One run of a parameter file.

    `deviations` are sentences on what changed since the seal; `revision` is set when an earlier one is made again.
    """

    cycle: Cycle | AnnualImpact
    cycle_file: Path
    folder: RunFolder
    workspace: Workspace
    run_id: str
    seed: int
    opened_on: date
    seal: Seal | None = None
    deviations: tuple[str, ...] = ()
    owns_lease: bool = True
    revision: int | None = None

    @property
    def sources(self) -> dict[str, Source]:
        """The files of the cycle, by name."""
        return self.cycle.sources

    @property
    def seal_state(self) -> SealState:
        """Whether the plan was fixed before the outcomes were there."""
        return self.seal.state if self.seal else "unsealed"

    @property
    def sealed_at(self) -> str | None:
        """When it was sealed (UTC)."""
        return self.seal.sealed_at if self.seal else None

    @property
    def text(self) -> str:
        """The state of the seal, in a sentence."""
        if self.seal is None:
            return "Nothing was predicted beforehand, so there is no seal."
        said = {
            "sealed_before_data": "The prediction and the rule for deciding were sealed before the outcomes were collected",
            "sealed_after_data": "The outcomes already existed when the prediction and the rule for deciding were sealed",
            "unsealed": "The prediction and the rule for deciding were not sealed",
        }[self.seal_state]
        changed = f" Since then: {'; '.join(self.deviations)}." if self.deviations else ""
        return f"{said} ({self.seal.sealed_at}, seal {self.seal.sha256[:12]}).{changed}"

    @property
    def facts(self) -> dict[str, Any]:
        """What is the same on every rerun with the same inputs: parameters, versions, seed, seal. No times of this run, no host."""
        return {
            "cycle": self.cycle.cycle,
            "cycle_file": {"name": self.cycle_file.name, "sha256": files.sha256(self.cycle_file)},
            "seed": self.seed,
            "seal": None
            if self.seal is None
            else {
                "state": self.seal_state,
                "at": self.sealed_at,
                "sha256": self.seal.sha256,
                "deviations": list(self.deviations),
            },
            "versions": versions(),
        }

    def finish(self, results: dict[str, Any]) -> None:
        """Write the manifest; when no command line holds the run, close it in the ledger and let the cycle go."""
        manifest = {
            **self.facts,
            "run_id": self.run_id,
            "finished_at": now(),
            "parameters": self.cycle.model_dump(mode="json"),
            "inputs": self.folder.records("contract"),
        }
        self.folder.write_json("manifest.json", manifest)
        self._enter_revision()
        self._keep_spreads(results)
        if self.owns_lease:
            self.folder.ledger.finish_run(self.run_id, state="done", exit_status=0, results=results)
            self.folder.release()

    def close(self) -> None:
        """Leave the run without a report: the cycle is free for another notebook, and nothing more is recorded. A finished run stays so."""
        entered = self.folder.ledger.run(self.run_id) if self.owns_lease else None
        if entered is not None and entered["state"] == "running":
            self.folder.ledger.finish_run(self.run_id, state="interrupted", exit_status=130, code="CY506")
        run_folder.close()

    def _enter_revision(self) -> None:
        """A finished run makes its inputs a revision of the cycle."""
        for one in self.folder.records("revision"):
            content = {name: one[name] for name in ("number", "because", "inputs")}
            self.folder.ledger.deliveries.enter(Revision(cycle=self.folder.cycle_name, **content))

    def _keep_spreads(self, results: dict[str, Any]) -> None:
        """What this run has shown about the spread of its measures, for planning the next."""
        if isinstance(self.cycle, Cycle):
            for spread in spreads_of(self.cycle, results):
                self.folder.ledger.spreads.keep(spread)


def versions() -> dict[str, str]:
    """The versions of what computed the numbers."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
