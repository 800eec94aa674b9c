"""Charts as numbers: whether a series of points varies more than chance would let it. Drawing is another room's work."""

from cycles.study.charts.by_group import control_charts_by
from cycles.study.charts.control_chart import control_chart
from cycles.study.charts.funnel import funnel
from cycles.study.charts.run_chart import run_chart

__all__ = ["control_chart", "control_charts_by", "funnel", "run_chart"]
