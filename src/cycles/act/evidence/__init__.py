"""Evidence: what several cycles say together."""

from cycles.act.evidence.annual import Year, side_by_side

__all__ = ["Year", "side_by_side"]
