"""`show`: display a result in the notebook and record it as blocks, protected once, the only things a report is made of."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from cycles.act.evidence import EssaTier, LastCycle, OverTheYears, Standing, Year
from cycles.act.reporting.making import Block, Request
from cycles.act.reporting.methods import Methods
from cycles.act.reporting.protecting import policy_named
from cycles.core import run_folder
from cycles.core.errors import ParameterError
from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import (
    Chart,
    ContractReport,
    Decision,
    DesignChoice,
    Estimate,
    Finding,
    Panel,
    PredictionScore,
    SeriesPanel,
)
from cycles.plan.cycle_file import AnnualImpact, Cycle, read_cycle_file
from cycles.plan.run import Run
from cycles.study.charts.records import ControlChart, ControlCharts, Funnel
from cycles.study.inference.moderation import ByGroup

_plans: WeakKeyDictionary[RunFolder, Cycle | AnnualImpact] = (
    WeakKeyDictionary()
)  # a run opened anew has a folder of its own


def show(
    thing: Any,
    *,
    alt: str | None = None,
    caption: str | None = None,
    section: str | None = None,
    title: str | None = None,
) -> None:
    """Display a result and keep it for the report.

    Parameters
    ----------
    thing : record, table or text
        A cycle (the plan in words), a run (its seal), a chart or a funnel, a panel (how many in each arm), an estimate or a dict of named
        estimates, findings, a decision, a prediction's score, a study's standing, contract reports, an aggregate table (a distribution
        of answers, with `item, label, n, share`, is drawn as well), anything else with a `text`, or a note of the team (str).
    alt : str
        What the figure or table shows, for somebody who cannot see it. Required for charts, estimates and tables.
    caption : str
        What stands under the figure or table.
    section : str
        Where in the report it stands: a name of :data:`cycles.act.reporting.sections.SECTIONS`, or one of your own.
    title : str
        What stands above it; say the finding.

    Raises
    ------
    DisclosureError
        CY401 for a table with a row per person, CY402 without alternative text.
    ParameterError
        CY105 for something that cannot be shown.

    Notes
    -----
    Numbers on fewer people than the cycle's disclosure policy allows (`report.disclosure`, by default 10) become `s` here, in the
    display, the drawing, the report and `results.json` alike. Outside a run nothing is recorded.

    Examples
    --------
    >>> show("Students asked for the check-in to move to the end of advisory.")
    """
    folder = run_folder.current()
    plan = _plan(thing, folder)
    policy = policy_named(plan.report.disclosure if plan else None)
    cycle = plan if isinstance(plan, Cycle) else None
    request = Request(policy=policy, alt=alt, caption=caption, section=section, title=title, plan=cycle)
    thing = _without_withheld(thing, folder, cycle)
    blocks = blocks_of(thing, request)
    if folder is not None:
        _record(folder, thing, request, blocks)
    _display(blocks)


def blocks_of(thing: Any, request: Request) -> list[Block]:
    """What `thing` becomes, protected; see :func:`show`."""
    from cycles.act.reporting import effects_of, tables_of, words_of

    for kind, make in _makers():
        if isinstance(thing, kind):
            return make(thing, request)
    if estimates := estimates_in(thing):
        return effects_of.estimate_blocks(estimates, request)
    if findings := _all_of(thing, Finding):
        return words_of.finding_blocks(findings, request)
    if reports := _all_of(thing, ContractReport):
        return words_of.contract_blocks(reports, request)
    if type(thing).__name__ == "DataFrame":
        return tables_of.table_blocks(thing, request)
    if isinstance(getattr(thing, "text", None), str):
        n = getattr(thing, "n", None)
        few = isinstance(n, int) and 0 < n < request.policy.smallest_group
        return words_of.sentence_blocks(f"{words_of.FEW}." if few else thing.text, request)
    fix = "Show a result of a verb, an aggregate table, or text."
    raise ParameterError(f"a {type(thing).__name__} cannot be shown", code="CY105", where="cy.show", fix=fix)


def _makers() -> list[tuple[type, Callable[[Any, Request], list[Block]]]]:
    from cycles.act.reporting import (
        charts_of,
        choice_of,
        effects_of,
        groups_of,
        series_of,
        standards_of,
        tables_of,
        words_of,
        years_of,
    )
    from cycles.act.reporting.methods import methods_blocks

    return [
        (Cycle, words_of.plan_blocks),
        (AnnualImpact, words_of.annual_blocks),
        (Run, words_of.run_blocks),
        (Decision, words_of.decision_blocks),
        (PredictionScore, words_of.prediction_blocks),
        (Year, effects_of.year_blocks),
        (LastCycle, words_of.last_cycle_blocks),
        (Standing, standards_of.standing_blocks),
        (EssaTier, standards_of.tier_blocks),
        (Methods, methods_blocks),
        (OverTheYears, years_of.years_blocks),
        (ControlChart, charts_of.control_chart_blocks),
        (ControlCharts, charts_of.control_charts_blocks),
        (Funnel, charts_of.funnel_blocks),
        (Chart, tables_of.chart_blocks),
        (Panel, tables_of.panel_blocks),
        (SeriesPanel, series_of.series_blocks),
        (DesignChoice, choice_of.choice_blocks),
        (ByGroup, groups_of.group_blocks),
        (str, words_of.note_blocks),
    ]


def estimates_in(thing: Any) -> dict[str, Estimate]:
    """The estimates of an estimate, of a dict of them, or of a list of them, by label; empty for anything else."""
    if isinstance(thing, Mapping) and thing and all(isinstance(one, Estimate) for one in thing.values()):
        return {str(label): one for label, one in thing.items()}
    return {_label(one): one for one in _all_of(thing, Estimate)}


def _label(estimate: Estimate) -> str:
    return estimate.id.replace("_", " ")


def _all_of(thing: Any, kind: type) -> list[Any]:
    many = [thing] if isinstance(thing, kind) else thing
    return list(many) if isinstance(many, Sequence) and many and all(isinstance(one, kind) for one in many) else []


def _plan(thing: Any, folder: RunFolder | None) -> Cycle | AnnualImpact | None:
    """The plan: the thing itself, or that of the open run, which the ledger knows."""
    if isinstance(thing, (Cycle, AnnualImpact)):
        return thing
    if isinstance(thing, Run):
        return thing.cycle
    if folder is None:
        return None
    if folder not in _plans:
        opened = next(
            (one for one in folder.ledger.runs(folder.cycle_name) if Path(one["folder"]) == folder.path), None
        )
        if opened is None:
            return None
        _plans[folder] = read_cycle_file(opened["cycle_file"])
    return _plans[folder]


def _without_withheld(thing: Any, folder: RunFolder | None, plan: Cycle | None) -> Any:
    """What rests on an estimate that was withheld (a decision, a score, a standing, findings), without its numbers."""
    from cycles.act.reporting import standards_of
    from cycles.act.reporting.methods import without_numbers_of_people
    from cycles.act.reporting.words_of import held_back, without_counts

    findings = _all_of(thing, Finding)
    if folder is None or not (
        isinstance(thing, (Decision, PredictionScore, Standing, EssaTier, Methods)) or (findings and plan)
    ):
        return thing
    measure = plan.prediction.measure if findings and plan else thing.measure
    own = [one for one in folder.records("estimate") if one["estimate_id"] == measure and one["withheld"]]
    if not own:
        return thing
    if findings:
        return [without_counts(finding) for finding in findings]
    if isinstance(thing, Methods):
        return without_numbers_of_people(thing)
    if isinstance(thing, (Standing, EssaTier)):
        return standards_of.without_numbers(thing) if isinstance(thing, Standing) else standards_of.HELD_BACK
    return held_back(thing, why=own[-1]["reason"] if own[-1]["code"] else None)


def _record(folder: RunFolder, thing: Any, request: Request, blocks: list[Block]) -> None:
    from cycles.act.reporting import effects_of
    from cycles.act.reporting.methods import methods_record
    from cycles.act.reporting.results import decision_record, finding_record, prediction_record
    from cycles.act.reporting.standards_of import standing_record, tier_record

    for block in blocks:
        folder.add_block(block)
    for one in effects_of.protect_estimates(estimates_in(thing), request).values():
        content = effects_of.estimate_record(one, smallest=request.policy.smallest_group)
        marks = "/".join((one.id, one.design, one.estimator, one.se_kind, str(one.level)))
        folder.record("estimate", {**content, "id": marks, "estimate_id": one.id})
    for finding in _all_of(thing, Finding):
        folder.record("finding", finding_record(finding))
    if isinstance(thing, Year):
        folder.record("year", effects_of.year_record(thing))
    if isinstance(thing, Decision):
        folder.record("decision", decision_record(thing))
    if isinstance(thing, PredictionScore):
        folder.record("prediction", prediction_record(thing))
    if isinstance(thing, Standing):
        folder.record("standing", standing_record(thing))
    if isinstance(thing, EssaTier):
        folder.record("standing", tier_record(thing))
    if isinstance(thing, Methods):
        folder.record("methods", methods_record(thing))


def _display(blocks: list[Block]) -> None:
    """In a notebook: the blocks as HTML, all text escaped, nothing live. Elsewhere nothing is printed."""
    import sys

    if "IPython" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    if get_ipython() is None:
        return
    from IPython.display import publish_display_data

    from cycles.act.reporting.html import blocks_as_html

    plain_text = "\n".join(filter(None, (block["text"] or block["title"] or block["alt"] for block in blocks)))
    publish_display_data({"text/html": blocks_as_html(blocks), "text/plain": plain_text})
