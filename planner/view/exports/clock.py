"""The periods of a plan as moments in UTC, with the hours that count in its cost, and their months.

A scenario covers the same time as the others, weighted by its probability. A stage is represented by one horizon,
which counts for all of its years: its periods have no moments of their own, its charges go by the month
(`stages.py`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_YEAR
from planner.plan.period_names import blocks_of, period_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan

TimeSpan = tuple[datetime, datetime]


@dataclass(frozen=True)
class PlanClock:
    """Half-open periods [starts[t], ends[t]), their hours in the cost and their block, shape [period].

    `value` is what money of a period is worth in the cost: less than 1 where later stages are discounted. `scenarios`
    and `stages` name those of each block ("" where there are none), `spans` is the time that the stage of each block
    represents, empty without stages.
    """

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]
    hours: NDArray[np.float64]
    block: NDArray[np.int64]
    value: NDArray[np.float64]
    scenarios: tuple[str, ...] = ("",)
    stages: tuple[str, ...] = ("",)
    spans: tuple[TimeSpan, ...] = ()

    @classmethod
    def of(cls, plan: Plan, instance: Instance | None) -> PlanClock:
        """The clock of a plan. Raises InstanceError where it has stages or scenarios and no instance is known."""
        names = [period_name(label) for label in plan.periods]
        starts = tuple(name.start.astimezone(UTC) for name in names)
        length = timedelta(hours=plan.period_hours)
        runs = blocks_of(plan.periods)
        clock = cls(
            starts=starts,
            ends=tuple(start + length for start in starts),
            hours=plan.period_hours * np.asarray(plan.period_weights, dtype=np.float64),
            block=np.repeat(np.arange(len(runs)), [len(run) for run in runs]),
            value=np.ones(len(starts)),
        )
        if not any(name.block for name in names):
            return clock
        if instance is None:
            raise InstanceError([Fault("the plan has stages or scenarios: give its instance too")])
        return _named(clock, instance)

    def months(self, first: int, last: int) -> list[tuple[int, int]]:
        """Periods `first`..`last` as runs inside one block and calendar month each, both ends included."""
        runs: list[tuple[int, int]] = []
        for period in range(first, last + 1):
            if runs and self._key(period) == self._key(runs[-1][0]):
                runs[-1] = runs[-1][0], period
            else:
                runs.append((period, period))
        return runs

    def _key(self, period: int) -> tuple[int, TimeSpan]:
        return int(self.block[period]), month_of(self.starts[period])

    def spread(self, cost: float, first: int, last: int) -> NDArray[np.float64]:
        """A cost of the periods `first`..`last` evenly over their hours, in money of their day, shape [period]."""
        span, amounts = slice(first, last + 1), np.zeros(len(self.hours))
        worth = float((self.hours[span] * self.value[span]).sum())
        amounts[span] = self.hours[span] * (cost / worth if worth > 0 else 0.0)
        return amounts

    def span(self, first: int, last: int) -> TimeSpan:
        """Begin and end of a run of periods."""
        return self.starts[first], self.ends[last]


def _named(clock: PlanClock, instance: Instance) -> PlanClock:
    """The clock with the names of its blocks, and the time their stages represent: scenarios turn within stages."""
    scenarios, stages = list(instance.scenarios) or [""], list(instance.stages) or [""]
    years = np.concatenate([[0.0], np.cumsum([stage.years for stage in instance.stages.values()])])
    edges = [clock.starts[0] + timedelta(hours=HOURS_PER_YEAR * float(year)) for year in years]
    spans = [span for span in itertools.pairwise(edges) for _ in scenarios]
    return replace(
        clock,
        value=instance.timeline.present_value,
        scenarios=tuple(scenario for _ in stages for scenario in scenarios),
        stages=tuple(stage for stage in stages for _ in scenarios),
        spans=tuple(spans),
    )


def month_of(moment: datetime) -> TimeSpan:
    """The calendar month in UTC that a moment falls in, half open."""
    begin = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (begin + timedelta(days=32)).replace(day=1)
    return begin, following


def months_within(span: TimeSpan) -> list[TimeSpan]:
    """A span of time cut at the beginnings of calendar months."""
    pieces: list[TimeSpan] = []
    begin, end = span
    while begin < end:
        following = min(end, month_of(begin)[1])
        pieces.append((begin, following))
        begin = following
    return pieces
