"""The comparisons of the rule, for one number or for an array of simulated ones: the same lines decide and simulate."""

from typing import Any

HARM = 0.80
"""Probability of harm at which the change is stopped."""

POSSIBLE_HARM = 0.20
"""Probability of harm at which it may no longer be adopted."""


def crosses(standard_errors: Any, bound: Any, *, df: float | None) -> Any:
    """The effect, in its standard errors, lies above a bound on a normal deviate, by the tail of its own distribution."""
    from scipy.special import ndtr, stdtr

    tail = ndtr(-standard_errors) if df is None else stdtr(df, -standard_errors)
    return tail <= ndtr(-bound)


def is_harm(probability: Any) -> Any:
    """Harm is probable enough to stop."""
    return probability >= HARM


def may_be_harm(probability: Any) -> Any:
    """Harm cannot be ruled out well enough to adopt."""
    return probability >= POSSIBLE_HARM


def clears_bar(probability: Any, adopt: float) -> Any:
    """The effect is probably worth having."""
    return probability >= adopt


def not_worth_it(probability: Any, flat: Any, abandon: float) -> Any:
    """The effect is probably not worth having, both with the prior and without: a sceptical prior alone abandons nothing."""
    return (probability <= abandon) & (flat <= abandon)


def is_well_measured(half_width: Any, worth_having: float) -> Any:
    """The 80% interval reaches no further than what is worth having to either side."""
    return half_width <= worth_having
