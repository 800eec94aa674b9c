"""What a column stands for: its wording, anchors, reversal, scales and missing codes. A change of any of them may break a series.

Item wording, response options and scoring are part of a measure: after a change the same number is not the same answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.rules import Column, Rule
from cycles.plan.instruments import Instrument

Told = dict[str, Any]
_SCORED = ("rule", "codes", "reverse_from", "min_answered", "higher_is", "unit")


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a column says of itself; `anchors` maps a code to its label, or is as it is written."""

    text: str = ""
    anchors: Any = None
    reversed: str = "false"
    scales: frozenset[str] = frozenset()


def meaning_of(written: Mapping[str, Any]) -> Meaning:
    """The meaning of a column of a contract file.

    Parameters
    ----------
    written : the property as it stands in the file

    Examples
    --------
    >>> meaning_of({"customProperties": [{"property": "scale", "value": "belonging"}]}).scales
    frozenset({'belonging'})
    """
    custom = {one["property"]: one.get("value") for one in written.get("customProperties") or []}
    labelled = {
        str(one["value"]): one["description"]
        for one in written.get("enum") or []
        if isinstance(one, dict) and one.get("description")
    }
    return Meaning(
        text=" ".join(str(custom.get("itemText") or "").split()),
        anchors=custom.get("responseScale") or labelled or None,
        reversed=", ".join(sorted(_names(custom.get("reverseScored")))).lower() or "false",
        scales=frozenset(_names(custom.get("scale"))),
    )


def _names(value: Any) -> list[str]:
    several = value if isinstance(value, list) else str("" if value is None else value).split(",")
    return [str(one).strip() for one in several if str(one).strip()]


def about_meaning(name: str, old: Meaning, new: Meaning) -> Iterator[Told]:
    """Changes of one column's wording, anchors and reversal."""
    if old.text != new.text:
        stated = bool(old.text and new.text)
        what = (
            f"{name} is worded differently"
            if stated
            else f"the wording of {name} is {'' if new.text else 'no longer '}stated"
        )
        yield _told("wording", name, what, broken=stated)
    if old.anchors != new.anchors:
        yield from _about_anchors(name, old.anchors, new.anchors)
    if old.reversed != new.reversed:
        what = f"{name} {'is no longer' if new.reversed == 'false' else 'is now'} scored in reverse"
        if "false" not in (old.reversed, new.reversed):
            what = f"{name} is scored in reverse in other scales"
        yield _told("reversal", name, what)


def _about_anchors(name: str, old: Any, new: Any) -> Iterator[Told]:
    if old is None or new is None:
        word = "stated" if old is None else "no longer stated"
        yield _told("anchors", name, f"the response options of {name} are {word}", broken=False)
        return
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield _told("anchors", name, f"the response options of {name} changed")
        return
    if sorted(old.values()) == sorted(new.values()) and len(set(new.values())) == len(new):
        yield _told("recoded", name, f"the response options of {name} have other codes")
        return
    added, gone = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    worded = sorted(code for code in set(old) & set(new) if old[code] != new[code])
    said = [
        *([f"new options {', '.join(added)}"] if added else []),
        *([f"options gone {', '.join(gone)}"] if gone else []),
        *([f"options worded differently {', '.join(worded)}"] if worded else []),
    ]
    yield _told("anchors", name, f"the response options of {name} changed: {'; '.join(said)}")


def about_scales(old: Mapping[str, Meaning], new: Mapping[str, Meaning], renamed: Mapping[str, str]) -> Iterator[Told]:
    """Scales whose items are not the same any more. A file that states no scale at all says nothing about them.

    Parameters
    ----------
    old, new : column -> meaning
    renamed : columns that only changed their name, old -> new
    """
    before = _members({renamed.get(name, name): one for name, one in old.items()})
    after = _members(dict(new))
    if not before or not after:
        if before or after:
            yield _told("scale", "scales", f"scales are {'' if after else 'no longer '}stated", broken=False)
        return
    for scale in sorted(set(before) | set(after)):
        joined = sorted(after.get(scale, set()) - before.get(scale, set()))
        left = sorted(before.get(scale, set()) - after.get(scale, set()))
        if scale not in before:
            yield _told("scale", scale, f"the scale {scale} is new", broken=False)
        elif joined or left:
            said = [
                *([f"without {', '.join(left)}"] if left else []),
                *([f"with {', '.join(joined)}"] if joined else []),
            ]
            what = f"the scale {scale} is {' and '.join(said)}" if scale in after else f"the scale {scale} is gone"
            yield _told("scale", scale, what)


def _members(meanings: Mapping[str, Meaning]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {}
    for name, meaning in meanings.items():
        for scale in meaning.scales:
            members.setdefault(scale, set()).add(name)
    return members


def about_scoring(old: Instrument | None, new: Instrument | None) -> Iterator[Told]:
    """How the scales of two instruments are scored; a contract does not say it."""
    if old is None or new is None:
        return
    for name in old.scales:
        if name in new.scales:
            before, after = old.scales[name], new.scales[name]
            altered = [one for one in _SCORED if getattr(before, one) != getattr(after, one)]
            if altered:
                yield _told("scoring", name, f"the scale {name} is scored differently ({', '.join(altered)})")


def about_missing(old: Column, new: Column, before: list[Rule], after: list[Rule]) -> Iterator[Told]:
    """Missing codes added, taken away or given another reason.

    A code that was a value and now is none (or the reverse) changes every number computed from the column.
    """
    for code in sorted({**old.missing, **new.missing}):
        reason, now = old.missing.get(code), new.missing.get(code)
        if reason == now:
            continue
        if reason is not None and now is not None:
            what = f"the code {code} of {new.name} meant {reason}, means {now}"
            yield {**_told("missing_code", new.name, what), "series_break": False}
        elif now is not None:
            was = _admits(old, before, code)
            what = f"the code {code} of {new.name} stands for no value" + (", and was a value" if was else "")
            yield {**_told("missing_code", new.name, what, broken=was), "level": "major" if was else "minor"}
        else:
            is_now = _admits(new, after, code)
            what = f"the code {code} of {new.name} no longer stands for {reason}"
            yield {**_told("missing_code", new.name, what), "series_break": is_now}
    if old.missing_patterns != new.missing_patterns:
        yield _told("missing_code", new.name, f"the patterns of missing values of {new.name} changed")


def _admits(column: Column, rules: list[Rule], code: str) -> bool:
    """Whether a code could stand as a value of a column."""
    value = cast_text(code, column.type)
    if value is None:
        return False
    for rule in rules:
        if rule.kind == "in_set" and value not in rule.values:
            return False
        low, high = rule.minimum, rule.maximum
        if rule.kind == "between" and ((low is not None and value < low) or (high is not None and value > high)):
            return False
    return True


def _told(kind: str, element: str, what: str, *, broken: bool = True) -> Told:
    return {
        "kind": kind,
        "element": element,
        "what": what,
        "level": "major" if broken else "patch",
        "series_break": broken,
    }
