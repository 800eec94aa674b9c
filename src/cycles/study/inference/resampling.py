"""A second inference beside the interval: which kinds of resampling an estimate gets, and what is said where it gets none.

With few clusters every standard error rests on little. What chance alone could have assigned, and what it could have drawn, are then
told beside it: always below six clusters in an arm, and wherever the file asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cycles.core.phrases import listed
from cycles.core.vocabulary import RESAMPLING, Estimate, Panel, Resampled, Resampling
from cycles.study.inference.arm_model import ArmModel, arm_model
from cycles.study.inference.assignments import assigned_groups
from cycles.study.inference.estimability import is_one_group
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.randomisation import randomisation
from cycles.study.inference.sample import Ints, Sample
from cycles.study.inference.wild_bootstrap import wild_cluster_bootstrap

SMALL_NUMBER = 6
"""Below this many clusters in an arm the second inference is told unasked."""

KINDS: tuple[Resampling, ...] = ("randomisation", "wild_bootstrap")
NAMES: dict[Resampling, str] = {
    "randomisation": "randomisation inference",
    "wild_bootstrap": "the wild cluster bootstrap",
}

AS_IF = "Randomisation inference answers as if chance had decided who got the change; in this design it did not."
TOO_FEW = 10
"""Below this many clusters in all the wild bootstrap is known to be too ready to refuse."""

TOO_READY = "With fewer than ten clusters the wild bootstrap refuses a true zero somewhat too often: in 6 to 7 % of samples instead of 5 %."


@dataclass(frozen=True)
class Wanted:
    """The kinds asked for, how many draws, and the seed for them."""

    kinds: tuple[Resampling, ...]
    draws: int
    seed: int


def with_resampling(
    estimate: Estimate, panel: Panel, sample: Sample, facts: Mapping[str, Any], *, wanted: Wanted
) -> Estimate:
    """The estimate with what resampling says of it.

    Parameters
    ----------
    estimate, panel, sample : what was estimated, from whom
    facts : what its estimator registered; only one that is `least_squares` can be resampled
    wanted : what was asked for

    Returns
    -------
    Estimate
        With `resampled`, and with a convention for every kind that was asked for and cannot be given. An estimate that is described only
        because of few clusters tells the smallest p-value that randomisation could have reached, and none itself; any other estimate
        without an interval is returned as it is.
    """
    kinds = _kinds(sample, wanted.kinds)
    if not kinds or not (estimate.state == "estimated" or estimate.code == "CY307"):
        return estimate
    if sample.weights is not None:
        return without_resampling(estimate, wanted.kinds, "the units are weighted")
    if not facts.get("least_squares"):
        return without_resampling(estimate, wanted.kinds, f"{estimate.estimator} is not plain least squares")
    model = _model(panel, sample, subtracts=facts["subtracts"])
    if estimate.state == "degraded":
        return _attainable_only(estimate, panel, sample, model, wanted)
    found: list[Resampled] = []
    groups = _groups(panel, sample)
    if "randomisation" in kinds and groups is not None:
        found.append(randomisation(sample, model, groups, draws=wanted.draws, level=estimate.level, seed=wanted.seed))
    if "wild_bootstrap" in kinds:
        found.append(_bootstrapped(estimate, sample, model, wanted))
    told = replace(
        estimate, resampled=tuple(found), conventions=(*estimate.conventions, *_conventions(panel, sample, found))
    )
    if groups is None:
        return without_resampling(
            told, [kind for kind in wanted.kinds if kind == "randomisation"], _no_assignment(panel)
        )
    return told


def _kinds(sample: Sample, asked: tuple[Resampling, ...]) -> tuple[Resampling, ...]:
    counts = list(sample.clusters_by_arm.values())[:2]
    return KINDS if counts and min(counts) < SMALL_NUMBER else tuple(kind for kind in KINDS if kind in asked)


def _model(panel: Panel, sample: Sample, *, subtracts: bool) -> ArmModel:
    """The model that the estimator fitted."""
    if sample.baseline is not None and (subtracts or is_one_group(panel)):
        return arm_model(sample, response=sample.outcome - sample.baseline, baseline=False)
    return arm_model(sample, response=sample.outcome, baseline=True)


def _groups(panel: Panel, sample: Sample) -> Ints | None:
    if panel.comparison is None:
        return None
    return assigned_groups(sample, by_unit=panel.design.startswith("student"))


def _bootstrapped(estimate: Estimate, sample: Sample, model: ArmModel, wanted: Wanted) -> Resampled:
    fit = least_squares(model.response, model.design, model.terms)
    clusters = np.arange(sample.n) if sample.clusters is None else sample.clusters
    return wild_cluster_bootstrap(
        fit, model.focus, clusters, draws=wanted.draws, level=estimate.level, seed=wanted.seed
    )


def _attainable_only(estimate: Estimate, panel: Panel, sample: Sample, model: ArmModel, wanted: Wanted) -> Estimate:
    """With two or three clusters in an arm: how small a p-value could have become at all, and no p-value."""
    groups = _groups(panel, sample)
    if groups is None:
        return estimate
    found = randomisation(sample, model, groups, draws=wanted.draws, level=estimate.level, seed=wanted.seed)
    return replace(estimate, resampled=(replace(found, p=None, low=None, high=None),))


def _conventions(panel: Panel, sample: Sample, found: list[Resampled]) -> list[str]:
    kinds = {one.kind for one in found}
    said = [f"{one.how[0].upper()}{one.how[1:]}." for one in found]
    if "randomisation" in kinds and "randomised" not in panel.design:
        said.append(AS_IF)
    if "wild_bootstrap" in kinds and (sample.n_clusters or sample.n) < TOO_FEW:
        said.append(TOO_READY)
    return said


def _no_assignment(panel: Panel) -> str:
    if panel.comparison is None:
        return "nothing was assigned"
    return f"a {panel.cluster_name} holds several arms or blocks, so how the change was assigned is not known"


def without_resampling(estimate: Estimate, kinds: list[Resampling] | tuple[Resampling, ...], because: str) -> Estimate:
    """The estimate with the kinds that were asked for and cannot be made, and why; unchanged where none was."""
    if not kinds:
        return estimate
    named = listed([RESAMPLING[kind].lower() for kind in kinds])
    return replace(estimate, conventions=(*estimate.conventions, f"Asked for, but not made: {named}; {because}."))
