"""Values that parameter files hold: safe names, finite numbers, probabilities, fingerprints."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from cycles.core import strict_yaml

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


def _slug(value: str) -> str:
    if not _SLUG.match(value):
        raise ValueError("not a safe name: lower-case letters, digits, - and _, at most 64")
    return value


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("must be a finite number")
    return value


Slug = Annotated[str, AfterValidator(_slug)]

Number = Annotated[float, AfterValidator(_finite)]

Probability = Annotated[float, Field(ge=0, le=1)]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

Flag = Annotated[bool, BeforeValidator(strict_yaml.number_or_text)]
