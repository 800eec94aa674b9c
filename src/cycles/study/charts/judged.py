"""Points held to limits and rules, phase by phase."""

from typing import Any

import numpy as np
import pandas as pd

from cycles.study.charts.control_words import names_of, signal_sentences, spread_sentence
from cycles.study.charts.false_signals import false_signal_share
from cycles.study.charts.kinds import Choice, limits_of
from cycles.study.charts.means import spread_limits
from cycles.study.charts.phasing import Phasing
from cycles.study.charts.readings import Readings
from cycles.study.charts.rules import Signals, signals

MIN_POINTS = 6
"""Points below which no limits are made."""

LINES = ("center", "lower", "upper")


class Judged:
    """The points of a chart with their limits and signals; `told` are the sentences of the rules, `made_of` the points behind each limits.

    Parameters
    ----------
    readings, split, choice : the points, which of them share limits, and the kind of chart
    screen, factor, share : as in :func:`cycles.study.charts.kinds.limits_of`
    """

    def __init__(
        self, readings: Readings, split: Phasing, choice: Choice, *, screen: bool, factor: float, share: bool
    ) -> None:
        n = len(readings.value)
        self.readings, self.split, self.choice = readings, split, choice
        self.screen, self.factor, self.share = screen, factor, share
        self.lines = {name: np.full(n, np.nan) for name in LINES}
        self.names = np.full(n, "", dtype=object)
        self.direction = np.zeros(n, dtype=int)
        self.told: list[str] = []
        self.made_of: list[int] = []
        self.own: list[dict[str, Any]] = []
        held = [at for at in split.groups if split.base[at].sum() >= MIN_POINTS]
        for at in held:
            self._hold(at)
        self.judged_points = [len(at) for at in held]

    def _hold(self, at: np.ndarray) -> None:
        """Make the limits of the points `at`, and hold them to the rules."""
        base = self.split.base[at]
        limits = limits_of(
            self.choice.kind,
            self.readings,
            at=at,
            base=base,
            screen=self.screen,
            factor=self.factor,
            share=self.share,
        )
        found = signals(self.readings.value[at], limits)
        for name, line in self.lines.items():
            line[at] = getattr(limits, name)
        self.names[at], self.direction[at] = names_of(found), found.direction
        self._tell(at, base, found)
        self.made_of.append(int(base.sum()))
        self.own.append({"phase": str(self.split.phase[at][base][-1]), **limits.facts})

    def _tell(self, at: np.ndarray, base: np.ndarray, found: Signals) -> None:
        periods = self.readings.period.iloc[at]
        self.told += signal_sentences(found, periods)
        if self.choice.kind == "xbar":
            assert self.readings.spread is not None
            assert self.readings.size is not None
            spread, size = self.readings.spread[at], self.readings.size[at]
            limits = spread_limits(spread, size, base=base)
            self.told += spread_sentence(periods[(spread > limits.upper) | (spread < limits.lower)])

    @property
    def points(self) -> pd.DataFrame:
        """The table of the chart."""
        side = np.select([self.direction > 0, self.direction < 0], ["high", "low"], "")
        table = pd.DataFrame(
            {
                "period": self.readings.period,
                "value": self.readings.value,
                "n": self.readings.n,
                "phase": pd.Series(self.split.phase, dtype="str"),
            }
        )
        for name, line in self.lines.items():
            table[name] = pd.array(line, dtype="Float64")
        return table.assign(signal=pd.Series(self.names, dtype="str"), side=pd.Series(side, dtype="str"))

    @property
    def facts(self) -> dict[str, Any]:
        """The numbers behind the sentences; those of the last limits also by their own names."""
        found: dict[str, Any] = {
            "n_by_limits": list(self.made_of),
            "false_signals": false_signal_share(self.judged_points) if self.judged_points else None,
            "by_limits": self.own,
        }
        if self.own:
            found |= {key: value for key, value in self.own[-1].items() if key != "phase"}
        if "n_ranges" in found:
            found |= {"factor": self.factor, "screened": self.screen}
            found |= {name: sum(one[name] for one in self.own) for name in ("n_ranges", "n_ranges_screened")}
        if self.choice.dispersion is not None:
            found |= {"dispersion": self.choice.dispersion.ratio, "dispersion_p": self.choice.dispersion.p}
        return found
