"""A methods paragraph for a paper or an appendix, filled from what was done: nothing is claimed that no record shows.

Its references are those of the modules that did the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import policy_named
from cycles.act.reporting.references import cited, references_of, short
from cycles.act.reporting.series_of import basis_over_time
from cycles.act.reporting.wording import count, percent, sentence_case, slugs_as_words, words
from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import listed
from cycles.core.vocabulary import ASSOCIATIONS, Estimate, Finding, Record
from cycles.plan.cycle_file import Cycle
from cycles.plan.instruments import Instrument, read_instrument
from cycles.plan.run import Run
from cycles.study.scoring.reliability import Reliability

DESIGNS = {
    "cluster_randomised": "a cluster-randomised trial: whole {cluster}s were assigned by lot to {change} or {comparison}",
    "student_randomised": "a randomised trial: {unit}s were assigned by lot to {change} or {comparison}",
    "cluster_comparison": "a comparison of {cluster}s with {change} and {cluster}s with {comparison}; chance did not decide which",
    "student_comparison": "a comparison of {unit}s with {change} and {unit}s with {comparison}; chance did not decide who",
    "one_group_pre_post": "one group with {change}, measured before and after, without a comparison",
    "regression_discontinuity": (
        "a regression discontinuity: a score's cutoff decided between {change} and {comparison}, and those just on either side are compared"
    ),
    "interrupted_time_series": "an interrupted time series of {change}, without a comparison series",
    "comparative_interrupted_time_series": "a comparative interrupted time series of {change}, beside series of {comparison}",
    "staggered_starts": "a comparison of staggered starts: series in which {change} began at different times",
    "single_case": "single cases, each observed before {change} began and after",
}
SEALED = {
    "sealed_before_data": "Prediction, design, estimator and decision rule were sealed before the outcomes were collected.",
    "sealed_after_data": "Prediction, design, estimator and decision rule were sealed when outcomes already existed.",
    "unsealed": "Prediction, design, estimator and decision rule were not sealed beforehand.",
}
INFERENCE = "cycles.study.inference"
_RELIABILITY = "cycles.study.scoring.reliability"
ROBUST = ("CR", "HC")


@dataclass(frozen=True, kw_only=True, repr=False)
class Methods(Record):
    """The paragraph, sentence by sentence, and the references of what it names."""

    measure: str
    sentences: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def text(self) -> str:
        """The paragraph."""
        return " ".join(self.sentences)


def methods_paragraph(
    run: Run, estimate: Estimate, findings: Sequence[Finding], *, reliability: Reliability | None = None
) -> Methods:
    """Write what was done as a methods paragraph, with references.

    Parameters
    ----------
    run : an open run of a cycle or an evaluation
    estimate, findings : the headline estimate and what the checks saw
    reliability : how consistently the outcome was measured, where that was computed

    Returns
    -------
    Methods
        Design, sample, measure, estimator, standard error, checks, seal and software. Of an estimate that could not be made it says so and
        claims no method. Numbers on fewer people than the disclosure policy allows are left out.
    """
    assert isinstance(run.cycle, Cycle)
    plan, smallest = run.cycle, policy_named(run.cycle.report.disclosure).smallest_group
    sentences = [
        _design(plan),
        *_sample(estimate, smallest),
        _measure(run, plan, estimate, reliability, smallest),
        *_estimator(estimate),
        *_checks(findings),
        SEALED[run.seal_state],
        _software(run),
    ]
    instrument = _instrument(run, plan, estimate)
    sources = references_of(_modules(estimate, findings, reliability))
    told = [*sentences[:-2], *_not_cited(sources, sentences), *sentences[-2:]]
    cited_first = [sentence_case(instrument.citation)] if instrument and instrument.citation else []
    return Methods(
        measure=estimate.id,
        sentences=tuple(slugs_as_words(one) for one in told if one),
        references=tuple(dict.fromkeys([*cited_first, *sources])),
    )


def methods_blocks(methods: Methods, request: Request) -> list[Block]:
    """The paragraph, and its references as a list."""
    text = make_block(
        "text", request, section="provenance", title="How it was done, as a methods section tells it", text=methods.text
    )
    rows = [[one] for one in methods.references]
    listed_ = make_block("list", request, section="provenance", title="References", rows=rows)
    return [text, listed_] if rows else [text]


def methods_record(methods: Methods) -> dict[str, Any]:
    """The paragraph and its references as JSON can hold them."""
    return {"id": methods.measure, "text": methods.text, "references": list(methods.references)}


def without_numbers_of_people(methods: Methods) -> Methods:
    """The paragraph without the sentence on the sample, for an estimate that rests on too few people."""
    kept = tuple(
        one
        for one in methods.sentences
        if not one.startswith("The analysis includes") and "of those assigned" not in one
    )
    return replace(methods, sentences=kept)


def _design(plan: Cycle) -> str:
    design = plan.design
    said = DESIGNS.get(design.kind, words(design.kind)).format(
        cluster=words(design.cluster or "group"),
        unit=design.unit,
        change=words(design.contrast.change),
        comparison=words(design.contrast.comparison or ""),
    )
    return f"The study was {said}."


def _sample(estimate: Estimate, smallest: int) -> list[str]:
    if "periods_before" in estimate.facts:
        return [f"The analysis includes {basis_over_time(estimate)}."]
    if estimate.state == "not_estimable" or not estimate.n_by_arm or min(estimate.n_by_arm.values()) < smallest:
        return []
    arms = listed([f"{count(n)} with {words(arm)}" for arm, n in list(estimate.n_by_arm.items())[:2][::-1]])
    groups = list(estimate.n_clusters_by_arm.values())[:2]
    within = f" in {count(sum(groups))} clusters" if groups else ""
    said = [f"The analysis includes {arms}{within}."]
    if estimate.n_missing:
        lost = count(estimate.n_missing) if estimate.n_missing >= smallest else f"Fewer than {smallest}"
        drawn = "imputations" in estimate.facts
        without = "have no outcome of their own" if drawn else "are not in it"
        said.append(f"{lost} of those assigned {without}; {estimate.missing_handling}.")
    return said


def _measure(run: Run, plan: Cycle, estimate: Estimate, reliability: Reliability | None, smallest: int) -> str:
    spec, instrument = plan.measures.all.get(estimate.id), _instrument(run, plan, estimate)
    if spec is None:
        return ""
    what = (
        "published figures"
        if spec.published
        else f"the scale “{words(spec.scale_name)}” of “{instrument.title}”"
        if instrument
        else "records of the school"
    )
    unit = f", in {estimate.unit}" if estimate.unit else ""
    alpha = ""
    if reliability is not None and reliability.alpha is not None and reliability.n >= smallest:
        alpha = f" (Cronbach's alpha {reliability.alpha:.2f} in this sample{cited('; ', _RELIABILITY)})"
    return f"The outcome, {words(estimate.id)}, comes from {what}{unit}{alpha}."


def _estimator(estimate: Estimate) -> list[str]:
    if estimate.state == "not_estimable":
        why = CATALOGUE[estimate.code].title.lower() if estimate.code else "see the estimate"
        return [f"No effect could be estimated ({why}; {estimate.code})."]
    method = f"{words(estimate.estimator)}{cited(' (', f'cycles.study.estimators.{estimate.estimator}', ')')}"
    what = "What was estimated" if estimate.estimator in ASSOCIATIONS else "The effect"
    said = [f"{what} is the {estimate.estimand}, by {method}.", *estimate.conventions]
    if estimate.effect_size is not None:
        said.append(f"Effect sizes{cited(' are in standard deviations (', f'{INFERENCE}.effect_size', ')')}.")
    if estimate.low is None:
        return [*said, f"The effect is described without an interval ({estimate.code})."]
    robust = cited(" (", f"{INFERENCE}.cluster_variance", ")") if estimate.se_kind.startswith(ROBUST) else ""
    return [
        *said,
        f"Intervals have level {percent(estimate.level)} and rest on the standard error {estimate.se_kind}{robust}.",
    ]


def _checks(findings: Sequence[Finding]) -> list[str]:
    found: dict[str, list[str]] = {"pass": [], "concern": [], "cannot_say": []}
    for one in findings:
        source = cited(" (", f"cycles.study.checks.{one.name}", ")") if one.answer != "cannot_say" else ""
        found[one.answer].append(words(one.name) + source)
    heads = {"pass": "without concern", "concern": "with a concern", "cannot_say": "not to be judged here"}
    parts = [f"{heads[answer]}: {', '.join(names)}" for answer, names in found.items() if names]
    return [f"Checks put to the estimate, {'; '.join(parts)}."] if parts else []


def _not_cited(references: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """A sentence that names the sources of what was done without being named above, so that no reference stands alone."""
    told = " ".join(sentences)
    others = [short(one) for one in references if short(one) not in told]
    return [f"Further sources of what was done: {'; '.join(others)}."] if others else []


def _software(run: Run) -> str:
    versions = run.facts["versions"]
    others = listed([f"{name} {versions[name]}" for name in ("numpy", "scipy", "pandas") if name in versions])
    return (
        f"Computed with cycles {versions.get('cycles', '')} in Python {versions['python']} ({others}; seed {run.seed})."
    )


def _instrument(run: Run, plan: Cycle, estimate: Estimate) -> Instrument | None:
    """The instrument of the outcome, where answers were scored."""
    spec = plan.measures.all.get(estimate.id)
    if spec is None or spec.instrument is None:
        return None
    return read_instrument(spec.instrument, folder=run.workspace.instruments)


def _modules(estimate: Estimate, findings: Sequence[Finding], reliability: Reliability | None) -> list[str]:
    """The modules that did something for this estimate, and only those."""
    from cycles.study.checks import CHECKS

    found = [
        f"cycles.study.checks.{one.name}"
        for one in findings
        if one.answer != "cannot_say" and one.name in CHECKS.names()
    ]
    if reliability is not None and reliability.alpha is not None:
        found.append(_RELIABILITY)
    if estimate.state == "not_estimable":
        return found
    found.append(f"cycles.study.estimators.{estimate.estimator}")
    used = {
        "cluster_variance": estimate.se is not None and estimate.se_kind.startswith(ROBUST),
        "jackknife": estimate.se is not None and estimate.se_kind.startswith("CR3"),
        **{str(one.kind): one.p is not None for one in estimate.resampled},
        "effect_size": estimate.effect_size is not None,
        "wwc": estimate.effect_size_wwc is not None,
        "intraclass": estimate.icc is not None,
        "second_route": estimate.second_route is not None,
        **dict.fromkeys(("imputation", "rubin"), "imputations" in estimate.facts),
        **dict.fromkeys(("full_information", "incomplete_normal"), "se_cr0" in estimate.facts),
        "survey_weights": "unweighted" in estimate.facts,
    }
    return [*found, *(f"{INFERENCE}.{name}" for name, was in used.items() if was)]
