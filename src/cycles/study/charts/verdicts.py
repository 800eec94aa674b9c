"""Two verdicts in words: does the last point show more than chance, and is the target within reach of chance?

NHS England (2018-2024). Making data count: strengthening your decisions. The same questions as its variation and assurance icons.
"""

from cycles.study.charts.records import Better

COMMON = "common cause (the last point shows no more than chance)"
TOO_FEW = "too few points to tell"


def variation(direction: int | None, better: Better | None) -> str:
    """What the last point shows.

    Parameters
    ----------
    direction : +1 for a signal that is high or rising, -1 for one that is low or falling, 0 for none, None without limits
    better : the direction of improvement, where there is one

    Examples
    --------
    >>> variation(1, "lower")
    'special cause, concern (the last point is part of a signal on the high side)'
    """
    if direction is None:
        return TOO_FEW
    if direction == 0:
        return COMMON
    side = "high" if direction > 0 else "low"
    told = f"(the last point is part of a signal on the {side} side)"
    if better is None:
        return f"special cause, neither better nor worse {told}"
    good = (direction > 0) == (better == "higher")
    return f"special cause, {'improvement' if good else 'concern'} {told}"


def assurance(lower: float | None, upper: float | None, *, target: float | None, better: Better | None) -> str:
    """Whether a process within these limits meets the target: always, never, or by chance. A limit on the target is not beyond it.

    Parameters
    ----------
    lower, upper : the limits of the last point; None where there are too few points
    target : in the unit of the values
    better : the direction of improvement; without it a target cannot be met or missed

    Examples
    --------
    >>> assurance(0.90, 0.97, target=0.95, better="higher")
    'hit and miss (whether a point meets it is chance)'
    """
    if target is None or better is None:
        return ""
    if lower is None or upper is None:
        return TOO_FEW
    above, below = lower > target, upper < target
    if not above and not below:
        return "hit and miss (whether a point meets it is chance)"
    if above == (better == "higher"):
        return "consistently met (it lies beyond the limits, on the worse side)"
    return "consistently missed (it lies beyond the limits, on the better side; only another process will meet it)"
