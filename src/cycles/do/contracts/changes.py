"""The changes between two contracts, one by one: columns, their meaning, their rules, the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cycles.do.contracts.meaning import Meaning, about_meaning, about_missing, about_scales, about_scoring, meaning_of
from cycles.do.contracts.rules import Column, Contract, Rule
from cycles.do.contracts.tightness import changed_fields, direction
from cycles.do.contracts.versions import Level
from cycles.plan.instruments import Instrument

_SCALE = frozenset({"values", "minimum", "maximum", "exclusive_minimum", "exclusive_maximum"})
_RULED = frozenset({"name", "customProperties", "quality", "relationships"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `element` is a column, a scale, a rule or the table; `series_break`: values on either side are not one series."""

    kind: str
    element: str
    what: str
    level: Level
    series_break: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        names = ("level", "kind", "element", "what", "series_break")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two files: as it is written, compiled, and the instrument that gave it, if one did."""

    file: str
    content: dict[str, Any]
    contract: Contract
    instrument: Instrument | None = None

    @property
    def table(self) -> dict[str, Any]:
        """The one table, as written."""
        return dict(self.content["schema"][0])

    @cached_property
    def properties(self) -> dict[str, dict[str, Any]]:
        """The columns as written, by name."""
        return {one["name"]: one for one in self.table["properties"]}

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns compiled, by name."""
        return {one.name: one for one in self.contract.columns}

    @cached_property
    def meanings(self) -> dict[str, Meaning]:
        """What each column stands for, by name."""
        return {name: meaning_of(one) for name, one in self.properties.items()}

    def rules(self, column: str | None = None) -> list[Rule]:
        """The rules that name a column; all of them without one."""
        return [rule for rule in self.contract.rules if column is None or column in rule.columns]


def changes_between(old: Side, new: Side) -> Iterator[Change]:
    """Every change from `old` to `new`, in the order of the file.

    Parameters
    ----------
    old, new : the two files
    """
    renamed = _renamed(old, new)
    found = [
        *_about_the_table(old, new),
        *_columns_gone_and_come(old, new, renamed),
        *(change for name in new.columns if name in old.columns for change in _about_a_column(name, old, new)),
        *(Change(**one) for one in about_scales(old.meanings, new.meanings, renamed)),
        *(Change(**one) for one in about_scoring(old.instrument, new.instrument)),
        *_about_rules(old, new, renamed),
    ]
    yield from found
    if not found and _without_version(old.content) != _without_version(new.content):
        yield Change(kind="description", element=new.contract.name, what="descriptions changed", level="patch")


def _without_version(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "version"}


# -- the table -----------------------------------------------------------------------------------------------------------


def _about_the_table(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.contract, new.contract
    if before.name != after.name:
        yield Change(kind="name", element=after.name, what=f"the contract was called {before.name}", level="major")
    if old.table["name"] != new.table["name"]:
        what = f"the table was called {old.table['name']}, is called {new.table['name']}"
        yield Change(kind="name", element=new.table["name"], what=what, level="major")
    if before.max_quarantined_share != after.max_quarantined_share:
        fewer = after.max_quarantined_share < before.max_quarantined_share
        what = f"up to {after.max_quarantined_share:.4g} of the rows may be set aside, not {before.max_quarantined_share:.4g}"
        yield Change(kind="tolerance", element=after.name, what=what, level="major" if fewer else "minor")
    if before.series_breaks != after.series_breaks:
        yield Change(kind="series_breaks", element=after.name, what="declared series breaks changed", level="minor")


# -- columns -------------------------------------------------------------------------------------------------------------


def _renamed(old: Side, new: Side) -> dict[str, str]:
    """Columns that are the same in all but their name: old -> new. Nothing is guessed where two could be meant."""
    gone = [name for name in old.columns if name not in new.columns]
    come = [name for name in new.columns if name not in old.columns]
    pairs = {name: [other for other in come if _same_but_for_name(old, name, new, other)] for name in gone}
    return {
        name: others[0]
        for name, others in pairs.items()
        if len(others) == 1 and sum(others[0] in one for one in pairs.values()) == 1
    }


def _same_but_for_name(old: Side, name: str, new: Side, other: str) -> bool:
    told = ("name", "description", "businessName", "physicalName", "id")
    one, two = (
        {key: value for key, value in written.items() if key not in told}
        for written in (old.properties[name], new.properties[other])
    )
    return one == two


def _columns_gone_and_come(old: Side, new: Side, renamed: dict[str, str]) -> Iterator[Change]:
    for name in old.columns:
        if name in renamed:
            what = f"the column {name} is called {renamed[name]}"
            yield Change(kind="column_renamed", element=name, what=what, level="major")
        elif name not in new.columns:
            yield Change(kind="column_removed", element=name, what=f"the column {name} is gone", level="major")
    for name, column in new.columns.items():
        if name not in old.columns and name not in renamed.values():
            what = f"the column {name} is new" + (", and a file may lack it" if column.optional else ", and required")
            yield Change(kind="column_added", element=name, what=what, level="minor" if column.optional else "major")


def _about_a_column(name: str, old: Side, new: Side) -> Iterator[Change]:
    before, after = old.columns[name], new.columns[name]
    if before.type != after.type:
        what = f"{name} was {before.type}, is {after.type}"
        yield Change(kind="type", element=name, what=what, level="major", series_break=before.item or after.item)
    for one in about_meaning(name, old.meanings[name], new.meanings[name]):
        yield Change(**one)
    for one in about_missing(before, after, old.rules(name), new.rules(name)):
        yield Change(**one)
    if _described(old.properties[name]) != _described(new.properties[name]):
        yield Change(kind="description", element=name, what=f"the description of {name} changed", level="patch")


def _described(written: dict[str, Any]) -> dict[str, Any]:
    """What is left of a column once its rules, type and meaning are taken away."""
    ruled = {"logicalType", "logicalTypeOptions", "required", "unique", "primaryKey", "primaryKeyPosition", "enum"}
    return {key: value for key, value in written.items() if key not in ruled | _RULED}


# -- rules ---------------------------------------------------------------------------------------------------------------


def _about_rules(old: Side, new: Side, renamed: dict[str, str]) -> Iterator[Change]:
    """Rules of columns that stand in both files, and of the table; a new or a lost column has been told already."""
    fresh = set(new.columns) - set(old.columns)
    lost = set(old.columns) - set(new.columns)
    before = {rule.id: rule for rule in old.rules() if not lost & set(rule.columns)}
    after = {rule.id: rule for rule in new.rules() if not fresh & set(rule.columns)}
    for name in {**before, **after}:
        yield from _about_a_rule(before.get(name), after.get(name), new)
    yield from _keys_across(old, new, renamed)


def _keys_across(old: Side, new: Side, renamed: dict[str, str]) -> Iterator[Change]:
    """A key that gained or lost a column which is itself new or gone."""
    before = {frozenset(renamed.get(one, one) for one in key) for key in old.contract.keys}
    after = {frozenset(key) for key in new.contract.keys}
    shared = set(old.columns) & set(new.columns)
    for key in sorted(before ^ after, key=sorted):
        if not key <= shared:
            word = "is now" if key in after else "is no longer"
            yield Change(
                kind="key", element="+".join(sorted(key)), what=f"{_listed(key)} {word} the key", level="major"
            )


def _about_a_rule(before: Rule | None, after: Rule | None, new: Side) -> Iterator[Change]:
    rule = after or before
    assert rule is not None
    if rule.kind == "castable":
        return  # told as a change of type
    if rule.kind == "unique" and not rule.when and (before is None or after is None):
        word = "must now be" if before is None else "need no longer be"
        what = f"{_listed(rule.columns)} {word} unique"
        yield Change(kind="key", element="+".join(rule.columns), what=what, level="major")
    elif before is None:
        warned = rule.severity == "warning"
        what = f"a new {'warning' if warned else 'rule'}: {rule.id}"
        yield Change(kind="rule_added", element=rule.id, what=what, level="minor" if warned else "major")
    elif after is None:
        yield Change(kind="rule_removed", element=rule.id, what=f"the rule {rule.id} is gone", level="minor")
    elif before != after:
        yield from _about_a_changed_rule(before, after, new)


def _about_a_changed_rule(before: Rule, after: Rule, new: Side) -> Iterator[Change]:
    if (way := direction(before, after)) == "same":
        return
    altered = changed_fields(before, after)
    column = new.columns.get(after.columns[0]) if after.columns else None
    if column is not None and column.item and _SCALE & set(altered):
        what = f"{column.name} may be {_range(after)}, was {_range(before)}"
        yield Change(kind="valid_values", element=column.name, what=what, level="major", series_break=True)
        return
    harmless = way == "looser" or after.severity == "warning"
    word = {"looser": "asks less", "tighter": "asks more"}.get(way, "asks something else")
    what = f"the rule {after.id} {word} ({', '.join(altered)})"
    kind = {"looser": "rule_looser", "tighter": "rule_tighter"}.get(way, "rule_changed")
    yield Change(kind=kind, element=after.id, what=what, level="minor" if harmless else "major")


def _range(rule: Rule) -> str:
    if rule.kind == "in_set":
        return ", ".join(str(value) for value in rule.values)
    low, high = ("any" if bound is None else f"{bound}" for bound in (rule.minimum, rule.maximum))
    return f"{low} to {high}"


def _listed(columns: Any) -> str:
    return " and ".join(sorted(columns))
