"""What a planned study can detect, and how large it must be: formulas, the cycle's own sizes, what is known of its measures."""

from cycles.plan.power.assumed import ICC, PRE_POST_CORRELATION
from cycles.plan.power.detection import FEW_CLUSTERS, Detectable, detectable
from cycles.plan.power.sizes import Needed, multiplier, power_of, size_needed, smallest_effect

__all__ = [
    "FEW_CLUSTERS",
    "ICC",
    "PRE_POST_CORRELATION",
    "Detectable",
    "Needed",
    "detectable",
    "multiplier",
    "power_of",
    "size_needed",
    "smallest_effect",
]
