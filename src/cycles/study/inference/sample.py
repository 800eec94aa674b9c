"""The units an estimate is made from: a panel as arrays, with everything that was left out counted."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Panel
from cycles.study.inference.least_squares import Floats

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Sample:
    """Arrays of the `n` units that have everything the estimator needs.

    `arms` begins with the comparison (code 0) and the change (code 1); further arms follow. Of one group there is only the
    change, code 0. `covariates` is (n, c) with one name per column; a text covariate has a column per level but the first.
    `assigned` counts the units of the panel in these arms, `missing` those left out. `weights` says how many units each one stands for.
    `rows` are the places of the units in the panel's table. `strata` says in which stratum of a survey each was drawn.
    """

    arms: tuple[str, ...]
    arm: Ints
    outcome: Floats
    baseline: Floats | None
    covariates: Floats
    covariate_names: tuple[str, ...]
    clusters: Ints | None
    blocks: Ints | None
    block_names: tuple[str, ...]
    assigned: int
    missing: int
    weights: Floats | None = None
    rows: Ints | None = None
    strata: Ints | None = None

    @property
    def n(self) -> int:
        """Units in the sample."""
        return len(self.outcome)

    @property
    def n_by_arm(self) -> dict[str, int]:
        """Units in each arm."""
        return dict(zip(self.arms, np.bincount(self.arm, minlength=len(self.arms)).tolist(), strict=True))

    @property
    def clusters_by_arm(self) -> dict[str, int]:
        """Clusters with at least one unit in each arm; empty without clusters."""
        if self.clusters is None:
            return {}
        return {name: len(np.unique(self.clusters[self.arm == code])) for code, name in enumerate(self.arms)}

    @property
    def n_clusters(self) -> int | None:
        """Clusters in the sample."""
        return None if self.clusters is None else int(self.clusters.max(initial=-1)) + 1

    @property
    def empty_arms(self) -> tuple[str, ...]:
        """The arms of the contrast that nobody in the sample is in."""
        return tuple(arm for arm, n in list(self.n_by_arm.items())[:2] if n == 0)

    def of(self, code: int) -> Floats:
        """The outcomes of one arm."""
        return self.outcome[self.arm == code]


def take_sample(panel: Panel, *, baseline: bool, covariates: bool, whole: bool = False) -> Sample:
    """The units of `panel` with an outcome and whatever else is needed, as arrays.

    Parameters
    ----------
    panel : the panel; it is not changed
    baseline : whether a unit without a baseline is left out
    covariates : whether a unit without a covariate is left out, and the covariates taken along
    whole : whether units without an outcome, baseline or covariate stay, with nan in its place

    Returns
    -------
    Sample
        Units without outcome, cluster, block, and of the needed columns, are counted in `missing`.

    Raises
    ------
    DesignError
        CY309 for infinity or text where a number belongs, CY316 for a weight that is not above zero.
    """
    table, arms = panel.table, _arms(panel)
    codes = _codes_of(table["arm"], arms)
    outcome, before = numbers(table, "outcome"), numbers(table, "baseline")
    extra, names = _covariates(panel) if covariates else (np.empty((len(table), 0)), ())
    clusters = _groups(table["cluster"]) if panel.cluster_name else None
    blocks = _groups(table["block"]) if panel.block_name else None
    kept = codes >= 0
    if not whole:
        kept &= ~np.isnan(outcome) & ~np.isnan(extra).any(axis=1)
    if baseline and not whole:
        kept &= ~np.isnan(before)
    for groups in (clusters, blocks):
        if groups is not None:
            kept &= groups[0] >= 0
    members, _ = _renumbered(clusters, kept)
    blocked, block_names = _renumbered(blocks, kept)
    assigned = int((codes >= 0).sum())
    return Sample(
        arms=arms,
        arm=codes[kept],
        outcome=outcome[kept],
        baseline=before[kept] if baseline else None,
        covariates=extra[kept],
        covariate_names=names,
        clusters=members,
        blocks=blocked,
        block_names=block_names,
        assigned=assigned,
        missing=assigned - int(kept.sum()),
        rows=np.flatnonzero(kept),
        weights=_weights(table)[kept] if panel.weight_name else None,
        strata=_strata(table)[kept] if panel.strata_name else None,
    )


def part_of(sample: Sample, kept: NDArray[np.bool_]) -> Sample:
    """The units of a sample for which `kept` is true, in its first two arms; clusters and blocks are numbered anew.

    Parameters
    ----------
    sample : the sample
    kept : array (n,)

    Returns
    -------
    Sample
        `assigned` and `missing` stay those of the sample: units that were not kept were not missing.
    """
    kept = kept & (sample.arm <= 1)
    blocks = None if sample.blocks is None else np.unique(sample.blocks[kept], return_inverse=True)
    return replace(
        sample,
        arms=sample.arms[:2],
        arm=sample.arm[kept],
        outcome=sample.outcome[kept],
        baseline=None if sample.baseline is None else sample.baseline[kept],
        covariates=sample.covariates[kept],
        clusters=None if sample.clusters is None else np.unique(sample.clusters[kept], return_inverse=True)[1],
        blocks=None if blocks is None else blocks[1],
        block_names=() if blocks is None else tuple(sample.block_names[place] for place in blocks[0]),
        rows=None if sample.rows is None else sample.rows[kept],
        weights=None if sample.weights is None else sample.weights[kept],
        strata=None if sample.strata is None else sample.strata[kept],
    )


def numbers(table: pd.DataFrame, column: str) -> Floats:
    """A column as floats, missing as nan.

    Raises
    ------
    DesignError
        CY309 when it holds text, dates or infinity; the number of rows is told, never a value.
    """
    values = table[column]
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = _numeric_objects(values, column)
    found = values.to_numpy(dtype=float, na_value=np.nan)
    infinite = int(np.isinf(found).sum())
    if infinite:
        raise DesignError(f"{infinite} values of {column} are infinite", code="CY309", where=column)
    return found


def labels_of(values: pd.Series) -> NDArray[np.object_]:
    """A column of names as Python objects, missing as None."""
    labels = np.array(values, dtype=object)
    labels[values.isna().to_numpy(dtype=bool)] = None
    return labels


def _numeric_objects(values: pd.Series, column: str) -> pd.Series:
    """A column of Python objects that are all numbers or missing (an all-missing column among them)."""
    present = values.dropna()
    wrong = sum(isinstance(one, str) or not hasattr(one, "__float__") for one in present)
    if wrong:
        raise DesignError(f"{wrong} values of {column} are not numbers", code="CY309", where=column)
    return values.astype("object").map(float, na_action="ignore").astype(float)


def _weights(table: pd.DataFrame) -> Floats:
    """The column `weight`: a number above zero for every unit."""
    values = pd.to_numeric(table["weight"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    unusable = int((~(np.isfinite(values) & (values > 0))).sum())
    if unusable:
        raise DesignError(
            f"{unusable:,} of {len(values):,} weights are missing, infinite, zero, negative or not numbers",
            code="CY316",
        )
    return values


def _strata(table: pd.DataFrame) -> Ints:
    """The strata as codes; every unit was drawn in one."""
    codes, _ = _groups(table["stratum"])
    unknown = int((codes < 0).sum())
    if unknown:
        raise DesignError(f"{unknown:,} of {len(codes):,} units have no stratum", code="CY316", where="stratum")
    return codes


def _arms(panel: Panel) -> tuple[str, ...]:
    if panel.comparison is None:
        return (panel.change,)
    others = sorted(set(panel.table["arm"].dropna().unique()) - {panel.change, panel.comparison})
    return (panel.comparison, panel.change, *others)


def _codes_of(arm: pd.Series, arms: tuple[str, ...]) -> Ints:
    labels = labels_of(arm)
    codes = np.full(len(labels), -1, dtype=np.intp)
    for code, name in enumerate(arms):
        codes[labels == name] = code
    return codes


def _groups(labels: pd.Series) -> tuple[Ints, NDArray[np.object_]]:
    codes, names = pd.factorize(labels_of(labels), sort=False)
    codes = np.where(np.isin(codes, np.flatnonzero(names == "")), -1, codes) if "" in names else codes
    return codes.astype(np.intp), names


def _renumbered(
    groups: tuple[Ints, NDArray[np.object_]] | None, kept: NDArray[np.bool_]
) -> tuple[Ints | None, tuple[str, ...]]:
    """Codes 0..G-1 of the groups that are left, in the order of their names."""
    if groups is None:
        return None, ()
    codes, names = groups[0][kept], groups[1].astype(str)
    present = np.unique(codes)
    ordered = present[np.argsort(names[present], kind="stable")] if len(present) else present
    place = np.zeros(len(names), dtype=np.intp)
    place[ordered] = np.arange(len(ordered))
    return place[codes], tuple(names[ordered].tolist())


def _covariates(panel: Panel) -> tuple[Floats, tuple[str, ...]]:
    columns: list[Floats] = []
    names: list[str] = []
    for covariate in panel.covariates:
        for name, column in covariate_columns(panel.table, covariate).items():
            names.append(name)
            columns.append(column)
    matrix = np.column_stack(columns) if columns else np.empty((len(panel.table), 0))
    return matrix, tuple(names)


def column_of(panel: Panel, sample: Sample, name: str) -> Floats:
    """A column of numbers of the panel for the units of a sample; NaN where missing."""
    assert sample.rows is not None
    return numbers(panel.table, name)[sample.rows]


def covariate_columns(table: pd.DataFrame, covariate: str) -> dict[str, Floats]:
    """A covariate as columns of numbers: itself, or for text an indicator of each level but the first (in order of name).

    Raises
    ------
    DesignError
        CY309 when numbers and text are mixed, or for infinity.

    Examples
    --------
    >>> sorted(covariate_columns(pd.DataFrame({"lunch": ["free", "paid", None]}), "lunch"))
    ['lunch[paid]']
    """
    values = table[covariate]
    if not _is_text(values):
        return {covariate: numbers(table, covariate)}
    labels = labels_of(values)
    missing = np.array([label is None or label == "" for label in labels], dtype=bool)
    levels = sorted(set(labels[~missing]))
    return {
        f"{covariate}[{level}]": np.where(missing, np.nan, (labels == level).astype(float)) for level in levels[1:]
    } or {covariate: np.where(missing, np.nan, 1.0)}


def _is_text(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
        return True
    present = values.dropna()
    return values.dtype == object and len(present) > 0 and all(isinstance(one, str) for one in present)
