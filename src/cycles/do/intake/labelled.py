"""Value labels held against the values they stand for. A label is somebody's claim about a code; the data can contradict it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

MOSTLY = 0.5
"""Share of values without a label above which that is always said."""

COVERED = 0.9
"""Share of values with a label from which one without stands out; below it, perhaps only some points of a scale were named."""

MEASURED = 10
"""Different values from which a variable with fewer labels than half of them is a quantity with a few special codes."""

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Checked:
    """Labels that can be used, by column, and sentences about those that cannot."""

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def checked_labels(
    table: pd.DataFrame, labels: Mapping[str, Labels], declared_missing: Mapping[str, set[str]]
) -> Checked:
    """Hold each variable's labels against its values and against the indicator columns made from it.

    Labels are refused for a variable when none of its values has one, or when a column of zeros and ones that is named after one
    of the labels marks the rows of another code. Its values stay codes either way.

    Parameters
    ----------
    table : text columns, missing = empty string
    labels : code -> label, by column
    declared_missing : codes that stand for a missing value, by column; they need no label

    Examples
    --------
    >>> table = pd.DataFrame({"level": ["1", "2"], "level_high": ["1", "0"]})
    >>> checked_labels(table, {"level": {"1": "low", "2": "high"}}, {}).warnings[0][:46]
    "CY218: column 'level': its labels contradict t"
    """
    checked = Checked()
    for name, own in labels.items():
        missing = declared_missing.get(name, set())
        answers = {code: label for code, label in own.items() if code not in missing}
        counts = _counts(table, name, missing)
        refused = _contradicted(table, name, own) or _none_fits(answers, counts)
        said = refused or [*_some_miss(answers, counts), *_twice(own)]
        checked.warnings.extend(f"CY218: column '{name}': {sentence}" for sentence in said)
        if not refused:
            checked.labels[name] = dict(own)
    return checked


def _counts(table: pd.DataFrame, name: str, missing: set[str]) -> Counter[str]:
    counts = Counter(table[name].tolist() if name in table.columns else [])
    return Counter({code: n for code, n in counts.items() if code and code not in missing})


def _contradicted(table: pd.DataFrame, name: str, labels: Labels) -> list[str]:
    """Columns such as `level_high` that are 1 exactly where `level` has one code, which is not the code labelled `high`."""
    if name not in table.columns:
        return []
    by_label = {_plain(label): code for code, label in labels.items()}
    wrong = []
    for other in table.columns:
        named = by_label.get(_plain(other[len(name) + 1 :])) if other.startswith(f"{name}_") else None
        marked = _code_marked(table[name], table[other]) if named else None
        if marked not in (None, named):
            wrong.append(other)
    return (
        [f"its labels contradict the columns {', '.join(wrong)}; they are not used, its codes are kept"]
        if wrong
        else []
    )


def _code_marked(codes: pd.Series, indicator: pd.Series) -> str | None:
    """The one code on whose rows alone an indicator is 1, if there is such a code."""
    if not set(indicator.unique()) <= {"0", "1", ""}:
        return None
    present = indicator != ""
    marked = codes[indicator == "1"].unique()
    if len(marked) != 1 or not marked[0] or (codes[present & (indicator == "0")] == marked[0]).any():
        return None
    return str(marked[0])


def _none_fits(labels: Labels, counts: Counter[str]) -> list[str]:
    if not counts or not labels or any(code in labels for code in counts) or _is_measured(labels, counts):
        return []
    return [f"none of its {counts.total():,} values has a label; its labels are not used, its codes are kept"]


def _some_miss(labels: Labels, counts: Counter[str]) -> list[str]:
    strangers = [code for code in counts if code not in labels]
    without = sum(counts[code] for code in strangers)
    idle = sum(code not in counts for code in labels)
    share = without / counts.total() if strangers else 0.0
    if (
        not strangers
        or not labels
        or _is_measured(labels, counts)
        or not (idle or share > MOSTLY or share <= 1 - COVERED)
    ):
        return []
    also = f", while {idle} labels stand for no value" if idle else ""
    return [f"{without:,} of {counts.total():,} values have no label ({len(strangers)} codes){also}"]


def _is_measured(labels: Labels, counts: Counter[str]) -> bool:
    return len(counts) > MEASURED and 2 * len(labels) < len(counts)


def _twice(labels: Labels) -> list[str]:
    shared = [label for label, n in Counter(_plain(label) for label in labels.values()).items() if n > 1 and label]
    return [f"{len(shared)} labels stand for several codes each"] if shared else []


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
