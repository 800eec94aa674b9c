"""The rules of a contract file, element by element: what the standard calls options, metrics and relationships."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cycles.core.errors import ContractError, nearest
from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.conditions import conditions
from cycles.do.contracts.missing import linear
from cycles.do.contracts.odcs_file import Bounds, Custom, Property, Quality, Relationship, Table
from cycles.do.contracts.rules import Allowed, Column, Condition, Rule, Scope, Severity, Type

_SET_ASIDE: dict[str, Scope] = {"row": "row", "cell": "cell", "nothing": "table"}
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


def rules_of_property(
    one: Property, column: Column, *, table: str, types: Mapping[str, Type], where: str
) -> list[Rule]:
    """The rules of a column: it exists, can be cast, is required or unique, and what its values are held to.

    Raises
    ------
    ContractError
        CY210 for what cannot be compiled.
    """
    terms = _terms(one.customProperties, Terms(where=f"{where}, {one.name}", table=table, types=types))
    own, grave = (one.name,), replace(terms, severity="critical", scope="row")
    rules = [] if column.optional else [Rule(kind="column_exists", columns=own)]
    if one.logicalType != "string":
        rules.append(Rule(kind="castable", columns=own, scope="cell" if terms.scope == "cell" else "row"))
    if one.required or one.primaryKey:
        rules.append(grave.rule("required", own))
    if one.unique:
        rules.append(grave.rule("unique", own))
    rules += _value_rules(one.logicalTypeOptions, tuple(entry.value for entry in one.enum), one, terms)
    rules += [_reference(key, own, terms) for key in one.relationships]
    return rules + [rule for quality in one.quality for rule in _rules_of_column(quality, one, terms)]


def rules_of_table(table: Table, *, types: Mapping[str, Type], where: str) -> list[Rule]:
    """The rules of a table: its key, its foreign keys, its quality rules.

    Raises
    ------
    ContractError
        CY210 for what cannot be compiled.
    """
    terms = Terms(where=where, table=table.name, types=types)
    keyed = sorted((one for one in table.properties if one.primaryKey), key=lambda one: one.primaryKeyPosition)
    rules = [Rule(kind="unique", columns=tuple(one.name for one in keyed))] if keyed else []
    rules += [_reference(key, _origin(key, terms), terms) for key in table.relationships]
    return rules + [rule for quality in table.quality for rule in _rules_of_table(quality, terms)]


def _terms(properties: tuple[Custom, ...], terms: Terms) -> Terms:
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


def _of_quality(quality: Quality, terms: Terms) -> Terms:
    named = replace(_terms(quality.customProperties, terms), name=quality.name or quality.id or "")
    return named if quality.severity == "error" else replace(named, severity="warning")


# -- values ---------------------------------------------------------------------------------------------------------------


def _value_rules(bounds: Bounds, values: tuple[str, ...], one: Property, terms: Terms) -> list[Rule]:
    """What values that are present are held to; the same words in options and in arguments."""
    own, rules = (one.name,), []
    low, high = bounds.minimum, bounds.maximum
    if bounds.exclusiveMinimum is not None or bounds.exclusiveMaximum is not None:
        if (low is not None and bounds.exclusiveMinimum is not None) or (
            high is not None and bounds.exclusiveMaximum is not None
        ):
            raise terms.cannot("a bound is either inclusive or exclusive")
        low, high = low or bounds.exclusiveMinimum, high or bounds.exclusiveMaximum
    if low is not None or high is not None:
        rules.append(
            terms.rule(
                "between",
                own,
                minimum=None if low is None else _typed(low, one, terms),
                maximum=None if high is None else _typed(high, one, terms),
                exclusive_minimum=bounds.exclusiveMinimum is not None,
                exclusive_maximum=bounds.exclusiveMaximum is not None,
            )
        )
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


# -- metrics ---------------------------------------------------------------------------------------------------------------


def _rules_of_column(quality: Quality, one: Property, terms: Terms) -> list[Rule]:
    if quality.type == "text":
        return []
    terms, own = _of_quality(quality, terms), (one.name,)
    if quality.type == "sql":
        return [_sql(quality, one.name, terms)]
    arguments = quality.arguments
    match quality.metric:
        case "nullValues" | "missingValues":
            return [_missing(quality, own, terms)]
        case "duplicateValues":
            return [_tolerating(terms.rule("unique", own), quality.allowed)]
        case "invalidValues":
            rules = _value_rules(arguments, arguments.validValues, one, terms)
            if rules:
                return [_tolerating(rule, quality.allowed) for rule in rules]
    raise terms.cannot(f"a rule that cannot be compiled: {quality.metric}")


def _rules_of_table(quality: Quality, terms: Terms) -> list[Rule]:
    if quality.type == "text":
        return []
    terms = _of_quality(quality, terms)
    if quality.type == "sql":
        return [_sql(quality, None, terms)]
    if quality.metric == "rowCount" and quality.unit == "rows" and not terms.when:
        return [terms.rule("row_count", (), scope="table", allowed=quality.allowed)]
    if quality.metric == "duplicateValues" and quality.arguments.properties:
        return [_tolerating(terms.rule("unique", quality.arguments.properties), quality.allowed)]
    raise terms.cannot(f"a rule that cannot be compiled: {quality.metric}")


def _missing(quality: Quality, own: tuple[str, ...], terms: Terms) -> Rule:
    if _accepts_none(quality.allowed) and terms.scope != "table":
        return terms.rule("required", own, scope="row")
    return terms.rule("missing_values", own, scope="table", allowed=quality.allowed)


def _tolerating(rule: Rule, allowed: Allowed) -> Rule:
    """A rule that accepts none needs no count of its own; one that accepts a few has it; any other comparison only counts."""
    if _accepts_none(allowed) and rule.scope != "table":
        return rule
    few = not allowed.outside and (allowed.low is None or (allowed.low <= 0 and not allowed.low_open))
    return replace(rule, allowed=allowed, scope=rule.scope if few else "table")


def _accepts_none(allowed: Allowed) -> bool:
    high = allowed.high
    one_row_is_too_much = allowed.unit == "rows" and allowed.high_open and high is not None and high <= 1
    return not allowed.outside and high is not None and (high <= 0 or one_row_is_too_much)


def _sql(quality: Quality, column: str | None, terms: Terms) -> Rule:
    """Without `setAside: row` a query gives one number, as the standard has it."""
    if not quality.query:
        raise terms.cannot("a rule of the type sql has a `query`")
    if quality.unit != "rows" or terms.when:
        raise terms.cannot("a query counts for itself: without `unit: percent`, without `appliesWhen`")
    by_rows = any(one.property == "setAside" and one.value == "row" for one in quality.customProperties)
    query = _filled(quality.query, terms.table, column)
    rule = terms.rule("sql", (column,) if column else (), scope="row" if by_rows else "table", query=query)
    return _tolerating(rule, quality.allowed)


def _filled(query: str, table: str, column: str | None) -> str:
    """The standard's placeholders for the element that a query stands at."""
    names = dict.fromkeys(("table", "model", "object"), table)
    names |= dict.fromkeys(("column", "field", "property"), column) if column else {}
    for word, name in names.items():
        quoted = '"' + name.replace('"', '""') + '"'
        query = query.replace(f"${{{word}}}", quoted).replace(f"{{{word}}}", quoted)
    return query


# -- foreign keys -----------------------------------------------------------------------------------------------------------


def _reference(key: Relationship, columns: tuple[str, ...], terms: Terms) -> Rule:
    terms = _terms(key.customProperties, replace(terms, scope="row"))
    targets = [_target(to, terms) for to in ((key.to,) if isinstance(key.to, str) else key.to)]
    tables = {table for table, _ in targets}
    if len(tables) != 1 or len(targets) != len(columns):
        raise terms.cannot("a foreign key refers to as many columns, of one table")
    share = {one.property: one.value for one in key.customProperties}.get("maxBrokenShare")
    rule = terms.rule(
        "reference", columns, to=tables.pop(), to_columns=tuple(name for _, name in targets), name=targets[0][0]
    )
    return rule if share is None else _tolerating(rule, Allowed(high=_as_share(share, terms), unit="share"))


def _as_share(written: Any, terms: Terms) -> float:
    share = cast_text(str(written), "number")
    if share is None or not 0 <= share <= 1:
        raise terms.cannot("maxBrokenShare is a number from 0 to 1")
    return float(share)


def _origin(key: Relationship, terms: Terms) -> tuple[str, ...]:
    if key.origin is None:
        raise terms.cannot("a foreign key of a table says `from`")
    names = (key.origin,) if isinstance(key.origin, str) else key.origin
    return tuple(name.removeprefix(f"{terms.table}.") for name in names)


def _target(to: str, terms: Terms) -> tuple[str, str]:
    """`students.student_id`, or `schema/students/properties/student_id`."""
    parts = to.strip("/").split("/")
    if len(parts) == 4 and (parts[0], parts[2]) == ("schema", "properties"):
        return parts[1], parts[3]
    table, _, column = to.partition(".")
    if "/" in to or not column:
        raise terms.cannot(f"a foreign key to '{to}'", "Write it as table.column.")
    return table, column
