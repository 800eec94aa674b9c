"""Where the jobs of a fleet are run: in worker processes of this machine, or on a Dask cluster. Both are `concurrent.futures` executors."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Literal

from cycles.core.errors import ParameterError
from cycles.runs.fleet.lane import close_lanes

Kind = Literal["local", "dask"]
CONNECT = 10
"""Seconds to wait for a cluster's scheduler."""


@contextmanager
def executor_of(kind: Kind, *, fleet: str, jobs: int | None = None, scheduler: str | None = None) -> Iterator[Executor]:
    """An executor for as long as the fleet runs.

    Parameters
    ----------
    kind : "local" for processes of this machine, "dask" for a cluster
    fleet : its workers are ended with it
    jobs : how many at once, on this machine; by default one for each core
    scheduler : the cluster's address, such as `tcp://10.0.0.1:8786`

    Raises
    ------
    ParameterError
        CY105 when the address is missing, or there is no cluster at it; CY102 when Dask is not installed.
    """
    if kind == "dask":
        with _cluster(scheduler, fleet) as running:
            yield running
        return
    width = jobs or cores()
    with ThreadPoolExecutor(width, thread_name_prefix="cycles-lane") as executor:
        try:
            yield executor
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
            close_lanes(fleet)


def cores() -> int:
    """The cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


@contextmanager
def _cluster(scheduler: str | None, fleet: str) -> Iterator[Executor]:
    if not scheduler:
        raise ParameterError(
            "no address of a cluster", code="CY105", where="--scheduler", fix="Give --scheduler tcp://HOST:8786."
        )
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError(
            "Dask is not installed", code="CY102", where="--executor dask", fix="Install `cycles[cluster]`."
        ) from None
    try:
        client = Client(scheduler, timeout=CONNECT)
    except (OSError, ValueError):
        raise ParameterError(
            "no Dask scheduler answers",
            code="CY105",
            where=f"--scheduler {scheduler}",
            fix="Start one: `dask scheduler`.",
        ) from None
    with client:
        try:
            yield client.get_executor(pure=False)
        finally:
            with suppress(OSError, TimeoutError):
                client.run(close_lanes, fleet)
