"""What an element of a contract file says of all its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cycles.core.errors import ContractError, nearest
from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.conditions import conditions
from cycles.do.contracts.odcs_file import Custom, Quality
from cycles.do.contracts.rules import Condition, Rule, Scope, Severity, Type

_SET_ASIDE: dict[str, Scope] = {"row": "row", "cell": "cell", "nothing": "table"}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an element says of all its rules: where it stands, how grave they are, what they set aside, when they apply."""

    where: str
    table: str
    types: Mapping[str, Type]
    severity: Severity = "critical"
    scope: Scope = "row"
    when: tuple[Condition, ...] = ()
    name: str = ""

    def rule(self, kind: Any, columns: tuple[str, ...], **more: Any) -> Rule:
        """A rule on these terms."""
        told = {"severity": self.severity, "scope": self.scope, "when": self.when, "name": self.name, **more}
        return Rule(kind=kind, columns=columns, **told)

    def cannot(self, what: str, fix: str = "") -> ContractError:
        """The refusal of what stands here."""
        return ContractError(what, code="CY210", where=self.where, fix=fix)


def terms_of(properties: tuple[Custom, ...], terms: Terms) -> Terms:
    """Terms with what custom properties change in them.

    Raises
    ------
    ContractError
        CY210 for a word that is not known.
    """
    custom = {one.property: one.value for one in properties}
    if custom.get("severity", "error") not in ("error", "warning"):
        raise terms.cannot("severity is error or warning")
    if custom.get("setAside", "row") not in _SET_ASIDE:
        raise terms.cannot(f"setAside is one of {', '.join(_SET_ASIDE)}", nearest(str(custom["setAside"]), _SET_ASIDE))
    return replace(
        terms,
        severity="warning" if custom.get("severity") == "warning" else terms.severity,
        scope=_SET_ASIDE[custom["setAside"]] if "setAside" in custom else terms.scope,
        when=terms.when + conditions(custom.get("appliesWhen", []), terms.types, where=terms.where),
    )


def terms_of_quality(quality: Quality, terms: Terms) -> Terms:
    """Terms of one quality rule, with its name and severity."""
    named = replace(terms_of(quality.customProperties, terms), name=quality.name or quality.id or "")
    return named if quality.severity == "error" else replace(named, severity="warning")


def as_share(written: Any, name: str, terms: Terms) -> float:
    """A custom property that is a share, 0-1.

    Raises
    ------
    ContractError
        CY210 when it is not.
    """
    share = cast_text(str(written), "number")
    if share is None or not 0 <= share <= 1:
        raise terms.cannot(f"{name} is a number from 0 to 1")
    return float(share)
