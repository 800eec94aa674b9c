"""The parent of forked kernels: imports once, then forks a kernel for each request. One thread, one socket, no notebook's code.

A request is one byte and three descriptors: a file with the request as JSON, and the pipe on which the kernel's fate is told in lines
(`started PID` or `refused WHY`, then `ended STATUS`); two more descriptors are the kernel's own stdout and stderr. When the other end
of the socket is gone, so is whoever wanted the kernels, and they are killed.
"""

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cycles.runs.zygote.preload import Kernel

N_DESCRIPTORS = 4


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a kernel is asked to be; made in the parent, carried out in the child."""

    parent: int
    request: dict[str, Any]
    stdout: int
    stderr: int


@dataclass(frozen=True, kw_only=True)
class _Kernel:
    pid: int
    status: int


def main() -> None:
    """Preload, serve, and, in each child, become a kernel."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # as ipykernel's launcher does: files beside the notebook must not stand in for libraries
    control = socket.socket(fileno=int(sys.argv[1]))
    filters = list(__import__("warnings").filters)
    kernel, objection = _prepare()
    task = _serve(control, objection)
    from cycles.runs.zygote import child

    child.become(task, kernel=kernel, filters=filters)


def _prepare() -> tuple["Kernel", str]:
    """Import everything; with why no kernel may be forked from here, or nothing."""
    from cycles.runs.zygote import preload

    try:
        kernel = preload.preload()
    except Exception as problem:
        return preload.Kernel(), f"the libraries could not be imported ({type(problem).__name__})"
    if os.fstat(1).st_size:
        return kernel, "a library speaks when it is imported, which a forked kernel would not show"
    return kernel, ""


def _serve(control: socket.socket, objection: str) -> Task:
    """Answer requests and tell how kernels ended. Returns in a child only."""
    kernels: dict[int, _Kernel] = {}
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor != control.fileno():
                waiting.unregister(descriptor)
                _reap(descriptor, kernels.pop(descriptor))
                continue
            request, stdout, stderr, status = _receive(control, kernels)
            pid = _fork(status, objection)
            if pid == 0:
                _leave_the_parent(control, kernels, status)
                return Task(parent=os.getppid(), request=request, stdout=stdout, stderr=stderr)
            os.close(stdout)
            os.close(stderr)
            if pid is not None:
                watched = os.pidfd_open(pid)
                kernels[watched] = _Kernel(pid=pid, status=status)
                waiting.register(watched, select.POLLIN)


def _receive(control: socket.socket, kernels: dict[int, _Kernel]) -> tuple[dict[str, Any], int, int, int]:
    """The next request; without one, nobody needs us or our kernels."""
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 1, N_DESCRIPTORS)
    except OSError:
        word, descriptors = b"", []
    if not word or len(descriptors) != N_DESCRIPTORS:
        for kernel in kernels.values():
            _kill_group(kernel.pid)
        os._exit(0)
    written, stdout, stderr, status = descriptors
    with os.fdopen(written, "rb") as file:
        return json.load(file), stdout, stderr, status


def _fork(status: int, objection: str) -> int | None:
    """The child's number, 0 in the child; None when refused."""
    from cycles.runs.zygote.preload import other_threads

    threads = other_threads()
    if threads and not objection:
        objection = f"the parent has other threads ({', '.join(threads)})"
    try:
        if not objection:
            pid = os.fork()
            if pid:
                _tell(status, f"started {pid}")
            return pid
    except OSError as problem:
        objection = f"the system refused to fork ({problem.strerror})"
    _tell(status, f"refused {objection}")
    os.close(status)
    return None


def _leave_the_parent(control: socket.socket, kernels: dict[int, _Kernel], status: int) -> None:
    """Close what is the parent's; a child that held another's pipe would hide its end."""
    control.close()
    os.close(status)
    for descriptor, kernel in kernels.items():
        os.close(descriptor)
        os.close(kernel.status)


def _reap(descriptor: int, kernel: _Kernel) -> None:
    """Tell how a kernel ended, once what it started is gone as well; its number is not given to others before that."""
    os.waitid(os.P_PID, kernel.pid, os.WEXITED | os.WNOWAIT)
    _kill_group(kernel.pid)
    _, status = os.waitpid(kernel.pid, 0)
    _tell(kernel.status, f"ended {os.waitstatus_to_exitcode(status)}")
    os.close(kernel.status)
    os.close(descriptor)


def _kill_group(pid: int) -> None:
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _tell(status: int, words: str) -> None:
    with suppress(OSError):  # nobody listens any more
        os.write(status, f"{words}\n".encode())


if __name__ == "__main__":
    main()
