"""A real PostgreSQL server for tests: its own folder, its own socket, nobody else's data; gone when the tests are.

Any user may connect without a password, except the role `guarded`, whose password is `PASSWORD`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PORT = 5432
"""Names the socket's file; no port of the machine is opened."""

PASSWORD = "open-sesame"  # noqa: S105  of a server that lives for seconds in a private folder
_HBA = "local all guarded scram-sha-256\nlocal all all trust\n"
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "listen_addresses=''",
    "shared_buffers=16MB",
)


@dataclass(frozen=True)
class Server:
    """A running server; it may be stopped, as if it were killed, and started again."""

    address: str
    stop: Callable[[], None]
    start: Callable[[], None]


@pytest.fixture(scope="session")
def postgres_server(postgres) -> str:
    """The address of a running server, as SQLAlchemy takes it."""
    return postgres.address


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server; the test is skipped, saying what is missing, where there is none. Whoever stops it starts it again."""
    with running_server() as running:
        if isinstance(running, str):
            pytest.skip(running)
        yield running


@contextmanager
def running_server() -> Iterator[Server | str]:
    """A running server, or why there can be none here."""
    programs = {name: _program(name) for name in ("initdb", "pg_ctl")}
    missing = [name for name, path in programs.items() if path is None]
    owner = _owner()
    if missing or owner is None:
        yield (
            f"PostgreSQL absent: no {' and no '.join(missing)} on PATH or in /usr/lib/postgresql"
            if missing
            else "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as"
        )
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield from _running(folder, programs, owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(folder: Path, programs: dict, owner: dict) -> Iterator[Server]:
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    data = folder / "data"
    _call(
        [programs["initdb"], "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        owner,
    )
    (data / "pg_hba.conf").write_text(_HBA)
    options = " ".join(f"-c {one}" for one in (*_SETTINGS, f"unix_socket_directories={folder}", f"port={PORT}"))
    control = [programs["pg_ctl"], "-D", data, "-w", "-t", "60"]
    server = Server(
        address=f"postgresql+psycopg://postgres@/postgres?host={folder}&port={PORT}",
        stop=lambda: _call([*control, "-m", "immediate", "stop"], owner),
        start=lambda: _call([*control, "-l", folder / "log", "-o", options, "start"], owner),
    )
    server.start()
    try:
        _make_guarded(server.address)
        yield server
    finally:
        server.stop()


def _program(name: str) -> str | None:
    """On the PATH, or where Debian keeps it; the newest."""
    found = shutil.which(name)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return found or (str(kept[-1]) if kept else None)


def _owner() -> dict | None:
    """Whose the server is: nobody else than us, unless we are root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    return None


def _call(words: list, owner: dict) -> None:
    """Run one of its programs; what it says is shown only when it fails."""
    options = {**owner, "extra_groups": []} if owner else {}
    done = subprocess.run(
        [str(word) for word in words], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **options,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def _make_guarded(address: str) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
    engine.dispose()
