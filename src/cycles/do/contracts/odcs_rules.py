"""The rules of a contract file, element by element: what the standard calls options, metrics and relationships."""

from collections.abc import Mapping
from dataclasses import replace

from cycles.do.contracts.odcs_file import Property, Quality, Relationship, Table
from cycles.do.contracts.odcs_terms import Terms, as_share, terms_of, terms_of_quality
from cycles.do.contracts.odcs_values import value_rules
from cycles.do.contracts.rules import Allowed, Column, Rule, Type


def rules_of_property(
    one: Property, column: Column, *, table: str, types: Mapping[str, Type], where: str
) -> list[Rule]:
    """The rules of a column: it exists, can be cast, is required or unique, and what its values are held to.

    Raises
    ------
    ContractError
        CY210 for what cannot be compiled.
    """
    terms = terms_of(one.customProperties, Terms(where=f"{where}, {one.name}", table=table, types=types))
    own, grave = (one.name,), replace(terms, severity="critical", scope="row")
    rules = [] if column.optional else [Rule(kind="column_exists", columns=own)]
    if one.logicalType != "string":
        rules.append(Rule(kind="castable", columns=own, scope="cell" if terms.scope == "cell" else "row"))
    if one.required or one.primaryKey:
        rules.append(grave.rule("required", own))
    if one.unique:
        rules.append(grave.rule("unique", own))
    rules += value_rules(one.logicalTypeOptions, tuple(entry.value for entry in one.enum), one, terms)
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


# -- metrics ---------------------------------------------------------------------------------------------------------------


def _rules_of_column(quality: Quality, one: Property, terms: Terms) -> list[Rule]:
    if quality.type == "text":
        return []
    terms, own = terms_of_quality(quality, terms), (one.name,)
    if quality.type == "sql":
        return [_sql(quality, one.name, terms)]
    arguments = quality.arguments
    match quality.metric:
        case "nullValues" | "missingValues":
            return [_missing(quality, own, terms)]
        case "duplicateValues":
            return [_tolerating(terms.rule("unique", own), quality.allowed)]
        case "invalidValues":
            rules = value_rules(arguments, arguments.validValues, one, terms)
            if rules:
                return [_tolerating(rule, quality.allowed) for rule in rules]
    raise terms.cannot(f"a rule that cannot be compiled: {quality.metric}")


def _rules_of_table(quality: Quality, terms: Terms) -> list[Rule]:
    if quality.type == "text":
        return []
    terms = terms_of_quality(quality, terms)
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
    terms = terms_of(key.customProperties, replace(terms, scope="row"))
    targets = [_target(to, terms) for to in ((key.to,) if isinstance(key.to, str) else key.to)]
    tables = {table for table, _ in targets}
    if len(tables) != 1 or len(targets) != len(columns):
        raise terms.cannot("a foreign key refers to as many columns, of one table")
    share = {one.property: one.value for one in key.customProperties}.get("maxBrokenShare")
    rule = terms.rule(
        "reference", columns, to=tables.pop(), to_columns=tuple(name for _, name in targets), name=targets[0][0]
    )
    return (
        rule
        if share is None
        else _tolerating(rule, Allowed(high=as_share(share, "maxBrokenShare", terms), unit="share"))
    )


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
