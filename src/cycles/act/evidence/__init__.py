"""Evidence: what several cycles say together."""

from cycles.act.evidence.annual import Year, side_by_side
from cycles.act.evidence.chain import LastCycle, last_cycle

__all__ = ["LastCycle", "Year", "last_cycle", "side_by_side"]
