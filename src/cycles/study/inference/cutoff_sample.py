"""The units of a panel around its cutoff: their score, on which side they stand, and whether they received what it says."""

from dataclasses import replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Cutoff, Panel
from cycles.study.inference.discontinuity import Around
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Sample, column_of, part_of


def cutoff_of(panel: Panel) -> Cutoff:
    """The panel's cutoff.

    Raises
    ------
    DesignError
        CY310 when it has none.
    """
    if panel.cutoff is None:
        raise DesignError("the design names no cutoff", code="CY310")
    return panel.cutoff


def with_scores(panel: Panel, sample: Sample) -> Sample:
    """The units of the two arms that have a score; the others are counted as missing."""
    cutoff_of(panel)
    known = part_of(sample, np.isfinite(column_of(panel, sample, "running")))
    inside = sample.n if len(sample.arms) == 2 else int((sample.arm <= 1).sum())
    return replace(known, missing=known.missing + inside - known.n)


def is_sharp(panel: Panel, sample: Sample) -> bool:
    """Whether everybody received what the cutoff says."""
    entitled = cutoff_of(panel).entitles(column_of(panel, sample, "running"))
    return bool((entitled == (sample.arm == 1)).all())


def around_cutoff(panel: Panel, sample: Sample, *, outcome: Floats | None = None, adjusted: bool = True) -> Around:
    """The units as the estimate of a jump needs them.

    Parameters
    ----------
    panel : with a cutoff
    sample : units with a score
    outcome : what jumps, if not the outcome
    adjusted : whether covariates, baseline and blocks are taken along
    """
    running = column_of(panel, sample, "running")
    return Around(
        outcome=sample.outcome if outcome is None else outcome,
        running=running,
        cutoff=cutoff_of(panel),
        covariates=_columns(sample, running) if adjusted else np.empty((sample.n, 0)),
        received=None if outcome is not None or is_sharp(panel, sample) else (sample.arm == 1).astype(float),
        clusters=sample.clusters,
    )


def _columns(sample: Sample, running: Floats) -> Floats:
    """Baseline, covariates (unless one is the score itself) and each block but the first."""
    columns = [*sample.covariates.T, *([] if sample.baseline is None else [sample.baseline])]
    columns = [column for column in columns if not np.array_equal(column, running)]
    if sample.blocks is not None:
        columns.extend((sample.blocks == place).astype(float) for place in range(1, len(sample.block_names)))
    return np.column_stack(columns) if columns else np.empty((sample.n, 0))
