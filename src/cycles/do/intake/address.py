"""Where a source without a file is: an address, or the environment variable that holds it. An address is never shown."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from cycles.core.errors import ContractError
from cycles.core.workspace import is_address, without_password

VARIABLE = "env:"


@dataclass(frozen=True)
class Address:
    """A place to connect to. `shown` is what messages may say of it: neither user, password nor host."""

    text: str = field(repr=False)
    shown: str

    @property
    def is_file(self) -> bool:
        """Whether it is the path of a file."""
        return "://" not in self.text


def address_of(path: str | Path) -> Address:
    """The address that a source names: itself, the content of `env:NAME`, or a file's path.

    Parameters
    ----------
    path : a file, an address such as `postgresql+psycopg://host/name`, or `env:NAME`

    Raises
    ------
    ParameterError
        CY105 when a password stands in it: then it stands in a file too, and belongs into an environment variable.
    ContractError
        CY225 when the environment variable is not set.

    Examples
    --------
    >>> address_of("postgresql+psycopg://warehouse/district").shown
    'a postgresql address'
    """
    text = str(path)
    if text.startswith(VARIABLE):
        return Address(_from_environment(text.removeprefix(VARIABLE)), text)
    if not is_address(text):
        return Address(text, Path(text).name)
    kind = without_password(text).partition("://")[0].partition("+")[0]
    return Address(text, f"a {kind} address")


def _from_environment(name: str) -> str:
    text = os.environ.get(name, "").strip()
    if not text:
        raise ContractError(
            f"the environment variable {name} is not set",
            code="CY225",
            where=f"{VARIABLE}{name}",
            fix=f"Set {name} to the address of the source.",
        )
    return text
