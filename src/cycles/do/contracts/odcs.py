"""Open Data Contract Standard (v3) files, compiled to the rule model. What cannot be compiled is refused, never skipped.

Bitol, Open Data Contract Standard, https://bitol-io.github.io/open-data-contract-standard/
"""

from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError, CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.vocabulary import SeriesBreak
from cycles.do.contracts.missing import missing_codes
from cycles.do.contracts.odcs_file import Custom, Loose, Odcs, Property, Table
from cycles.do.contracts.odcs_rules import rules_of_property, rules_of_table
from cycles.do.contracts.odcs_terms import Terms, as_share
from cycles.do.contracts.rules import Column, Contract, Rule

_READ = (
    "severity",
    "missingCodes",
    "optional",
    "maxQuarantinedShare",
    "maxBrokenShare",
    "appliesWhen",
    "setAside",
    "seriesBreaks",
)
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
    `required` and `primaryKey` become *required*; `unique`, `primaryKey` and duplicateValues become *unique*; bounds, pattern, format,
    lengths, multipleOf, enum and invalidValues judge values that are present; nullValues and missingValues bound how many are missing,
    rowCount the number of rows; a foreign key becomes a *reference*; a `sql` rule is one DuckDB SELECT. A rule that accepts some
    (`mustBeLessOrEqualTo: 5`, `unit: percent`) fails the table when there are more; the rows that broke it are set aside all the same.

    Custom properties: `severity: warning` of a column makes its value rules warnings; `optional: true` lets a file lack the column;
    `missingCodes` says which codes stand for no value, and why; `setAside: row | cell | nothing` says what a broken value rule costs;
    `appliesWhen` makes rules conditional; `maxBrokenShare` of a foreign key is the share of rows that may refer to nobody.
    On the table: `maxQuarantinedShare`, and `seriesBreaks`, a list of `{measure, at, because}`.
    """
    try:
        odcs = Odcs.parse(content, where=where)
        table = _only_table(odcs, where)
        _refuse_unclear(table, where)
        columns = tuple(_column(one, where) for one in table.properties)
        types = {column.name: column.type for column in columns}
        pairs = zip(table.properties, columns, strict=True)
        told: dict[str, Any] = {"types": types, "where": where}
        rules = [rule for one, column in pairs for rule in rules_of_property(one, column, table=table.name, **told)]
        rules += rules_of_table(table, **told)
        _refuse_unknown(rules, types, where)
    except (ParameterError, ProblemsError) as problem:
        raise _as_contract_errors(problem) from None
    custom = _custom(table.customProperties)
    return Contract(
        name=odcs.name,
        version=odcs.version,
        columns=columns,
        rules=_once(rules, where),
        table=table.name,
        max_quarantined_share=as_share(
            custom.get("maxQuarantinedShare", "0.05"),
            "maxQuarantinedShare",
            Terms(where=where, table=table.name, types=types),
        ),
        series_breaks=_series_breaks(custom.get("seriesBreaks", []), where),
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


def _refuse_unclear(table: Table, where: str) -> None:
    names = [one.name for one in table.properties]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _cannot(f"columns stand twice: {', '.join(twice)}", where)
    columns = table.properties
    elements: list[Loose] = [table, *columns, *table.quality, *(one for column in columns for one in column.quality)]
    keys = [*table.relationships, *(key for column in columns for key in column.relationships)]
    customs = [custom for element in elements for custom in element.customProperties]
    for custom in [*customs, *(custom for key in keys for custom in key.customProperties)]:
        if custom.vendor is None and custom.property not in (*_READ, *_MEANING):
            raise _cannot(
                f"unknown custom property '{custom.property}'", where, nearest(custom.property, (*_READ, *_MEANING))
            )


def _refuse_unknown(rules: list[Rule], types: dict[str, Any], where: str) -> None:
    for rule in rules:
        for name in rule.columns:
            if name not in types:
                raise _cannot(f"a rule names the column '{name}', which is not declared", where, nearest(name, types))


def _cannot(what: str, where: str, fix: str = "") -> ContractError:
    return ContractError(what, code="CY210", where=where, fix=fix)


def _custom(properties: tuple[Custom, ...]) -> dict[str, Any]:
    return {one.property: one.value for one in properties}


def _column(one: Property, where: str) -> Column:
    custom = _custom(one.customProperties)
    codes, patterns = missing_codes(custom.get("missingCodes") or {}, where=f"{where}, {one.name}")
    listed = [code for quality in one.quality for code in quality.arguments.missingValues if code]
    return Column(
        name=one.name,
        type=one.logicalType,
        optional=str(custom.get("optional", "false")).lower() == "true",
        missing={**dict.fromkeys(listed, "unknown"), **codes},
        missing_patterns=patterns,
        item="itemText" in custom,
    )


def _series_breaks(written: Any, where: str) -> tuple[SeriesBreak, ...]:
    if not isinstance(written, list) or not all(
        isinstance(one, dict) and set(one) == {"measure", "at", "because"} for one in written
    ):
        raise _cannot("seriesBreaks is a list of {measure, at, because}", where)
    return tuple(SeriesBreak(**{key: str(told) for key, told in one.items()}, origin="declared") for one in written)


def _once(rules: list[Rule], where: str) -> tuple[Rule, ...]:
    """Rules said twice are one; two different rules of one name cannot be told apart in a report."""
    by_id: dict[str, Rule] = {}
    for rule in rules:
        if by_id.setdefault(rule.id, rule) != rule:
            raise _cannot(f"two different rules are called {rule.id}", where, "Give one of them a `name`.")
    return tuple(by_id.values())
