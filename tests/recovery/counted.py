"""What one estimator did over all replicates of a planted condition, and the exact bands that it is judged by."""

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binom

from cycles.core.vocabulary import Estimate

BAND = 0.999
HEAD = (
    "| estimator | groups | attrition | adjusted | planted | replicates | bias (MC error) | coverage of .95 (MC error) | rejected |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Condition:
    """Groups are classrooms, or series; `adjusted` by the baseline and a covariate where the estimator takes them."""

    groups: int
    effect: float
    attrition: float
    adjusted: bool


@dataclass
class Counted:
    """Estimates of one planted truth; `careful` may hold it more often than claimed, and reject less, for a reason told beside it."""

    name: str
    condition: Condition
    truth: float
    careful: bool = False
    values: list[float] = field(default_factory=list)
    states: set[tuple[str, str | None]] = field(default_factory=set)
    intervals: int = 0
    covered: int = 0
    rejected: int = 0

    def add(self, found: Estimate) -> None:
        """Count one estimate; where no p is told, an interval without zero rejects."""
        assert found.value is not None, found.text
        self.values.append(found.value)
        self.states.add((found.state, found.code))
        if found.low is None or found.high is None:
            assert found.p is None
            return
        self.intervals += 1
        self.covered += found.low <= self.truth <= found.high
        self.rejected += found.low > 0 or found.high < 0

    @property
    def line(self) -> str:
        """A row of the table."""
        n, one, error = len(self.values), self.condition, self.error
        told = f"{self.rejected / n:.4f}" if self.intervals else "-"
        covered = (
            f"{self.covered / n:.4f} ({np.sqrt(0.95 * 0.05 / n):.4f})" if self.intervals else "degraded, no interval"
        )
        return (
            f"| {self.name} | {one.groups} | {one.attrition:.2f} | {'yes' if one.adjusted else 'no'} | {self.truth:+.3f} | {n:,} | "
            f"{np.mean(self.values) - self.truth:+.4f} ({error:.4f}) | {covered} | {told} |"
        )

    @property
    def error(self) -> float:
        """Monte-Carlo error of the mean estimate."""
        return float(np.std(self.values, ddof=1) / np.sqrt(len(self.values)))

    def judge(self) -> None:
        """Assert that there is no bias, and intervals as often right as claimed, or none at all."""
        n = len(self.values)
        assert abs(np.mean(self.values) - self.truth) < 3.29 * self.error, self.line
        if not self.intervals:
            assert self.states == {("degraded", "CY307")}, self.line
            return
        assert self.states == {("estimated", None)}, self.line
        assert self.intervals == n
        low, high = binom.interval(BAND, n, 0.95)
        assert low <= self.covered <= (n if self.careful else high), self.line
        if self.truth == 0:
            assert (0 if self.careful else n - high) <= self.rejected <= n - low, self.line
