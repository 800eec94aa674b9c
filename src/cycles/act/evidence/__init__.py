"""Evidence: what several cycles say together, and where a study stands by the standards of evidence reviews."""

from cycles.act.evidence.annual import Year, side_by_side
from cycles.act.evidence.chain import LastCycle, last_cycle
from cycles.act.evidence.context import OverTheYears, over_the_years
from cycles.act.evidence.record import pdsa_record
from cycles.act.evidence.standards import EssaTier, Standing, rate

__all__ = [
    "EssaTier",
    "LastCycle",
    "OverTheYears",
    "Standing",
    "Year",
    "last_cycle",
    "over_the_years",
    "pdsa_record",
    "rate",
    "side_by_side",
]
