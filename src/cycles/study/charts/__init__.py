"""Charts as numbers: whether a series of points varies more than chance would let it. Drawing is another room's work."""

from cycles.study.charts.run_chart import run_chart

__all__ = ["run_chart"]
