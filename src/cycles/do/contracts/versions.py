"""Versions of a contract: how far a change must raise them.

Semantic Versioning 2.0.0, https://semver.org: the first number for what breaks, the second for what adds, the third for what explains.
"""

import re
from typing import Literal

from cycles.core.errors import ContractError

Level = Literal["major", "minor", "patch"]
LEVELS: tuple[Level, ...] = ("major", "minor", "patch")
"""Gravest first."""

Version = tuple[int, int, int]
_VERSION = re.compile(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:[-+][0-9A-Za-z.+-]*)?")


def parse_version(text: str, *, where: str) -> Version:
    """A version as three numbers; a number left out is 0, what follows `-` or `+` does not count.

    Raises
    ------
    ContractError
        CY210 when it does not begin with a number.

    Examples
    --------
    >>> parse_version("1.2", where="t.odcs.yaml")
    (1, 2, 0)
    """
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise ContractError(
            "the version is not three numbers", code="CY210", where=where, fix="Write it as in 1.0.0 (semver.org)."
        )
    first, second, third = (int(part or 0) for part in found.groups())
    return first, second, third


def least_version(old: Version, level: Level | None) -> Version:
    """The lowest version that a change of this level may have; without a change, the old one.

    >>> least_version((1, 2, 3), "minor")
    (1, 3, 0)
    """
    first, second, third = old
    if level == "major":
        return first + 1, 0, 0
    if level == "minor":
        return first, second + 1, 0
    return (first, second, third + 1) if level == "patch" else old


def written(version: Version) -> str:
    """A version as text.

    >>> written((2, 0, 0))
    '2.0.0'
    """
    return ".".join(str(part) for part in version)
