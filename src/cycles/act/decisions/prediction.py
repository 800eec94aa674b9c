"""The prediction beside the result.

Brier (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78(1), 1-3.
doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
"""

from dataclasses import dataclass

from cycles.act.decisions.case import DESCRIBED_ONLY
from cycles.act.decisions.probability import odds_of_worth
from cycles.core.phrases import chance, difference
from cycles.core.phrases import name as words
from cycles.core.vocabulary import Estimate, PredictionScore, SealState
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Prior


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The prediction with the signs of the measure itself: a predicted fall is negative."""

    size: float
    low: float | None
    high: float | None


def score_prediction(
    estimate: Estimate, *, prediction: Prediction, seal_state: SealState, prior: Prior | None = None
) -> PredictionScore:
    r"""Lay the prediction beside the estimate.

    .. math:: \text{Brier} = (p - h)^2

    Parameters
    ----------
    estimate : the outcome's estimate
    prediction : `prediction` of the cycle file. A fall may be written as a positive size with `direction: decrease`, or as a negative one.
    seal_state : what the ledger says of the plan
    prior : prior for `probability_of_size`; left out, the default of the decision rule

    Returns
    -------
    PredictionScore
        `hit` (h): the estimate lies inside the predicted interval, ends included; without an interval, it is at least `worth_having` in
        the predicted direction. The stated probability (p) is read as the probability of just that. `hit`, `brier` and
        `probability_of_size` are None where the estimate is not estimable or only described.

    Notes
    -----
    The hit is judged by the estimate, which carries its own error: over many cycles well-calibrated teams hit somewhat less often than the
    effects themselves would. Only predictions sealed before the data count for calibration.
    """
    said = signed(prediction)
    judged = estimate.state != "not_estimable" and estimate.code not in DESCRIBED_ONLY and estimate.value is not None
    result = estimate.value if estimate.state != "not_estimable" else None
    hit = _hit(result, said, prediction) if judged and result is not None else None
    stated = prediction.probability
    brier = (stated - float(hit)) ** 2 if stated is not None and hit is not None else None
    return PredictionScore(
        measure=prediction.measure,
        predicted=said.size,
        predicted_low=said.low,
        predicted_high=said.high,
        stated_probability=stated,
        result=result,
        hit=hit,
        right_direction=None
        if result is None
        else (result > 0) == (prediction.direction == "increase") and result != 0,
        probability_of_size=_probability_of_size(estimate, prediction, prior or Prior()) if judged else None,
        brier=brier,
        counts_for_calibration=seal_state == "sealed_before_data" and brier is not None,
        text=_text(estimate, prediction, said, result, hit, brier),
    )


def signed(prediction: Prediction) -> Signed:
    """Size and interval with the measure's own signs: a positive size with "decrease" is a fall of that size.

    >>> signed(Prediction(measure="absence", direction="decrease", size=0.02, worth_having=0.01, interval=(0.01, 0.04)))
    Signed(size=-0.02, low=-0.04, high=-0.01)
    """
    low, high = prediction.interval if prediction.interval else (None, None)
    if prediction.direction == "decrease" and prediction.size > 0:
        return Signed(size=-prediction.size, low=None if high is None else -high, high=None if low is None else -low)
    return Signed(size=prediction.size, low=low, high=high)


def _hit(result: float, said: Signed, prediction: Prediction) -> bool:
    if said.low is not None and said.high is not None:
        return said.low <= result <= said.high
    hoped = result if prediction.direction == "increase" else -result
    return hoped >= prediction.worth_having


def _probability_of_size(estimate: Estimate, prediction: Prediction, prior: Prior) -> float | None:
    odds = odds_of_worth(estimate, worth_having=abs(prediction.size), direction=prediction.direction, prior=prior)
    return None if odds is None else odds.worth_having


def _text(
    estimate: Estimate,
    prediction: Prediction,
    said: Signed,
    result: float | None,
    hit: bool | None,
    brier: float | None,
) -> str:
    predicted = f"The team predicted {_moved(said.size, estimate.unit)} of {words(prediction.measure)}{_range(said, estimate.unit)}"
    if result is None:
        return f"{predicted}; the effect could not be estimated, so the prediction is not scored."
    found = f"{predicted}; the estimate is {_moved(result, estimate.unit)}"
    if hit is None:
        return f"{found}, described only, so the prediction is not scored."
    judged = "inside" if hit else "outside"
    where = (
        f"{judged} the predicted range"
        if said.low is not None
        else f"{'at least' if hit else 'less than'} what is worth having"
    )
    return f"{found}, {where}.{_brier_text(prediction, brier)}"


def _brier_text(prediction: Prediction, brier: float | None) -> str:
    if brier is None or prediction.probability is None:
        return ""
    return f" The team gave that {chance(prediction.probability)}; the score is {brier:.2f} (0 is best, 1 is worst)."


def _moved(value: float, unit: str) -> str:
    return f"{'a rise' if value >= 0 else 'a fall'} of {difference(value, unit)}"


def _range(said: Signed, unit: str) -> str:
    if said.low is None or said.high is None:
        return ""
    ends = [f"{'-' if end < 0 else '+'}{difference(end, unit).split(' ')[0]}" for end in (said.low, said.high)]
    return f" (between {ends[0]} and {ends[1]})"
