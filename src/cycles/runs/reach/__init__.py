"""The reach of a cycle: what it can detect with the students and classrooms it has, and how many it would need for what it predicts."""

from cycles.runs.reach.known import Asked, Basis
from cycles.runs.reach.over_time import reach_over_time
from cycles.runs.reach.reaching import Reach, Target, reach

__all__ = ["Asked", "Basis", "Reach", "Target", "reach", "reach_over_time"]
