"""Funnel plots: places side by side, each beside the limits for its own size, so that nobody is ranked by chance.

Spiegelhalter (2005). Funnel plots for comparing institutional performance. Statistics in Medicine 24(8), 1185-1202. doi:10.1002/sim.1970
"""

from typing import Literal

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError
from cycles.core.phrases import amount, listed, number
from cycles.core.phrases import name as words
from cycles.study.charts.readings import read_points
from cycles.study.charts.records import Funnel

LEVELS = {"95": 0.95, "998": 0.998}
"""Shares of places that chance alone leaves within the inner and the outer limits."""

LEAST_PLACES = 5
TRIMMED = 0.1
"""Share of places at either end that are pulled in before over-dispersion is judged, so that a few real outliers do not hide themselves."""


def funnel(
    values: pd.DataFrame,
    *,
    measure: str,
    unit: str = "",
    order: Literal["size", "name"] = "size",
    widen: bool = True,
) -> Funnel:
    r"""Each place beside the 95% and 99.8% limits for its size around the value of all places together.

    Limits are exact (binomial for proportions, Poisson for rates, interpolated between counts). Where places differ more than chance
    explains, so that these limits would call ordinary places unusual, normal limits are widened by :math:`\sqrt{\phi}`, the
    over-dispersion after 10% at either end are pulled in.

    Parameters
    ----------
    values : DataFrame, one row per place
        `place`, `count`, and `of` (out of how many) or `per` (the exposure, with `n`, the people behind it).
    measure, unit : what the values are, for the sentences
    order : places by size, or in alphabetical order; never by value
    widen : whether limits are widened for over-dispersion; it is said either way

    Returns
    -------
    Funnel

    Raises
    ------
    ContractError
        CY211 for missing columns, CY212 for counts that cannot be counts or a place with two rows.
    ParameterError
        CY105 for an order by anything else, or fewer than five places.

    Notes
    -----
    Beyond a limit means: different from what chance would do to the common value, for whatever reason (who comes to the school among
    them); not better or worse work. A place within the limits is not told apart from the common value, whatever its rank would be.

    Examples
    --------
    >>> table = pd.DataFrame({"place": list("abcdef"), "count": [50, 48, 55, 52, 90, 51], "of": [100] * 6})
    >>> found = funnel(table, measure="engaged", unit="share of students", widen=False)
    >>> found.points.loc[found.points["side"] != "", "place"].tolist()
    ['e']
    """
    if order not in ("size", "name"):
        raise ParameterError(
            f"places cannot be put in order of {order}", code="CY105", where="funnel, order", fix="Use size or name."
        )
    table, of_people = _places(values)
    center = float(table["count"].sum() / table["size"].sum())
    phi, p = _overdispersion(table, center, of_people)
    widened = phi if widen and p < 0.05 and phi > 1 else 1.0
    points = table.assign(**_limits(table["size"].to_numpy(), center, of_people, widened))
    high, low = points["value"] > points["upper_998"], points["value"] < points["lower_998"]
    points = points.assign(side=np.select([high, low], ["high", "low"], "")).sort_values(
        ["size", "place"] if order == "size" else "place", kind="stable", ignore_index=True
    )
    sizes = np.geomspace(points["size"].min(), points["size"].max(), 60)
    inner = (points["value"] > points["upper_95"]) | (points["value"] < points["lower_95"])
    facts = {
        "overdispersion": phi,
        "overdispersion_p": p,
        "widened": widened > 1,
        "n_places": len(points),
        "n_beyond_95": int(inner.sum()),
        "order": order,
    }
    return Funnel(
        measure=measure,
        unit=unit,
        center=center,
        points=points,
        curve=pd.DataFrame({"size": sizes, **_limits(sizes, center, of_people, widened)}),
        text=_text(points, center, facts, measure, unit),
        facts=facts,
    )


def _places(values: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """One row per place, and whether its count is out of people rather than over an exposure."""
    if "place" not in values or not {"of", "per"} & set(values.columns):
        raise ContractError("the values have no column place, of or per", code="CY211", where="funnel")
    if values["place"].duplicated().any():
        raise ContractError("a place has two rows", code="CY212", where="funnel", fix="Sum them up first.")
    found = read_points(values.rename(columns={"place": "period"}))
    if len(found.value) < LEAST_PLACES:
        raise ParameterError(
            f"a funnel needs {LEAST_PLACES} places; there are {len(found.value)}", code="CY105", where="funnel"
        )
    table = pd.DataFrame(
        {
            "place": found.period.astype("str"),
            "value": found.value,
            "n": found.n,
            "count": found.count,
            "size": found.size,
        }
    )
    return table, found.shape == "of"


def _overdispersion(table: pd.DataFrame, center: float, of_people: bool) -> tuple[float, float]:
    """The mean squared score of places, trimmed ones pulled in, and the p value of that much by chance (chi-square)."""
    from scipy.stats import chi2

    variance = center * (1 - center if of_people else 1.0) / table["size"].to_numpy()
    if not (variance > 0).all():
        return 1.0, 1.0
    scores = (table["value"].to_numpy() - center) / np.sqrt(variance)
    low, high = np.quantile(scores, [TRIMMED, 1 - TRIMMED])
    phi = float((np.clip(scores, low, high) ** 2).mean())
    return phi, float(chi2.sf(phi * len(scores), len(scores)))


def _limits(size: np.ndarray, center: float, of_people: bool, phi: float) -> dict[str, np.ndarray]:
    from scipy.stats import norm

    if center == 0 or (of_people and center == 1):
        return {f"{end}_{name}": np.full(len(size), center) for name in LEVELS for end in ("lower", "upper")}
    found: dict[str, np.ndarray] = {}
    for name, level in LEVELS.items():
        if phi > 1:
            sigma = np.sqrt(phi * center * (1 - center if of_people else 1.0) / size)
            away = norm.ppf((1 + level) / 2) * sigma
            lower, upper = center - away, center + away
        else:
            lower, upper = (_exact(share, size, center, of_people) for share in ((1 - level) / 2, (1 + level) / 2))
        found |= {
            f"lower_{name}": np.clip(lower, 0, None),
            f"upper_{name}": np.clip(upper, None, 1.0 if of_people else None),
        }
    return found


def _exact(share: float, size: np.ndarray, center: float, of_people: bool) -> np.ndarray:
    """The count below which that share lies, interpolated between whole counts, as a proportion or rate (appendix A.1.1)."""
    from scipy.stats import binom, poisson

    chance = binom(np.round(size), center) if of_people else poisson(size * center)
    count = chance.ppf(share)
    between = (chance.cdf(count) - share) / chance.pmf(count)
    return (count - between) / size


def _text(points: pd.DataFrame, center: float, facts: dict, measure: str, unit: str) -> str:
    n = facts["n_places"]
    beyond = [f"{row.place} ({'above' if row.side == 'high' else 'below'})" for row in points.itertuples() if row.side]
    inner = facts["n_beyond_95"]
    told = [
        f"{words(measure).capitalize()} in {n} places, {amount(center, unit)} together.",
        f"Beyond the 99.8% limits: {listed(beyond)}." if beyond else "No place lies beyond the 99.8% limits.",
        f"{inner} {'lies' if inner == 1 else 'lie'} beyond the 95% limits; chance alone would put about {0.05 * n:.1f} there.",
    ]
    if facts["overdispersion_p"] < 0.05:
        how = "the limits are widened accordingly" if facts["widened"] else "the limits are not widened"
        told.append(
            f"Places differ more than chance explains ({number(facts['overdispersion'])} times the variance); {how}."
        )
    ordered = "by size" if facts["order"] == "size" else "in alphabetical order"
    told.append(
        f"Places stand {ordered} and are not ranked; what lies within the limits cannot be told from the value of all."
    )
    return " ".join(told)
