"""What every test may ask for. Only this file knows where outside data lie."""

import os
import signal

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded: small matrices are slower on many threads
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as a shell leaves it to what it starts in the background; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CYCLES_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """A file or folder of the outside data; the test is skipped, by its name, where it is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"outside data absent: {name} (set CYCLES_SHARED)")
        return path

    return find


@pytest.fixture(scope="session", autouse=True)
def _files_are_settled():
    """Files that tests have just written are whole; nobody waits to see whether they grow."""
    from cycles.do.intake import whole

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole, "QUIET", 0.0)
        yield


@pytest.fixture(autouse=True)
def _no_run_left_open():
    """A test that opened a run leaves none behind."""
    yield
    from cycles.core import run_folder

    run_folder.close()
