"""Scoring: answers become scale scores, by the instrument's own rules, with what each scale is worth as a measure."""

from cycles.study.scoring.distribution import item_distribution
from cycles.study.scoring.reliability import Reliability, reliability
from cycles.study.scoring.scales import score

__all__ = ["Reliability", "item_distribution", "reliability", "score"]
