"""Open Data Contract Standard (v3) files, compiled to the rule model. What cannot be compiled is refused, never skipped.

Bitol, Open Data Contract Standard, https://bitol-io.github.io/open-data-contract-standard/
"""

from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError, CyclesError, ParameterError, ProblemsError, nearest
from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.odcs_file import Custom, Odcs, Property, Quality, Table
from cycles.do.contracts.rules import Allowed, Column, Contract, Rule, Severity, Type

_READ = ("severity", "missingCodes", "optional", "maxQuarantinedShare")
_MEANING = (
    "itemText",
    "scale",
    "reverseScored",
    "responseScale",
    "sourceColumn",
    "ceds",
    "edfi",
    "pii",
    "instrument",
    "instrumentVersion",
)


def read_contract(path: str | Path) -> Contract:
    """Read a contract file.

    Raises
    ------
    ParameterError
        CY104 no file, CY103 not strict YAML.
    ContractError
        CY210 when it is no contract of the standard, or holds what cannot be compiled (all problems together).
    """
    from cycles.core import strict_yaml

    return compile_contract(strict_yaml.load(path), where=Path(path).name)


def compile_contract(content: Any, *, where: str) -> Contract:
    """As :func:`read_contract`, from content: a contract of one table becomes columns and rules.

    Parameters
    ----------
    content : the file as dicts and lists; scalars may be text
    where : the file's name, for messages

    Notes
    -----
    `required` and `primaryKey` become *required*; `unique`, `primaryKey` and duplicateValues become *unique*; minimum, maximum, pattern,
    lengths, enum and invalidValues judge values that are present; nullValues with `unit: percent` bounds the share of missing values and
    rowCount the number of rows. The custom property `severity: warning` of a column makes its value rules warnings; `optional: true` lets a
    file lack the column; `missingCodes` says which codes stand for no value, and why; `maxQuarantinedShare` is on the table.
    """
    try:
        odcs = Odcs.parse(content, where=where)
        table = _only_table(odcs, where)
        names = [one.name for one in table.properties]
        _refuse_unclear(table, names, where)
        columns = tuple(_column(one, where) for one in table.properties)
        rules = [
            rule
            for one, column in zip(table.properties, columns, strict=True)
            for rule in _rules_of(one, column, where)
        ]
        rules += _keys(table) + [rule for quality in table.quality for rule in _rules_of_table(quality, where)]
    except (ParameterError, ProblemsError) as problem:
        raise _as_contract_errors(problem) from None
    share = float(_custom(table.customProperties).get("maxQuarantinedShare", 0.05))
    return Contract(
        name=odcs.name, version=odcs.version, columns=columns, rules=_once(rules), max_quarantined_share=share
    )


def _as_contract_errors(problem: CyclesError) -> CyclesError:
    problems = problem.problems if isinstance(problem, ProblemsError) else [problem]
    turned: list[CyclesError] = [
        ContractError(one.what, code="CY210", where=one.where, fix=one.fix) for one in problems
    ]
    return turned[0] if len(turned) == 1 else ProblemsError(turned)


def _only_table(odcs: Odcs, where: str) -> Table:
    if len(odcs.tables) != 1 or not odcs.tables[0].properties:
        raise _cannot("a contract is about one table, with columns", where)
    return odcs.tables[0]


def _refuse_unclear(table: Table, names: list[str], where: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _cannot(f"columns stand twice: {', '.join(twice)}", where)
    every = [*table.customProperties, *(custom for one in table.properties for custom in one.customProperties)]
    for custom in every:
        if custom.vendor is None and custom.property not in (*_READ, *_MEANING):
            raise _cannot(
                f"unknown custom property '{custom.property}'", where, nearest(custom.property, (*_READ, *_MEANING))
            )
    for quality in [*table.quality, *(one for column in table.properties for one in column.quality)]:
        for name in quality.arguments.properties:
            if name not in names:
                raise _cannot(f"a rule names the column '{name}', which is not declared", where, nearest(name, names))


def _cannot(what: str, where: str, fix: str = "") -> ContractError:
    return ContractError(what, code="CY210", where=where, fix=fix)


def _custom(properties: tuple[Custom, ...]) -> dict[str, Any]:
    return {one.property: one.value for one in properties}


def _column(one: Property, where: str) -> Column:
    custom = _custom(one.customProperties)
    missing = custom.get("missingCodes") or {}
    if not isinstance(missing, dict):
        raise _cannot("missingCodes is a mapping of code to reason", f"{where}, {one.name}")
    codes = {str(code): str(why) for code, why in missing.items()}
    optional = str(custom.get("optional", "false")).lower() == "true"
    return Column(name=one.name, type=one.logicalType, optional=optional, missing=codes, item="itemText" in custom)


def _rules_of(one: Property, column: Column, where: str) -> list[Rule]:
    own = (one.name,)
    severity: Severity = "warning" if _custom(one.customProperties).get("severity") == "warning" else "critical"
    rules = [] if column.optional else [Rule(kind="column_exists", columns=own)]
    if one.logicalType != "string":
        rules.append(Rule(kind="castable", columns=own))
    if one.required or one.primaryKey:
        rules.append(Rule(kind="required", columns=own))
    if one.unique:
        rules.append(Rule(kind="unique", columns=own))
    place = f"{where}, {one.name}"
    rules += _value_rules(one, own, severity, place)
    return rules + [rule for quality in one.quality for rule in _rules_of_column(quality, one, severity, place)]


def _value_rules(one: Property, own: tuple[str, ...], severity: Severity, where: str) -> list[Rule]:
    options, rules = one.logicalTypeOptions, []
    if options.minimum is not None or options.maximum is not None:
        low, high = (
            None if bound is None else _typed(bound, one.logicalType, where)
            for bound in (options.minimum, options.maximum)
        )
        rules.append(Rule(kind="between", columns=own, severity=severity, minimum=low, maximum=high))
    if options.minLength is not None or options.maxLength is not None:
        rules.append(
            Rule(kind="length", columns=own, severity=severity, minimum=options.minLength, maximum=options.maxLength)
        )
    if options.pattern is not None:
        rules.append(Rule(kind="matches", columns=own, severity=severity, pattern=_pattern(options.pattern, where)))
    if one.enum:
        values = tuple(_typed(entry.value, one.logicalType, where) for entry in one.enum)
        rules.append(Rule(kind="in_set", columns=own, severity=severity, values=values))
    return rules


def _rules_of_column(quality: Quality, one: Property, severity: Severity, where: str) -> list[Rule]:
    if quality.type == "text":
        return []
    own = (one.name,)
    severity = "warning" if quality.severity == "warning" else severity
    least, most = quality.bounds
    if quality.metric == "duplicateValues" and most == 0:
        return [Rule(kind="unique", columns=own)]
    if quality.metric == "nullValues" and most == 0:
        return [Rule(kind="required", columns=own)]
    if quality.metric == "nullValues" and quality.unit == "percent" and most is not None and not least:
        return [
            Rule(kind="missing_values", columns=own, severity=severity, allowed=Allowed(high=most / 100, unit="share"))
        ]
    if quality.metric == "invalidValues" and most == 0 and quality.arguments.validValues:
        values = tuple(_typed(value, one.logicalType, where) for value in quality.arguments.validValues)
        return [Rule(kind="in_set", columns=own, severity=severity, values=values)]
    if quality.metric == "invalidValues" and most == 0 and quality.arguments.pattern is not None:
        return [
            Rule(kind="matches", columns=own, severity=severity, pattern=_pattern(quality.arguments.pattern, where))
        ]
    raise _cannot(f"a rule that cannot be compiled: {quality.metric}", where)


def _rules_of_table(quality: Quality, where: str) -> list[Rule]:
    severity: Severity = "warning" if quality.severity == "warning" else "critical"
    least, most = quality.bounds
    if quality.type == "text":
        return []
    if quality.metric == "rowCount" and (least is not None or most is not None):
        return [Rule(kind="row_count", severity=severity, allowed=Allowed(low=least, high=most))]
    if quality.metric == "duplicateValues" and most == 0 and quality.arguments.properties:
        return [Rule(kind="unique", columns=quality.arguments.properties)]
    raise _cannot(f"a rule that cannot be compiled: {quality.metric}", where)


def _keys(table: Table) -> list[Rule]:
    keyed = sorted((one for one in table.properties if one.primaryKey), key=lambda one: one.primaryKeyPosition)
    return [Rule(kind="unique", columns=tuple(one.name for one in keyed))] if keyed else []


def _once(rules: list[Rule]) -> tuple[Rule, ...]:
    return tuple({rule.id: rule for rule in rules}.values())


def _typed(text: str, kind: Type, where: str) -> Any:
    value = cast_text(text, kind)
    if value is None:
        raise _cannot(f"'{text}' is not of the type {kind}", where)
    return value


def _pattern(pattern: str, where: str) -> str:
    """Patterns run on RE2, whose time is linear; what it does not know (look-ahead, back-references) is refused."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error:
        raise _cannot(
            "a pattern that RE2 cannot run", where, "Write it without look-ahead and back-references."
        ) from None
    return pattern
