"""Designs: who is compared with whom, lined up into one row per unit."""

from cycles.study.designs.answers import answers, reliabilities
from cycles.study.designs.detection import can_detect
from cycles.study.designs.frames import as_panel
from cycles.study.designs.panels import build_panel, build_panels
from cycles.study.designs.process import fidelity, process_by_arm
from cycles.study.designs.series import control_charts, run_charts
from cycles.study.designs.series_frames import as_series

__all__ = [
    "answers",
    "as_panel",
    "as_series",
    "build_panel",
    "build_panels",
    "can_detect",
    "control_charts",
    "fidelity",
    "process_by_arm",
    "reliabilities",
    "run_charts",
]
