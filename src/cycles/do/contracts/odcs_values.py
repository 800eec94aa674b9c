"""What the values of a column are held to: bounds, lengths, multiples, patterns, formats, allowed values."""

from typing import Any

from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.missing import linear
from cycles.do.contracts.odcs_file import Bounds, Property
from cycles.do.contracts.odcs_terms import Terms
from cycles.do.contracts.rules import Rule, Type

_FORMATS = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.|$)){4}$",
}
_SIZES: dict[str, tuple[int | None, int | None]] = {
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32)},
    **{f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32)},
    "i64": (None, None),
    "i128": (None, None),
    "u64": (0, None),
    "u128": (0, None),
}
"""Whole numbers have at most fifteen digits here, so the wide ones bound nothing above."""


def value_rules(bounds: Bounds, values: tuple[str, ...], one: Property, terms: Terms) -> list[Rule]:
    """What values that are present are held to; the same words in the options of a type and in the arguments of a metric.

    Raises
    ------
    ContractError
        CY210 for a rule that does not fit the type of the column.
    """
    own, rules = (one.name,), _between(bounds, one, terms)
    if bounds.minLength is not None or bounds.maxLength is not None:
        rules.append(terms.rule("length", own, minimum=bounds.minLength, maximum=bounds.maxLength))
    if bounds.multipleOf is not None:
        rules.append(terms.rule("multiple_of", own, minimum=_step(bounds.multipleOf, one, terms)))
    if bounds.pattern is not None:
        rules.append(terms.rule("matches", own, pattern=linear(bounds.pattern, where=terms.where)))
    if bounds.format is not None:
        rules += _format(bounds.format, one, terms)
    if values:
        rules.append(terms.rule("in_set", own, values=tuple(_typed(value, one, terms) for value in values)))
    return [_fitting(rule, one, terms) for rule in rules]


def _between(bounds: Bounds, one: Property, terms: Terms) -> list[Rule]:
    both_low = bounds.minimum is not None and bounds.exclusiveMinimum is not None
    if both_low or (bounds.maximum is not None and bounds.exclusiveMaximum is not None):
        raise terms.cannot("a bound is either inclusive or exclusive")
    low, high = bounds.minimum or bounds.exclusiveMinimum, bounds.maximum or bounds.exclusiveMaximum
    if low is None and high is None:
        return []
    rule = terms.rule(
        "between",
        (one.name,),
        minimum=None if low is None else _typed(low, one, terms),
        maximum=None if high is None else _typed(high, one, terms),
        exclusive_minimum=bounds.exclusiveMinimum is not None,
        exclusive_maximum=bounds.exclusiveMaximum is not None,
    )
    return [rule]


def _fitting(rule: Rule, one: Property, terms: Terms) -> Rule:
    kinds: dict[str, tuple[Type, ...]] = {
        "between": ("integer", "number", "date"),
        "multiple_of": ("integer", "number"),
        "matches": ("string",),
        "length": ("string",),
    }
    if one.logicalType not in kinds.get(rule.kind, (one.logicalType,)):
        raise terms.cannot(f"a rule that does not fit the type {one.logicalType}")
    return rule


def _format(name: str, one: Property, terms: Terms) -> list[Rule]:
    if one.logicalType == "string" and name in _FORMATS:
        return [terms.rule("matches", (one.name,), pattern=_FORMATS[name], name=name)]
    if one.logicalType == "integer" and name in _SIZES:
        low, high = _SIZES[name]
        bounded = terms.rule("between", (one.name,), minimum=low, maximum=high, name=name)
        return [] if low is None else [bounded]
    if (one.logicalType, name) in (("date", "yyyy-MM-dd"), ("number", "f32"), ("number", "f64")):
        return []
    raise terms.cannot(f"a format that is not held to: '{name}'")


def _step(text: str, one: Property, terms: Terms) -> Any:
    step = _typed(text, one, terms)
    if not step > 0:
        raise terms.cannot("multipleOf is above 0")
    return step


def _typed(text: str, one: Property, terms: Terms) -> Any:
    value = cast_text(text, one.logicalType)
    if value is None:
        raise terms.cannot(f"'{text}' is not of the type {one.logicalType}")
    return value
