"""A dose among those who had a change: the regression within clusters or blocks, and the students by thirds of the dose."""

from dataclasses import dataclass, replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Panel
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.sample import Ints, Sample, part_of

FLAT = 1e-9
"""Below this share of its spread a dose that is left within clusters is rounding."""


@dataclass(frozen=True)
class Terms:
    """The regression: `design` begins with the dose. `groups` are those within which units are compared, or None.

    With clusters as the groups, response and design are deviations from their means: the same slope and, with clusters as the clusters of
    the variance, the same CR2 as a dummy for each (Pustejovsky and Tipton 2018, theorem 2). Blocks have dummies.
    """

    response: Floats
    design: Floats
    names: tuple[str, ...]
    n_reported: int
    groups: Ints | None
    within: str
    absorbed: bool
    adjusted_for: tuple[str, ...]

    def partialled_out(self) -> float:
        """The slope by a second route: the response on what the other terms leave of the dose."""
        others = self.design[:, 1:]
        dose = self.design[:, 0]
        left = dose if not others.shape[1] else dose - others @ np.linalg.lstsq(others, dose, rcond=None)[0]
        return float(left @ self.response / (left @ left))

    def said(self, panel: Panel) -> str:
        """Within what, and adjusted for what."""
        name = {"clusters": panel.cluster_name, "blocks": panel.block_name}.get(self.within)
        where = f"Compared within {name}" if name else "Compared across all groups"
        return f"{where}; adjusted for {', '.join(self.adjusted_for) or 'nothing'}, with a straight line for the dose."


def of_received(sample: Sample, dose: Floats) -> tuple[Sample, Floats]:
    """Those of the sample in the change arm whose dose is known, as a sample of one arm, and their doses.

    Raises
    ------
    DesignError
        CY308 when there is nobody.
    """
    code = 1 if len(sample.arms) > 1 else 0
    kept = (sample.arm == code) & np.isfinite(dose)
    if not kept.any():
        raise DesignError("nobody with the change has both an outcome and a dose", code="CY308")
    own = part_of(sample, kept)
    return replace(own, arms=(sample.arms[code],), arm=np.zeros(own.n, dtype=np.intp)), dose[kept]


def terms_of(sample: Sample, dose: Floats, *, within: str, absorb: bool = True) -> Terms:
    """The terms of the regression, the dose first.

    Parameters
    ----------
    sample : those who had the change
    dose : array (n,)
    within : "clusters", "blocks" or "nothing"; the next wider one where the design does not name them
    absorb : whether deviations from the clusters' means are taken, rather than a dummy for each; only some variances are the same then

    Raises
    ------
    DesignError
        CY305 when the dose does not differ within the groups.
    """
    groups = {"clusters": sample.clusters, "blocks": sample.blocks}.get(within)
    if groups is None and within == "clusters":
        within, groups = "blocks", sample.blocks
    within = within if groups is not None else "nothing"
    columns, names = [dose], ["dose"]
    if sample.baseline is not None:
        columns.append(sample.baseline)
        names.append("baseline")
    columns += [*sample.covariates.T]
    names += [*sample.covariate_names]
    n_reported, design = len(names), np.column_stack(columns)
    adjusted = tuple(names[1:])
    if groups is not None and _spread(_centred(dose, groups)) <= FLAT * max(_spread(dose), FLAT):
        raise DesignError(
            f"the dose does not differ between units of the same {within.removesuffix('s')}", code="CY305"
        )
    if within == "clusters" and absorb:
        assert groups is not None
        moved = np.column_stack([_centred(column, groups) for column in design.T])
        kept = [0, *(place for place in range(1, n_reported) if _spread(moved[:, place]) > FLAT)]
        own = tuple(names[place] for place in kept)
        return Terms(_centred(sample.outcome, groups), moved[:, kept], own, len(kept), groups, within, True, adjusted)
    others = [] if groups is None else list(range(1, int(groups.max()) + 1))
    dummies = [np.where(groups == place, 1.0, 0.0) for place in others]
    named = tuple(f"{within.removesuffix('s')} {place}" for place in others)
    whole = np.column_stack([design, np.ones(sample.n), *dummies])
    return Terms(sample.outcome, whole, (*names, "intercept", *named), n_reported, groups, within, False, adjusted)


def thirds_of(dose: Floats) -> Ints:
    """The third of each unit by its dose (0, 1, 2); units of the same dose are in the same one, so that there may be two only.

    >>> thirds_of(np.array([0.0, 0, 0, 0, 1, 2])).tolist(), thirds_of(np.array([1.0, 2, 3])).tolist()
    ([0, 0, 0, 0, 1, 1], [0, 1, 2])
    """
    first, second = np.quantile(dose, [1 / 3, 2 / 3])
    place = np.searchsorted([first, second], dose, side="left")
    return np.unique(place, return_inverse=True)[1].astype(np.intp)


def adjusted_means(sample: Sample, terms: Terms, place: Ints) -> Floats | None:
    """The mean outcome of each third, as if the thirds were alike in the other terms; None where these tell the thirds already."""
    thirds = np.column_stack([(place == one).astype(float) for one in range(1, place.max() + 1)])
    shares = thirds.mean(axis=0)
    if terms.absorbed:
        assert terms.groups is not None
        thirds = np.column_stack([_centred(column, terms.groups) for column in thirds.T])
    design = np.column_stack([thirds, terms.design[:, 1:]])
    names = (*(f"third {one}" for one in range(thirds.shape[1])), *terms.names[1:])
    try:
        found = least_squares(terms.response, design, names).coefficients[: thirds.shape[1]]
    except DesignError:
        return None
    return float(sample.outcome.mean()) + np.array([0.0, *found]) - float(shares @ found)


def _centred(column: Floats, groups: Ints) -> Floats:
    means = np.bincount(groups, weights=column) / np.bincount(groups)
    return np.asarray(column - means[groups], dtype=float)


def _spread(column: Floats) -> float:
    return float(np.sqrt((column - column.mean()) @ (column - column.mean()) / len(column)))
