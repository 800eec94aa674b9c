"""Question texts: as plain text, and as names of columns that a mapping may give with other quotes or spaces."""

import html
import re
from collections.abc import Iterable, Sequence

from cycles.core.errors import ContractError, some

_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL | re.IGNORECASE)
_TYPOGRAPHIC = {
    "'": "\u2018\u2019\u02bc\u00b4`",
    '"': "\u201c\u201d\u201e\u00ab\u00bb",
    "-": "\u2010\u2011\u2013\u2014",
}
_QUOTES = str.maketrans({sign: plainer for plainer, signs in _TYPOGRAPHIC.items() for sign in signs})
_END = " .:;,!?*\u2026"


def plain(text: str) -> str:
    """A question without markup, character references and repeated spaces.

    Examples
    --------
    >>> plain("<p>I feel&nbsp;<b>at home</b><br>in class</p>")
    'I feel at home in class'
    """
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def alike(text: str) -> str:
    r"""The form under which two writings of a question are the same: straight quotes, single spaces, no punctuation at the end.

    Examples
    --------
    >>> alike("I\u2019m  at home here.") == alike("I'm at home here")
    True
    """
    return plain(text).translate(_QUOTES).strip(_END) or text


def as_wanted(header: Sequence[str], wanted: Iterable[str] | None, *, where: str) -> dict[str, str]:
    """What to call each column: by the mapping's own writing where it is the same question, else as the file has it.

    Parameters
    ----------
    header : the file's column names
    wanted : the names that a mapping reads, or None
    where : the file's name, for messages

    Returns
    -------
    dict
        File's name -> name to use. An exact match comes first; a merely similar text is never taken.

    Raises
    ------
    ContractError
        CY204 when a wanted text is the same as several columns of the file, none of them exactly.

    Examples
    --------
    >>> as_wanted(["Timestamp", "I'm at home here."], ["I\u2019m at home here"], where="pulse.csv")["I'm at home here."]
    'I’m at home here'
    """
    names = {name: name for name in header}
    for text in wanted or ():
        if text in names:
            continue
        same = [name for name in header if alike(name) == alike(text)]
        if len(same) > 1:
            raise ContractError(
                f"{len(same)} columns have the same question text as one of the mapping",
                code="CY204",
                where=f"{where}, columns number {some(header.index(name) + 1 for name in same)}",
            )
        names.update((name, text) for name in same)
    return names
