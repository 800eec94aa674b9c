"""Reporting: what is shown in the notebook is recorded as blocks, protected once, and only blocks become a report.

Sections a block can stand in are listed in :mod:`cycles.act.reporting.sections`.
"""

from cycles.act.reporting.blocks import show
from cycles.act.reporting.methods import methods_paragraph
from cycles.act.reporting.report import report

__all__ = ["methods_paragraph", "report", "show"]
