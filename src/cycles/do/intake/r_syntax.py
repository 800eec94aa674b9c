"""The R syntax that a survey tool writes beside its data: names, labels and levels, taken from its text. Nothing is ever run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cycles.do.intake.item_text import plain

_STRING = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_WORD = re.compile(rf"({_STRING})|([^\s,()]+)", re.DOTALL)
_NAME = re.compile(rf"^names\(data\)\[(\d{{1,6}})\]\s*<-\s*({_STRING})", re.MULTILINE | re.DOTALL)
_LABEL = re.compile(
    rf"^attributes\(data\)\$variable\.labels\[(\d{{1,6}})\]\s*<-\s*({_STRING})", re.MULTILINE | re.DOTALL
)
_LIST = rf"c\(((?:{_STRING}|[^\"'()])*)\)"
_FACTOR = re.compile(
    rf"^data\[\s*,\s*(\d{{1,6}})\s*\]\s*<-\s*factor\([^\n\"']*?levels\s*=\s*{_LIST}\s*,\s*labels\s*=\s*{_LIST}",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """What the syntax says of each column, by its number from 1."""

    names: dict[int, str] = field(default_factory=dict)
    item_text: dict[int, str] = field(default_factory=dict)
    labels: dict[int, dict[str, str]] = field(default_factory=dict)


def read_syntax(text: str) -> Syntax:
    r"""Take the names, labels and levels from R syntax.

    Parameters
    ----------
    text : lines such as ``names(data)[3] <- "Q1"``, ``attributes(data)$variable.labels[3] <- "How are you?"`` and
        ``data[, 3] <- factor(data[, 3], levels=c("A1","A2"), labels=c("Good", "Bad"))``; everything else is passed over

    Examples
    --------
    >>> syntax = read_syntax('names(data)[3] <- "Q1"\ndata[, 3] <- factor(data[, 3], levels=c(1,2),labels=c("Good","Not \\"good\\""))')
    >>> syntax.names, syntax.labels
    ({3: 'Q1'}, {3: {'1': 'Good', '2': 'Not "good"'}})
    """
    levels = {int(number): (_words(codes), _words(labels)) for number, codes, labels in _FACTOR.findall(text)}
    return Syntax(
        names={int(number): _unquoted(name) for number, name in _NAME.findall(text)},
        item_text={int(number): plain(_unquoted(label)) for number, label in _LABEL.findall(text)},
        labels={
            number: dict(zip(codes, labels, strict=True))
            for number, (codes, labels) in levels.items()
            if len(codes) == len(labels)
        },
    )


def _words(listed: str) -> list[str]:
    return list(_each(listed))


def _each(listed: str) -> Iterator[str]:
    for quoted, bare in _WORD.findall(listed):
        yield _unquoted(quoted) if quoted else bare


def _unquoted(text: str) -> str:
    return re.sub(
        r"\\(.)", lambda sign: {"n": "\n", "t": "\t", "r": "\r"}.get(sign[1], sign[1]), text[1:-1], flags=re.DOTALL
    )
