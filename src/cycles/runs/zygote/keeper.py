"""The runner's side: starts the parent of forked kernels, asks it for kernels, and lets it go.

A process keeps one parent at a time. It serves kernels whose interpreter, environment and code are those it was started with; when any
of them has changed, another is started and the old one goes with its last kernel.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cycles.core.errors import RunError

START_SECONDS = 120
END_SECONDS = 5
PACKAGE = Path(__file__).resolve().parents[2]
PARENT = "cycles.runs.zygote.parent"
LAUNCHER = "ipykernel_launcher"
OF_ONE_NOTEBOOK = frozenset(
    [
        "IPYTHONDIR",
        "JPY_PARENT_PID",
        "JPY_SESSION_NAME",
        "JPY_INTERRUPT_EVENT",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        "PYTEST_CURRENT_TEST",
    ]
)
"""Variables that libraries do not read when they are imported; so are those that begin with CYCLES_."""
WHILE_IMPORTING = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""Libraries that start threads when they are imported are told not to: a process with threads cannot be forked safely. And the debugger
is told to be silent; what it has to say would go to the log of the kernel's process."""

GIVE_BACK = {
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""Many kernels stand side by side: what one has freed goes back to the system (30 MiB of a small notebook's). Read when a process begins,
so set for the parent, and in no kernel's environment; whoever sets one of them is not overruled."""


class CannotFork(RunError):
    """CY512: why a kernel cannot be forked here or now."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the kernel cannot be forked: {why}", code="CY512")
        self.why = why


class ForkedProcess:
    """A forked kernel, with as much of `subprocess.Popen` as `jupyter_client` asks for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, status: int, zygote: "Zygote") -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote: Zygote | None = zygote
        self._status = status
        self._close = weakref.finalize(self, os.close, status)

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it lives."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(LAUNCHER, timeout or 0)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            line = _line(self._status, seconds)
            if line is not None:
                self.returncode = int(line.removeprefix("ended ")) if line else self._orphaned()
                self._close()
                zygote, self._zygote = self._zygote, None
                if zygote is not None:
                    zygote.without(self.pid)
        return self.returncode

    def _orphaned(self) -> int:
        """The parent is gone without a word; its kernels die with it, and what they started is ended here."""
        with suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        return -signal.SIGKILL


class Zygote:
    """A parent process, from which kernels are forked. It is gone when it is closed, or this process has ended."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], cwd: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter of the kernel's specification
                [*command, "-m", PARENT, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the runner; it decides about the kernels
            )
        self._control = ours
        self._kernels: set[int] = set()
        self._is_replaced = False
        self.close = weakref.finalize(self, _end, ours, self._process)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self.close.alive and self._process.poll() is None

    def fork(self, request: Mapping[str, Any], *, stdout: int, stderr: int) -> ForkedProcess:
        """Ask for a kernel. The first one waits until everything is imported.

        Raises
        ------
        CannotFork
            With the parent's reason, or because it is gone or does not answer.
        """
        told, telling = os.pipe()
        try:
            with tempfile.TemporaryFile() as written:
                written.write(json.dumps(dict(request)).encode())
                written.flush()
                written.seek(0)
                socket.send_fds(self._control, [b"f"], [written.fileno(), stdout, stderr, telling])
            os.close(telling)
            telling = -1
            answer = _line(told, START_SECONDS)
            if not answer or not answer.startswith("started "):
                raise CannotFork((answer or "").removeprefix("refused ") or "its parent died or does not answer")
        except OSError as problem:
            os.close(told)
            raise CannotFork(f"its parent is gone ({problem.strerror})") from None
        except BaseException:
            os.close(told)
            raise
        finally:
            if telling >= 0:
                os.close(telling)
        pid = int(answer.removeprefix("started "))
        self._kernels.add(pid)
        return ForkedProcess(pid, told, self)

    def replace(self) -> None:
        """Close it when its last kernel has ended, or now if it has none."""
        self._is_replaced = True
        if not self._kernels:
            self.close()

    def without(self, pid: int) -> None:
        """One of its kernels has ended."""
        self._kernels.discard(pid)
        if self._is_replaced:
            self.replace()


class Keeper:
    """The parent that this process keeps, started when a kernel is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None
        self._key: tuple = ()
        self._wanted = 0

    @property
    def is_wanted(self) -> bool:
        """Whether this process means to run many notebooks."""
        return self._wanted > 0

    def want(self, n: int) -> None:
        """Count who means to run many notebooks; with the last of them the parent goes."""
        with self._lock:
            self._wanted = max(0, self._wanted + n)
            if not self._wanted:
                self._let_go()

    def fork(
        self, command: Sequence[str], *, environment: Mapping[str, str], cwd: str, stdout: Any, stderr: Any
    ) -> Any:
        """A kernel for a command line of a kernel specification.

        Raises
        ------
        CannotFork
        """
        interpreter, arguments = _split(command)
        request = {"arguments": arguments, "environment": dict(environment), "cwd": cwd}
        zygote = self._ready(interpreter, environment, cwd)
        return zygote.fork(request, stdout=_descriptor(stdout, 1), stderr=_descriptor(stderr, 2))

    def zygote(self) -> Zygote | None:
        """The parent, if there is one now."""
        return self._zygote

    def forget(self) -> None:
        """In a fork of this process: the parent belongs to the process that started it."""
        zygote, self._zygote, self._lock, self._wanted = self._zygote, None, threading.Lock(), 0
        if zygote is not None:
            zygote.close.detach()
            zygote._control.close()
            zygote._process.returncode = 0

    def _ready(self, interpreter: tuple[str, ...], environment: Mapping[str, str], cwd: str) -> Zygote:
        reason = impossible()
        if reason:
            raise CannotFork(reason)
        shared = {name: value for name, value in environment.items() if not _is_of_one_notebook(name)}
        relative = any(not os.path.isabs(one) for one in shared.get("PYTHONPATH", "/").split(os.pathsep))
        start = cwd if relative else "/"
        key = (interpreter, start, tuple(sorted(shared.items())), fingerprint())
        with self._lock:
            if self._zygote is None or key != self._key or not self._zygote.lives:
                if self._zygote is not None:
                    self._zygote.replace()
                self._zygote = Zygote(interpreter, environment=_importing(shared), cwd=start)
                self._key = key
            return self._zygote

    def _let_go(self) -> None:
        if self._zygote is not None:
            self._zygote.close()
        self._zygote = None


KEEPER = Keeper()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=KEEPER.forget)


@contextmanager
def keeping() -> Iterator[Keeper]:
    """While this lasts, notebooks run in kernels forked from one parent, where that is possible; it starts with the first of them."""
    KEEPER.want(+1)
    try:
        yield KEEPER
    finally:
        KEEPER.want(-1)


def trial() -> str:
    """Fork a kernel and end it: why that did not work, or nothing."""
    try:
        with Path(os.devnull).open("wb") as nowhere:
            process = KEEPER.fork(
                [sys.executable, "-m", LAUNCHER],
                environment=os.environ,
                cwd=os.getcwd(),
                stdout=nowhere,
                stderr=nowhere,
            )
        process.kill()
        process.wait(END_SECONDS)
    except CannotFork as problem:
        return problem.why
    finally:
        KEEPER.want(0)
    return ""


def impossible() -> str:
    """Why kernels cannot be forked on this machine; nothing where they can."""
    if sys.platform != "linux":
        return "that is possible on Linux only"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return "this Linux cannot watch processes by descriptor (it needs 5.3)"
    if not Path("/proc/self/task").is_dir():
        return "/proc is not there, so threads cannot be counted"
    return ""


def fingerprint() -> tuple:
    """What changes when the code does: every file of cycles, and the folders that packages are installed in."""
    files = sorted(PACKAGE.rglob("*.py"))
    folders = [Path(one) for one in sys.path if one.endswith("-packages") and Path(one).is_dir()]
    return tuple((str(one), (found := one.stat()).st_mtime_ns, found.st_size) for one in (*files, *folders))


def _split(command: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The interpreter with its options, and the kernel's arguments."""
    words = list(command)
    if LAUNCHER not in words or words.index(LAUNCHER) < 2 or words[words.index(LAUNCHER) - 1] != "-m":
        raise CannotFork("its command does not start ipykernel's launcher")
    place = words.index(LAUNCHER)
    return tuple(words[: place - 1]), words[place + 1 :]


def _importing(shared: Mapping[str, str]) -> dict[str, str]:
    from_kernel = {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline"
    }  # as ipykernel sets it before a notebook begins
    return {**from_kernel, **GIVE_BACK, **shared, **WHILE_IMPORTING}


def _is_of_one_notebook(name: str) -> bool:
    return name in OF_ONE_NOTEBOOK or name.startswith("CYCLES_")


def _descriptor(stream: Any, default: int) -> int:
    if stream is None:
        return default
    if isinstance(stream, int) and stream < 0:
        raise CannotFork("its streams are asked for as pipes")
    return stream if isinstance(stream, int) else stream.fileno()


def _line(descriptor: int, seconds: float | None) -> str | None:
    """The next line of a pipe; empty at its end, None when nothing came in time. Lines are short, so each is written as a whole."""
    until = None if seconds is None else time.monotonic() + seconds
    found = bytearray()
    while not found.endswith(b"\n"):
        left = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([descriptor], [], [], left)[0]:
            return None
        byte = os.read(descriptor, 1)
        if not byte:
            return ""
        found += byte
    return found.decode().strip()


def _end(control: socket.socket, process: subprocess.Popen) -> None:
    control.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
