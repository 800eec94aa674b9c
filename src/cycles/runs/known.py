"""Every name a file may use, by kind: read from folders, nothing heavy is imported."""

from collections.abc import Callable
from pathlib import Path

from cycles.core.errors import ParameterError, nearest
from cycles.core.registry import Registry
from cycles.core.workspace import Workspace, find_workspace, scaffold_root

REGISTRIES = {
    "estimators": "cycles.study.estimators",
    "indicators": "cycles.study.indicators",
    "checks": "cycles.study.checks",
    "adapters": "cycles.do.intake.adapters",
}


def names(kind: str, workspace: Workspace | None = None) -> list[str]:
    """The names of one kind, sorted.

    Parameters
    ----------
    kind : a key of `KINDS`, in the singular or plural
    workspace : the workspace whose own files count too; the current one by default

    Raises
    ------
    ParameterError
        CY102 for an unknown kind.

    Examples
    --------
    >>> "school_belonging" in names("instrument")
    True
    """
    plural = kind if kind in KINDS else f"{kind}s"
    if plural not in KINDS:
        raise ParameterError(f"unknown kind '{kind}'", code="CY102", fix=nearest(kind, KINDS))
    return KINDS[plural](workspace or _current())


def _current() -> Workspace | None:
    try:
        return find_workspace()
    except ParameterError:
        return None


def _registry(kind: str) -> Callable[[Workspace | None], list[str]]:
    """The files of a registry's folder; the folder's own module, which may be heavy, is not imported."""

    def listed(_workspace: Workspace | None) -> list[str]:
        return Registry(REGISTRIES[kind], kind=kind.removesuffix("s")).names()

    return listed


def _files(folder: str, ending: str) -> Callable[[Workspace | None], list[str]]:
    def listed(workspace: Workspace | None) -> list[str]:
        roots = {scaffold_root(), *([workspace.root] if workspace else [])}
        return sorted(
            {path.name.removesuffix(ending) for root in roots for path in Path(root, folder).glob(f"*{ending}")}
        )

    return listed


def _instruments(workspace: Workspace | None) -> list[str]:
    from cycles.plan.instruments import instrument_names

    return instrument_names(workspace.instruments if workspace else None)


def _scales(workspace: Workspace | None) -> list[str]:
    from cycles.plan.instruments import read_instrument

    folder = workspace.instruments if workspace else None
    return sorted(
        f"{key}.{scale}" for key in _instruments(workspace) for scale in read_instrument(key, folder=folder).scales
    )


def _codes(_workspace: Workspace | None) -> list[str]:
    from cycles.core.catalogue import CATALOGUE

    return sorted(CATALOGUE)


KINDS: dict[str, Callable[[Workspace | None], list[str]]] = {
    **{kind: _registry(kind) for kind in REGISTRIES},
    "instruments": _instruments,
    "scales": _scales,
    "contracts": _files("data_contracts", ".odcs.yaml"),
    "mappings": _files("params/mappings", ".yml"),
    "notebooks": _files("notebooks", ".ipynb"),
    "cycles": _files("params", ".yml"),
    "codes": _codes,
}
