"""What a report says beside its blocks: its head, three numbers to see first, the evidence, where the numbers come from."""

from datetime import timedelta
from typing import Any

from cycles.act.reporting.effects_of import basis_in_words, contrast_in_words, interval_in_words, value_in_words
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import Policy, policy_named
from cycles.act.reporting.resampled_of import resampled_from, resampled_in_words
from cycles.act.reporting.wording import ABSENT, count, day, number, percent, sentence_case, slugs_as_words, words
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import AnnualImpact, Cycle
from cycles.plan.run import Run

KINDS = {"pdsa_cycle": "PDSA cycle", "evaluation": "Evaluation", "annual_impact": "Annual impact"}
_NOT_BY_CHANCE = (
    "Chance did not decide who got the change, so other differences between the groups may explain part of the result."
)
AGREEMENT = 1e-8
"""How far apart the two routes to an estimate may be, in standard deviations or relative to it, and count as the same."""
DESIGN_LIMITS = {
    "cluster_comparison": _NOT_BY_CHANCE,
    "student_comparison": _NOT_BY_CHANCE,
    "one_group_pre_post": "Nobody is compared with, so this is change over time; whether the change caused it cannot be told.",
    "cluster_randomised": "Chance decided who got the change here; whether the same happens elsewhere does not follow from one cycle.",
    "student_randomised": "Chance decided who got the change here; whether the same happens elsewhere does not follow from one cycle.",
    "interrupted_time_series": (
        "Whatever else changed when the change began is part of the result, and the trend before may not have gone on."
    ),
    "comparative_interrupted_time_series": (
        "Whatever else changed when the change began, and only where it began, is part of the result."
    ),
    "staggered_starts": "Those who began early may have been moving differently from those who began late, whatever the change did.",
    "single_case": "What is seen in one student, or a few, need not be so in others.",
}


def facts_of(run: Run, results: dict[str, Any]) -> dict[str, Any]:
    """What the report says beside its blocks; the same on every rerun with the same inputs, ledger and seal.

    Parameters
    ----------
    run : Run
    results : dict
        As :func:`cycles.act.reporting.results.results_of` makes them.

    Returns
    -------
    dict
        See :func:`cycles.act.reporting.html.render`.
    """
    cycle, policy = run.cycle, policy_named(run.cycle.report.disclosure)
    return {
        "lang": "en",
        "kind": KINDS[cycle.kind],
        "title": cycle.title,
        "eyebrow": " · ".join([*_eyebrow(cycle), *_revised(results)]),
        "lede": cycle.change if isinstance(cycle, Cycle) else "",
        "aim": cycle.aim if isinstance(cycle, Cycle) else "",
        "glance": [*_year_tiles(run), *glance(cycle, results)],
        "decision_rows": _decision_rows(cycle, results),
        "cannot_say": _cannot_say(cycle, results),
        "more": [*evidence(run, results), *provenance(run, results, policy)],
        "footer": _footer(run, policy),
    }


def glance(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[dict[str, str]]:
    """Three numbers to see first: the effect with its interval, the students behind it, the data checks."""
    tiles = []
    headline = headline_of(cycle, results)
    if headline is not None and isinstance(cycle, Cycle):
        tiles += _headline_tiles(headline, cycle)
    if results["reconciliation"]:
        kept = sum(one["outcome"] == "pass" for one in results["reconciliation"])
        rows, used = (sum(one[name] or 0 for one in results["reconciliation"]) for name in ("rows_in", "used"))
        said = f"files kept their contract; {count(used)} of {count(rows)} rows used"
        tiles.append({"big": f"{kept} of {len(results['reconciliation'])}", "small": said})
    return tiles


def headline_of(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> Estimate | None:
    """The estimate that the prediction is about, as recorded."""
    if not isinstance(cycle, Cycle):
        return None
    own = [one for one in results["estimates"] if one["id"] == cycle.prediction.measure]
    planned = [one for one in own if one["estimator"] == cycle.estimate.estimator]
    found = next(iter([*planned, *own]), None)
    if found is None:
        return None
    known = {
        name: value
        for name, value in found.items()
        if name in Estimate.__dataclass_fields__ and name not in ("coefficients", "balance", "lines")
    }
    read = {
        "n_missing": known.get("n_missing") or 0,
        "conventions": tuple(known.get("conventions") or ()),
        "resampled": resampled_from(known.get("resampled")),
    }
    return Estimate(**{**known, **read})


def evidence(run: Run, results: dict[str, Any]) -> list[Block]:
    """How the comparison was made and how the uncertainty was computed, in words."""
    headline = headline_of(run.cycle, results)
    if headline is None or not isinstance(run.cycle, Cycle):
        return []
    rows = [
        ("Comparison", _comparison(run.cycle)),
        ("Method", _method(headline, run.cycle)),
        ("Standard error", _standard_error(headline)),
        ("Second inference", resampled_in_words(headline)),
        ("Effect size", _effect_size(headline)),
        ("Second route", _second_route(headline)),
        ("Missing results", sentence_case(headline.missing_handling)),
        ("Conventions", " ".join(sentence_case(slugs_as_words(one)) for one in headline.conventions)),
    ]
    request = Request(policy=policy_named(run.cycle.report.disclosure))
    told = [row for row in rows if row[1]]
    return [make_block("facts", request, section="evidence", title="How it was compared", rows=told)]


def _second_route(headline: Estimate) -> str:
    """How far the estimate is from the same one computed another way."""
    if headline.value is None or headline.second_route is None:
        return ""
    apart = abs(headline.value - headline.second_route) / max(abs(headline.value), headline.sd or 0.0, 1e-12)
    if apart <= AGREEMENT:
        return "Computed again by another route, the estimate is the same to eight digits"
    return f"Computed again by another route, the estimate is {number(headline.second_route)}: do not rely on either"


def provenance(run: Run, results: dict[str, Any], policy: Policy) -> list[Block]:
    """Where the numbers come from: files by hash, contracts and their versions, packages, seed."""
    request = Request(policy=policy)
    facts = run.facts
    inputs = [
        (
            words(one["source"] or one["table"]),
            f"{one['contract'] or ABSENT} {one['version'] or ''}".strip(),
            (one["sha256"] or ABSENT)[:16],
        )
        for one in results["reconciliation"]
    ]
    revision = results.get("revision") or {}
    inputs.append(("parameter file", facts["cycle_file"]["name"], facts["cycle_file"]["sha256"][:16]))
    rows = [
        ("Smallest group shown", f"{policy.smallest_group} students ({words(policy.name)})"),
        *([("Revision", revision_in_words(revision))] if revision else []),
        ("Seed", str(run.seed)),
        ("Computed with", ", ".join(f"{name} {version}" for name, version in facts["versions"].items())),
    ]
    alt = "What was read, the contract it was held to, and the beginning of its SHA-256"
    columns = ("Input", "Contract", "SHA-256 begins")
    return [
        make_block("table", request, section="provenance", title="Inputs", alt=alt, columns=columns, rows=inputs),
        make_block("facts", request, section="provenance", title="Rules and versions", rows=rows),
    ]


def revision_in_words(revision: dict[str, Any]) -> str:
    """A revision of the results as a sentence, with the version of each source.

    >>> revision_in_words({"number": 2, "because": "survey was delivered again (version 2)", "inputs": {"roster": 1, "survey": 2}})
    'Revision 2: survey was delivered again (version 2). Versions: roster 1, survey 2'
    """
    because = f": {revision['because']}" if revision["because"] else ""
    versions = ", ".join(f"{words(source)} {version}" for source, version in revision["inputs"].items())
    return f"Revision {revision['number']}{because}. Versions: {versions}"


def _revised(results: dict[str, Any]) -> list[str]:
    """What stands at the head of a report that is not the first: which revision, and why there is one."""
    revision = results.get("revision") or {}
    if revision.get("number", 1) == 1:
        return []
    return [f"revision {revision['number']}: {revision['because']}"]


def _eyebrow(cycle: Cycle | AnnualImpact) -> list[str]:
    if isinstance(cycle, AnnualImpact):
        return [KINDS[cycle.kind], cycle.team.name, cycle.year]
    return [KINDS[cycle.kind], cycle.team.name, f"started {day(cycle.started_on)}"]


def _comparison(cycle: Cycle) -> str:
    within = f" within {words(cycle.design.block)}" if cycle.design.block else ""
    return sentence_case(words(cycle.design.kind)) + within


def _method(headline: Estimate, cycle: Cycle) -> str:
    weighted = "effective_n" in headline.facts
    told = any(one.startswith("Adjusted for the baseline") for one in headline.conventions)
    baseline = ["the baseline"] if told or (weighted and "baseline" in headline.conventions[0]) else []
    adjusted = [*(words(name) for name in cycle.design.covariates), *baseline]
    how = "made alike in" if weighted else "adjusted for"
    return sentence_case(words(headline.estimator)) + (f", {how} {listed(adjusted)}" if adjusted else "")


def _standard_error(headline: Estimate) -> str:
    if headline.se is None:
        return ""
    df = "" if headline.df is None else f", {number(headline.df, places=1)} degrees of freedom"
    return slugs_as_words(headline.se_kind) + df


def _effect_size(headline: Estimate) -> str:
    if headline.effect_size is None:
        return ""
    size = f"{number(headline.effect_size, signed=True)} standard deviations (Hedges' g)"
    ends = (headline.effect_size_low, headline.effect_size_high)
    return size if None in ends else f"{size}, between {' and '.join(number(end, signed=True) for end in ends)}"


def _year_tiles(run: Run) -> list[dict[str, str]]:
    years = run.folder.records("year")
    if not years or not years[-1]["cycles"]:
        return []
    decided = listed([f"{count(n)} {call}" for call, n in years[-1]["decided"].items()])
    sealed = f"{count(years[-1]['sealed'])} of {count(years[-1]['cycles'])}"
    return [
        {"big": f"{count(years[-1]['cycles'])} cycles", "small": decided},
        {"big": sealed, "small": "sealed before their data"},
    ]


def _headline_tiles(headline: Estimate, cycle: Cycle) -> list[dict[str, str]]:
    request = Request(policy=policy_named(cycle.report.disclosure), plan=cycle)
    measure = request.measure_title(headline.id)
    if headline.value is None:
        return [{"big": "No estimate", "small": f"{measure}: {headline.code or 'held back'}"}]
    interval = ", described only"
    if headline.low is not None and headline.high is not None:
        interval = f" ({percent(headline.level)} interval {interval_in_words(headline)})"
    value, _, unit = value_in_words(headline).partition(" ")
    told = f"{unit}: {measure[:1].lower()}{measure[1:]}{contrast_in_words(request)}{interval}"
    assigned = headline.n + headline.n_missing
    share = f", {percent(headline.n / assigned)} of {count(assigned)}" if headline.n_missing else ""
    if "periods_before" in headline.facts:
        basis = basis_in_words(headline, request)
        periods = headline.facts["periods_before"] + headline.facts["periods_after"]
        return [{"big": value, "small": told}, {"big": f"{count(periods)} {headline.facts['every']}s", "small": basis}]
    students = basis_in_words(headline, request).partition(" in ")[2]
    within = f" in {students}" if students else ""
    return [
        {"big": value, "small": told},
        {"big": f"{count(headline.n)} students", "small": f"stand behind this result{within}{share}"},
    ]


def _decision_rows(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[tuple[str, str]]:
    call = results["decision"].get("call")
    if not isinstance(cycle, Cycle) or call is None:
        return []
    return [("Owner", cycle.team.owner or cycle.team.name), *_check_again(cycle, call)]


def _check_again(cycle: Cycle, call: str) -> list[tuple[str, str]]:
    if call in ("abandon", "stop: harm"):
        return []
    if call == "monitoring":
        return [("Check again by", f"{day(cycle.decide.on)}, the day the rule was written for")]
    length = cycle.decide.on - cycle.started_on
    if length <= timedelta(0):
        return []
    return [
        ("Check again by", f"{day(cycle.decide.on + length)}, after another {count(length.days)} days as in this cycle")
    ]


def _cannot_say(cycle: Cycle | AnnualImpact, results: dict[str, Any]) -> list[str]:
    told = list(results["decision"].get("cannot_say") or [])
    checks = [] if results["decision"] else results["checks"]  # a decision has its own words for them
    unanswered = [one["text"] for one in checks if one["answer"] == "cannot_say" and one["text"]]
    limit = [DESIGN_LIMITS[cycle.design.kind]] if isinstance(cycle, Cycle) and not told else []
    return [sentence_case(slugs_as_words(one)) for one in (*told, *unanswered, *limit)]


def _footer(run: Run, policy: Policy) -> list[str]:
    version = run.facts["versions"].get("cycles", "")
    return [
        f"Made by cycles {version} from {run.cycle_file.name}. Every number comes from the run folder's results.json.",
        f"Numbers on fewer than {policy.smallest_group} students are held back.",
    ]
