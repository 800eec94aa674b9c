"""Patterns of mapping files: regular expressions of RE2, whose time is linear in the text, so that no pattern can stall a read."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator


def _known_to_re2(pattern: str) -> str:
    try:
        compiled(pattern)
    except ValueError:
        raise ValueError("not a pattern that RE2 can run; write it without look-ahead and back-references") from None
    return pattern


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Any:
    """A pattern, ready to use.

    Raises
    ------
    ValueError
        RE2 does not know it.

    Examples
    --------
    >>> bool(compiled("[0-9]{2}M.*").fullmatch("01M015"))
    True
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise ValueError("not a pattern of RE2") from None


Pattern = Annotated[str, AfterValidator(_known_to_re2)]
