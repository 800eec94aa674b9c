"""A ledger in a file, and one on a real server: what is promised of one is promised of both."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from cycles.core.ledger import Ledger

_schemas = count()


def own_schema(server: str) -> str:
    """An address with a new, empty schema of its own on a server."""
    from sqlalchemy import create_engine

    name = f"site_{next(_schemas)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{name}"


@pytest.fixture(params=["file", "server"])
def place(request, tmp_path: Path) -> Path | str:
    """Where a ledger can be kept."""
    if request.param == "file":
        return tmp_path / ".cycles" / "ledger.sqlite"
    return own_schema(request.getfixturevalue("postgres_server"))


@pytest.fixture
def opened(place) -> Callable[[], Ledger]:
    """Open the ledger, as often as asked, as other processes would."""
    made: list[Ledger] = []

    def another() -> Ledger:
        made.append(Ledger(place))
        return made[-1]

    yield another
    for one in made:
        one.close()


@pytest.fixture
def ledger(opened) -> Ledger:
    """A new ledger."""
    return opened()
