"""Records that are sentences, as blocks: the plan, the run, the decision, the prediction, findings, contracts, team notes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cycles.act.evidence import LastCycle
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.tables_of import table_blocks
from cycles.act.reporting.wording import MINUS, count, day, moved, number, percent, sentence_case, slugs_as_words, words
from cycles.core.phrases import chance, difference, is_share, listed
from cycles.core.vocabulary import ContractReport, Decision, Finding, PredictionScore
from cycles.plan.cycle_file import AnnualImpact, Cycle, Prediction
from cycles.plan.rule import Decide, Looks
from cycles.plan.run import Run
from cycles.study.indicators import INDICATORS

ANSWERS = {"pass": "Holds", "concern": "Mind this", "cannot_say": "Cannot tell"}
FEW = "the numbers are held back, because too few students stand behind them"
_DIGIT = re.compile(r"\d")
OPEN = ("adapt", "keep testing", "monitoring", "no decision")
"""Calls after which adopting is still possible."""
POINTS = " percentage points"
OUTCOMES = {"pass": "yes", "fail": "no", "could_not_run": "could not be checked"}


def plan_blocks(cycle: Cycle, request: Request) -> list[Block]:
    """The plan in words: change, aim, driver, prediction, rule."""
    rows = [
        ("Change", cycle.change),
        ("Aim", cycle.aim),
        ("Driver", cycle.driver or ""),
        ("Designed with", ", ".join(cycle.team.co_designers)),
        ("Started", day(cycle.started_on)),
        ("Compared", _compared(cycle)),
        ("Prediction", prediction_in_words(cycle.prediction, request)),
        ("Rule", rule_in_words(cycle.decide, cycle.prediction, cycle)),
    ]
    return [make_block("facts", request, section="plan", title=cycle.title, rows=[row for row in rows if row[1]])]


def annual_blocks(year: AnnualImpact, request: Request) -> list[Block]:
    """A year of cycles: which ones."""
    students = (
        "the same in every cycle, so the cycles are shown side by side"
        if year.same_students
        else "different in every cycle"
    )
    cycles = [("Cycles", ", ".join(year.cycles)), ("Students", students)] if year.cycles else []
    around = [("Published figures", year.context.publisher)] if year.context else []
    rows = [("Year", year.year), ("Team", year.team.name), *cycles, *around]
    return [make_block("facts", request, section="plan", title=year.title, rows=rows)]


def run_blocks(run: Run, request: Request) -> list[Block]:
    """The seal in words, and what changed since."""
    rows = [("Seal", run.text)]
    rows += [("Changed since the seal", sentence_case(deviation)) for deviation in run.deviations]
    return [make_block("facts", request, section="provenance", title="The plan and its seal", rows=rows)]


def decision_blocks(decision: Decision, request: Request) -> list[Block]:
    """The decision, why, what next; and, in a block of its own, what cannot be said."""
    waits = decision.blocked if decision.call in OPEN else ()
    rows = [
        ("Decision", sentence_case(decision.call)),
        ("Because", sentence_case(decision.because)),
        *(("Adopting waits for", sentence_case(slugs_as_words(reason))) for reason in waits),
        ("Next step", decision.next_step),
        ("Students still needed", "" if decision.n_still_needed is None else count(decision.n_still_needed)),
    ]
    told = [row for row in rows if row[1]]
    limits = [[sentence_case(slugs_as_words(one))] for one in decision.cannot_say]
    odds = _probabilities(decision)
    likely = "How likely an effect that is worth having is"
    return [
        make_block("decision", request, section="decision", rows=told, text=decision.text),
        *([make_block("list", request, section="cannot_say", rows=limits)] if limits else []),
        *([make_block("facts", request, section="evidence", title=likely, rows=odds)] if odds else []),
    ]


def prediction_blocks(score: PredictionScore, request: Request) -> list[Block]:
    """What was predicted beside what happened."""
    in_points = request.plan is not None and _is_share(request.plan, request.plan.prediction.measure)
    times, unit = (100, POINTS) if in_points else (1, "")
    predicted = moved(times * score.predicted) + unit
    if score.predicted_low is not None and score.predicted_high is not None:
        predicted += f" (between {moved(times * score.predicted_low)} and {moved(times * score.predicted_high)})"
    if score.stated_probability is not None:
        predicted += f", {percent(score.stated_probability)} sure"
    inside = "" if score.hit is None else f", {'inside' if score.hit else 'outside'} what was predicted"
    direction = (
        "" if score.right_direction is None else f", in the {'same' if score.right_direction else 'other'} direction"
    )
    happened = "no result yet" if score.result is None else moved(times * score.result) + unit + inside + direction
    counts = "yes" if score.counts_for_calibration else "no, because it was not sealed before the data"
    rows = [("Predicted", predicted), ("Happened", happened), ("Counts for calibration", counts)]
    return [make_block("facts", request, section="prediction", text=score.text, rows=rows)]


def finding_blocks(findings: Sequence[Finding], request: Request) -> list[Block]:
    """What the checks saw, what holds first; and who answered, from the check that counted them."""
    order = list(ANSWERS)
    ranked = sorted(findings, key=lambda finding: order.index(finding.answer))
    rows = [(ANSWERS[one.answer], sentence_case(words(one.name)), _seen(one)) for one in ranked]
    holding = sum(finding.answer == "pass" for finding in findings)
    text = f"{holding} of {len(findings)} checks hold."
    told = make_block(
        "findings", request, section="limits", text=text, columns=("Answer", "Check", "What it saw"), rows=rows
    )
    counted = [one for one in findings if one.name.startswith("response") and one.table is not None and len(one.table)]
    return [told, *(block for one in counted for block in _response_blocks(one, request))]


def _response_blocks(finding: Finding, request: Request) -> list[Block]:
    asked = replace(request, section="response", title="Who has a result, by group", alt=slugs_as_words(finding.text))
    assert finding.table is not None
    return table_blocks(finding.table, replace(asked, caption="Students assigned, and the share of them with a result"))


def _seen(finding: Finding) -> str:
    return slugs_as_words(finding.text) + (f" ({finding.code})" if finding.code else "")


def contract_blocks(reports: Sequence[ContractReport], request: Request) -> list[Block]:
    """Rows in = used + set aside, for each table; counts of rows only."""
    rows = [
        (
            words(one.source),
            f"{one.contract} {one.version}",
            count(one.rows_in),
            count(one.n_used),
            count(one.n_quarantined),
            f"{int((one.rules['outcome'] == 'pass').sum())} of {len(one.rules)}" if len(one.rules) else "none",
            OUTCOMES[one.outcome],
        )
        for one in reports
    ]
    columns = ("Table", "Contract", "Rows in", "Used", "Set aside", "Rules unbroken", "Held")
    total = sum(one.rows_in for one in reports)
    aside = sum(one.n_quarantined for one in reports)
    text = f"{count(total)} rows came in: {count(total - aside)} were used and {count(aside)} set aside."
    return [
        make_block(
            "table",
            request,
            section="contracts",
            alt=request.alt or "For each file: rows in = rows used + rows set aside",
            text=" ".join([text, *(_corrected(one) for one in reports if _corrected(one))]),
            note=" ".join(_found(one) for one in reports if _found(one)),
            columns=columns,
            rows=rows,
        )
    ]


def _corrected(report: ContractReport) -> str:
    """How many rows that were set aside in the delivery before this one no longer are."""
    n = report.facts.get("cleared", {}).get("rows_set_aside", 0)
    return (
        f"{sentence_case(words(report.source))}: {count(n)} set aside last time {'has' if n == 1 else 'have'} been corrected."
        if n
        else ""
    )


def _found(report: ContractReport) -> str:
    """What each broken rule found, without the lines: those are in the restricted quarantine."""
    found = [one for one in report.rules.get("found", []) if one]
    return f"{sentence_case(words(report.source))}: {'; '.join(found)}." if found else ""


def held_back(judgement: Decision | PredictionScore, *, why: str | None = None) -> Decision | PredictionScore:
    """A judgement without the numbers of its estimate, which are withheld because too few people stand behind them.

    `why` is the reason, without counts, why there is no estimate at all.
    """
    if isinstance(judgement, PredictionScore):
        unknown: dict[str, Any] = dict.fromkeys(("result", "hit", "right_direction", "probability_of_size", "brier"))
        return replace(judgement, text=why or f"The prediction is scored, but {FEW}.", **unknown)
    odds: dict[str, Any] = dict.fromkeys(
        ("probability", "probability_flat", "probability_narrow_prior", "probability_harm", "sd", "n_still_needed")
    )
    kept: dict[str, Any] = {
        name: tuple(one for one in getattr(judgement, name) if not _DIGIT.search(one))
        for name in ("blocked", "cannot_say")
    }
    return replace(judgement, because=why or f"{FEW}.", **odds, **kept)


def without_counts(finding: Finding) -> Finding:
    """A finding without the sentences that hold numbers; its table is protected where it is shown."""
    kept = [one for one in re.split(r"(?<=\.)\s+", finding.text) if not _DIGIT.search(one)]
    return replace(finding, text=" ".join(kept) or f"{sentence_case(FEW)}.")


def last_cycle_blocks(last: LastCycle, request: Request) -> list[Block]:
    """What the cycle before this one found and decided."""
    return [make_block("text", request, section="previous", text=last.text)]


def sentence_blocks(text: str, request: Request) -> list[Block]:
    """A record that is a sentence."""
    return [make_block("text", request, section="plan", text=sentence_case(text))]


def note_blocks(text: str, request: Request) -> list[Block]:
    """What the team writes, shown as theirs; a text with a section of its own is a sentence of that section."""
    kind = "note" if request.section in (None, "notes") else "text"
    return [make_block(kind, request, section="notes", text=text)]


def prediction_in_words(prediction: Prediction, request: Request) -> str:
    """The prediction as a sentence."""
    in_points = _is_share(request.plan, prediction.measure)
    said = f"{request.measure_title(prediction.measure)} will {prediction.direction} by {_size(prediction.size, in_points)}"
    if prediction.interval:
        low, high = (_size(end, in_points) for end in prediction.interval)
        said += f", somewhere between {low.removesuffix(POINTS)} and {high}"
    if prediction.probability is not None:
        said += f" ({percent(prediction.probability)} sure)"
    return f"{said}. At least {_size(prediction.worth_having, in_points)} is worth having."


def rule_in_words(rule: Decide, prediction: Prediction, plan: Cycle | None = None) -> str:
    """The decision rule as a sentence; shares in percentage points where the plan says which measures are shares."""
    worth = _size(prediction.worth_having, _is_share(plan, prediction.measure))
    said = (
        f"On {day(rule.on)}: adopt if an effect of at least {worth} has a probability of "
        f"{percent(rule.adopt)} or more, abandon if it is {percent(rule.abandon)} or less."
    )
    floors = [f"{words(name)} at least {number(one.at_least)}" for name, one in rule.fidelity.items()]
    harms = [
        f"{words(name)} worse by less than {_size(one.worse_by, _is_share(plan, name))}"
        for name, one in rule.balancing.items()
    ]
    conditions = "; ".join([*floors, *harms])
    told = f"{said} Conditions: {conditions}." if conditions else said
    return f"{told} {_looks_in_words(rule.looks)}" if rule.looks else told


def _is_share(cycle: Cycle | None, measure: str) -> bool:
    """Whether the plan's measure is a share (0-1), which is read in percentage points."""
    spec = cycle.measures.all.get(measure) if cycle else None
    if spec is None:
        return False
    if spec.indicator is not None and spec.indicator in INDICATORS.names():
        return is_share(str(INDICATORS.facts(spec.indicator)["unit"]))
    return is_share(spec.unit or "")


def _size(value: float, in_points: bool) -> str:
    """A number of the plan with every decimal that was written, two at least.

    >>> _size(0.2, False), _size(0.0125, False), _size(0.015, True)
    ('0.20', '0.0125', '1.5 percentage points')
    """
    if in_points:
        return (MINUS if value < 0 else "") + difference(value, "share")
    written = len(f"{abs(value):.6f}".rstrip("0").partition(".")[2])
    return number(value, places=max(2, written))


def _looks_in_words(looks: Looks) -> str:
    when = f"on {listed([day(one) for one in looks.on])}" if looks.on else "on any day"
    return (
        f"Before that, looking early is agreed {when}: the change is adopted or stopped then only if the effect crosses a bound that, "
        f"without any effect, is crossed at any look with a chance of at most {percent(looks.level)}. On the day itself the last bound "
        "must be crossed too."
    )


def _compared(cycle: Cycle) -> str:
    contrast = cycle.design.contrast
    arms = words(contrast.change) + (
        f" with {words(contrast.comparison)}" if contrast.comparison else " before and after"
    )
    return f"{sentence_case(arms)} ({words(cycle.design.kind)})"


def _probabilities(decision: Decision) -> list[tuple[str, str]]:
    rows = [
        ("As agreed in the plan", decision.probability),
        ("Without any prior", decision.probability_flat),
        ("With strong doubt", decision.probability_narrow_prior),
        ("Harm of that size", decision.probability_harm),
    ]
    return [(what, chance(odds)) for what, odds in rows if odds is not None]
