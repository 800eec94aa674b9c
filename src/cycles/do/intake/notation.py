"""Numbers as schools and states write them, brought into one form: a point before the decimals, nothing between the thousands.

All is done on the text itself, so no digit is lost; what is no number stays as it is, for the contract to judge.
"""

import re
from decimal import Decimal
from typing import Literal

import pandas as pd
from pydantic import model_validator

from cycles.core.errors import ContractError
from cycles.core.models import Model
from cycles.do.intake.distinct import each_once, lines_of

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_SPACES = "[ \u00a0\u202f]"


class Notation(Model):
    """How the numbers of a column are written.

    `percent: share` divides by a hundred, with or without a percent sign. `keep` names texts that stay as they are although they look
    like numbers, such as `-99` for a missing value.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'"] | None = None
    percent: Literal["share"] | None = None
    keep: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "Notation":
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        return self


def read_numbers(table: pd.DataFrame, name: str, notation: Notation, *, where: str) -> pd.Series:
    """A column's numbers in one form.

    Parameters
    ----------
    table : a text table with `_line`
    name : the column
    notation : how it is written
    where : the file's name, for messages

    Returns
    -------
    Series of text
        "1.234,5" -> "1234.5", and with `percent: share` "26.0" -> "0.26". Other texts are as they were.

    Raises
    ------
    ContractError
        CY233 for numbers written in another way, which would otherwise be taken for something else (3.5 where the decimal sign is a comma).

    Examples
    --------
    >>> table = pd.DataFrame({"value": ["26.0", "*", "5%"], "_line": [2, 3, 4]})
    >>> read_numbers(table, "value", Notation(percent="share"), where="x.csv").tolist()
    ['0.26', '*', '0.05']
    """
    form = _form(notation)
    texts = [text for text in pd.unique(table[name]) if text not in notation.keep]
    other = [text for text in texts if not form.fullmatch(text.strip()) and _PLAIN.fullmatch(text.strip())]
    if other:
        n, lines = lines_of(table, name, other)
        raise ContractError(
            f"{n:,} numbers of '{name}' are not written as the mapping says",
            code="CY233",
            where=f"{where}, lines {lines}",
            fix=f"Correct numbers.{name} in the mapping, or name codes of missing values under `keep`.",
        )
    return each_once(table[name], lambda text: text if text in notation.keep else _read(text, notation, form))


def _form(notation: Notation) -> re.Pattern[str]:
    """Thousands, if there are any, in groups of three."""
    decimal, between = re.escape(notation.decimal), _between(notation)
    grouped = f"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+|" if between else ""
    percent = f"(?:{_SPACES}?%)?" if notation.percent else ""
    return re.compile(
        f"(?P<sign>[+-]?)(?P<whole>{grouped}[0-9]*)(?:{decimal}(?P<part>[0-9]*))?(?P<power>[eE][+-]?[0-9]{{1,2}})?{percent}"
    )


def _between(notation: Notation) -> str:
    return _SPACES if notation.thousands == " " else re.escape(notation.thousands or "")


def _read(text: str, notation: Notation, form: re.Pattern[str]) -> str:
    found = form.fullmatch(text.strip())
    if not found or not (found["whole"] or found["part"]):
        return text
    whole = re.sub("[^0-9]", "", found["whole"])
    plain = f"{found['sign']}{whole or '0'}" + (f".{found['part']}" if found["part"] else "") + (found["power"] or "")
    return _hundredth(plain) if notation.percent else plain


def _hundredth(plain: str) -> str:
    """Exact: the point moves by two places, whatever the number of digits."""
    sign, digits, power = Decimal(plain).as_tuple()
    assert isinstance(power, int)
    moved = format(Decimal((sign, digits, power - 2)), "f")
    return moved.rstrip("0").rstrip(".") if "." in moved else moved
