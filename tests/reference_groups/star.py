"""Project STAR from the research file itself: every class-type estimate of kindergarten and grade 1."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import cycles as cy
from cycles.core.vocabulary import Estimate, Panel
from reference_groups import Values

SMALL, REGULAR, AIDE = "SMALL CLASS", "REGULAR CLASS", "REGULAR + AIDE CLASS"
ARMS = {"small": SMALL, "aide": AIDE}
BY_SCHOOL = ("CR0", "CR1", "CR1S", "CR2")
WITHOUT = ("classical", "HC1", "HC2", "HC3")
NOT_WITHIN_BLOCKS = ("HC3", "CR1S")
MEASURES: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "gk.total": lambda rows: rows.gktreadss + rows.gktmathss,
    "gk.selfconc": lambda rows: rows.gkselfconcraw,
    "gk.motiv": lambda rows: rows.gkmotivraw,
    "gk.selfconc_no0": lambda rows: rows.gkselfconcraw.where(rows.gkselfconcraw != 0),
    "gk.motiv_no0": lambda rows: rows.gkmotivraw.where(rows.gkmotivraw != 0),
    "gk.attshare": lambda rows: rows.gkpresent / (rows.gkpresent + rows.gkabsent),
    "gk.attshare_ge30": lambda rows: (rows.gkpresent / (rows.gkpresent + rows.gkabsent)).where(
        rows.gkpresent + rows.gkabsent >= 30
    ),
    "g1.total": lambda rows: rows.g1treadss + rows.g1tmathss,
}
BY_CLASSROOM = ("gk.total", "gk.selfconc", "gk.motiv", "gk.attshare")


def star(shared: Path) -> Values:
    """All measures; names are those of the reference file, with `:se`, `:n` and `:df` for the further columns."""
    rows = _read(shared)
    for name, outcome in MEASURES.items():
        frame = rows.assign(outcome=outcome(rows))
        yield from _by_school(name, frame)
        yield from _effect_sizes(name, frame)
        if name in BY_CLASSROOM:
            yield from _by_classroom(name, frame)
            yield from _intraclass(name, frame)
    yield from _chronic(rows)
    yield from _attrition(rows)


GROUPS = {"star": star}


def _read(shared: Path) -> pd.DataFrame:
    grades = [f"g{grade}{what}" for grade in "k1" for what in ("classtype", "schid", "treadss", "tmathss")]
    others = ["gktchid", "gkpresent", "gkabsent", "gkselfconcraw", "gkmotivraw", "g8idtotl"]
    names = {"gkclasstype": "str", "g1classtype": "str"}
    return pd.read_csv(
        shared / "data" / "star" / "STAR_Students.csv.gz", usecols=["stdntid", *grades, *others], dtype=names
    )


def _panel(name: str, frame: pd.DataFrame, *, cluster: str | None, block: bool = False, change: str = SMALL) -> Panel:
    grade = name[:2]
    columns = {"school": f"{grade}schid", "classroom": f"{grade}tchid"}
    return cy.as_panel(
        frame,
        measure=name.split(".")[1],
        unit="stdntid",
        outcome="outcome",
        arm=f"{grade}classtype",
        change=change,
        comparison=REGULAR,
        cluster=columns[cluster] if cluster else None,
        block=columns["school"] if block else None,
        others="keep",
    )


def _estimate(panel: Panel, variance: str) -> Estimate:
    return cy.estimate(panel, estimator="difference_in_means", variance=variance)


def _rows(prefix: str, found: Estimate, kind: str) -> Values:
    fitted = found.coefficients.set_index("term")
    for word, arm in ARMS.items():
        name = f"{prefix}.{word}_minus_regular.{kind}"
        yield name, fitted.value[f"arm[{arm}]"]
        yield f"{name}:se", fitted.se[f"arm[{arm}]"]
        yield f"{name}:n", found.n
        if kind == "CR2_classroom":
            yield f"{name}:df", fitted.df[f"arm[{arm}]"]
        if kind == "CR2_school":
            yield f"{prefix}.{word}.CR2_df", fitted.df[f"arm[{arm}]"]
            yield f"{prefix}.{word}.CR2_df:n", found.n


def _by_school(name: str, frame: pd.DataFrame) -> Values:
    for block, prefix in ((False, name), (True, f"{name}.fe")):
        panel = _panel(name, frame, cluster="school", block=block)
        for variance in WITHOUT + BY_SCHOOL:
            if not (block and variance in NOT_WITHIN_BLOCKS):
                kind = f"{variance}_school" if variance in BY_SCHOOL else variance
                yield from _rows(prefix, _estimate(panel, variance), kind)


def _by_classroom(name: str, frame: pd.DataFrame) -> Values:
    for block, prefix in ((False, name), (True, f"{name}.fe")):
        yield from _rows(
            prefix, _estimate(_panel(name, frame, cluster="classroom", block=block), "CR2"), "CR2_classroom"
        )


def _effect_sizes(name: str, frame: pd.DataFrame) -> Values:
    present = frame.dropna(subset=["outcome"])
    grouped = present.groupby(f"{name[:2]}classtype").outcome
    for word, arm in ARMS.items():
        plain = cy.hedges_g(grouped.get_group(arm), grouped.get_group(REGULAR))
        within = _estimate(_panel(name, frame, cluster="school", block=True, change=arm), "CR2")
        for row, g, se in (
            (f"{name}.g_{word}", plain.g, plain.se),
            (f"{name}.g_fe_{word}", within.effect_size, within.effect_size_se),
        ):
            yield row, g
            yield f"{row}:se", se
            yield f"{row}:n", plain.n


def _intraclass(name: str, frame: pd.DataFrame) -> Values:
    for cluster in ("school", "classroom"):
        found = _estimate(_panel(name, frame, cluster=cluster), "CR2")
        yield f"{name}.icc_{cluster}", found.icc
        yield f"{name}.icc_{cluster}:n", found.n


def _chronic(rows: pd.DataFrame) -> Values:
    """Shares are the intercept of a difference in means of 0 and 1, and the intercept plus an arm."""
    enrolled = rows.gkpresent + rows.gkabsent
    frame = rows.assign(outcome=(10 * rows.gkabsent >= enrolled).astype(float).where(enrolled.notna()))
    found = _estimate(_panel("gk.chronic", frame, cluster="school"), "CR2")
    terms = found.coefficients.set_index("term").value
    for arm in (SMALL, REGULAR, AIDE):
        yield f"gk.chronic.{arm}", terms["intercept"] + terms.get(f"arm[{arm}]", 0.0)
        yield f"gk.chronic.{arm}:n", found.n_by_arm[arm]


def _attrition(rows: pd.DataFrame) -> Values:
    for word, outcome in (
        ("total", rows.gktreadss + rows.gktmathss),
        ("selfconc", rows.gkselfconcraw),
        ("g8id", rows.g8idtotl),
    ):
        panel = _panel("gk.attrition", rows.assign(outcome=outcome), cluster="school")
        findings = {finding.name: finding for finding in cy.run_checks(_estimate(panel, "CR2"), panel)}
        table = findings["response_and_attrition"].table
        by_arm = table[table.part == "arm"].set_index("group")
        lost = (1 - by_arm.response_share) * by_arm.n
        two = [SMALL, REGULAR]
        yield from _counted(f"attrition.K_cohort.{word}.overall_3arm", lost.sum() / by_arm.n.sum(), by_arm.n.sum())
        overall = lost[two].sum() / by_arm.n[two].sum()
        yield from _counted(f"attrition.K_cohort.{word}.overall_small_vs_regular", overall, by_arm.n[two].sum())
        differential = by_arm.response_share[REGULAR] - by_arm.response_share[SMALL]
        yield from _counted(
            f"attrition.K_cohort.{word}.differential_small_minus_regular", differential, by_arm.n[two].sum()
        )


def _counted(name: str, value: float, n: int) -> Values:
    yield name, value
    yield f"{name}:n", n
