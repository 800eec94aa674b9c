"""Evidence: what several cycles say together."""

from cycles.act.evidence.annual import Year, side_by_side
from cycles.act.evidence.chain import LastCycle, last_cycle
from cycles.act.evidence.context import OverTheYears, over_the_years
from cycles.act.evidence.record import pdsa_record

__all__ = ["LastCycle", "OverTheYears", "Year", "last_cycle", "over_the_years", "pdsa_record", "side_by_side"]
