"""A survey and continuous-improvement workbench in notebooks, for schools.

The verbs appear in the order of a plan-do-study-act cycle; each is loaded when it is first used, so importing costs milliseconds.

Examples
--------
>>> import cycles as cy
>>> "open_run" in dir(cy)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cycles.act.decisions import decide, operating_characteristics, rule_in_practice, score_prediction
    from cycles.act.evidence import last_cycle, over_the_years, pdsa_record, rate, side_by_side
    from cycles.act.reporting import methods_paragraph, report, show
    from cycles.do.collection import collect, validate
    from cycles.do.contracts import hold
    from cycles.do.intake import read
    from cycles.do.supports import dosage
    from cycles.plan.cycle_file import read_cycle_file
    from cycles.plan.instruments import read_instrument
    from cycles.plan.power import detectable, size_needed, smallest_effect
    from cycles.runs.opening import open_run
    from cycles.study.charts import control_chart, control_charts_by, funnel, run_chart
    from cycles.study.checks import background, choose_design, run_checks
    from cycles.study.designs import (
        answers,
        as_panel,
        as_series,
        build_panel,
        build_panels,
        can_detect,
        control_charts,
        fidelity,
        process_by_arm,
        reliabilities,
        run_charts,
    )
    from cycles.study.estimators import estimate, estimate_alternatives, estimate_by_subgroup
    from cycles.study.indicators import indicator
    from cycles.study.inference import clustering_correction, cox_index, hedges_g
    from cycles.study.inference.mixed_model_of_table import fit_mixed_model
    from cycles.study.inference.two_way_effects import fit_two_way_effects
    from cycles.study.scoring import item_distribution, reliability, score

_HOMES = {
    # plan
    "open_run": "cycles.runs.opening",
    "read_cycle_file": "cycles.plan.cycle_file",
    "read_instrument": "cycles.plan.instruments",
    "detectable": "cycles.plan.power",
    "smallest_effect": "cycles.plan.power",
    "size_needed": "cycles.plan.power",
    "operating_characteristics": "cycles.act.decisions",
    "rule_in_practice": "cycles.act.decisions",
    # do
    "read": "cycles.do.intake",
    "hold": "cycles.do.contracts",
    "validate": "cycles.do.collection",
    "collect": "cycles.do.collection",
    "dosage": "cycles.do.supports",
    # study
    "score": "cycles.study.scoring",
    "reliability": "cycles.study.scoring",
    "item_distribution": "cycles.study.scoring",
    "indicator": "cycles.study.indicators",
    "run_chart": "cycles.study.charts",
    "control_chart": "cycles.study.charts",
    "control_charts_by": "cycles.study.charts",
    "funnel": "cycles.study.charts",
    "run_charts": "cycles.study.designs",
    "control_charts": "cycles.study.designs",
    "answers": "cycles.study.designs",
    "reliabilities": "cycles.study.designs",
    "can_detect": "cycles.study.designs",
    "as_panel": "cycles.study.designs",
    "as_series": "cycles.study.designs",
    "build_panel": "cycles.study.designs",
    "build_panels": "cycles.study.designs",
    "fidelity": "cycles.study.designs",
    "process_by_arm": "cycles.study.designs",
    "clustering_correction": "cycles.study.inference",
    "cox_index": "cycles.study.inference",
    "fit_mixed_model": "cycles.study.inference.mixed_model_of_table",
    "fit_two_way_effects": "cycles.study.inference.two_way_effects",
    "hedges_g": "cycles.study.inference",
    "estimate": "cycles.study.estimators",
    "estimate_alternatives": "cycles.study.estimators",
    "estimate_by_subgroup": "cycles.study.estimators",
    "choose_design": "cycles.study.checks",
    "background": "cycles.study.checks",
    "run_checks": "cycles.study.checks",
    # act
    "decide": "cycles.act.decisions",
    "score_prediction": "cycles.act.decisions",
    "last_cycle": "cycles.act.evidence",
    "rate": "cycles.act.evidence",
    "side_by_side": "cycles.act.evidence",
    "over_the_years": "cycles.act.evidence",
    "pdsa_record": "cycles.act.evidence",
    "methods_paragraph": "cycles.act.reporting",
    "show": "cycles.act.reporting",
    "report": "cycles.act.reporting",
}

__all__ = [
    "answers",
    "as_panel",
    "as_series",
    "background",
    "build_panel",
    "build_panels",
    "can_detect",
    "choose_design",
    "clustering_correction",
    "collect",
    "control_chart",
    "control_charts",
    "control_charts_by",
    "cox_index",
    "decide",
    "detectable",
    "dosage",
    "estimate",
    "estimate_alternatives",
    "estimate_by_subgroup",
    "fidelity",
    "fit_mixed_model",
    "fit_two_way_effects",
    "funnel",
    "hedges_g",
    "hold",
    "indicator",
    "item_distribution",
    "last_cycle",
    "methods_paragraph",
    "open_run",
    "operating_characteristics",
    "over_the_years",
    "pdsa_record",
    "process_by_arm",
    "rate",
    "read",
    "read_cycle_file",
    "read_instrument",
    "reliabilities",
    "reliability",
    "report",
    "rule_in_practice",
    "run_chart",
    "run_charts",
    "run_checks",
    "score",
    "score_prediction",
    "show",
    "side_by_side",
    "size_needed",
    "smallest_effect",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cycles' has no attribute '{name}'")
    verb = getattr(import_module(_HOMES[name]), name)
    globals()[name] = verb
    return verb


def __dir__() -> list[str]:
    return sorted(_HOMES)
