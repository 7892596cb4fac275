"""The periods of a plan as the audit counts them: from horizon, stages and scenarios, in its own arithmetic.

    weight[t] = probability of its scenario * (years of its stage * 8760 / hours of the horizon, 1 without stages)
    value[t]  = mean over its stage, from a to b years, of (1 + r)^-t: what money of that time is worth at the beginning
              = ((1 + r)^-a - (1 + r)^-b) / ((b - a) ln(1 + r)), and 1 where nothing is discounted or without stages

A block is one horizon in one scenario of one stage; blocks follow each other scenario by scenario, stage
by stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, HOURS_PER_YEAR, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

SLACK = 1e-9


@dataclass(frozen=True)
class Calendar:
    """Periods of a plan. `each` periods of `period_hours` make a block, `scenarios` blocks a stage."""

    each: int
    period_hours: float
    probabilities: tuple[float, ...]
    stage_years: tuple[float, ...]
    has_stages: bool
    cyclic: bool
    start_clock: float
    rate: float | None = None
    changes: tuple[tuple[float, float], ...] = ()
    """Where clocks change: hours from the beginning of a block, and hours that the clock is then ahead of its start."""
    levels: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()
    """Series that prices follow: name, and years with the level of prices then."""

    @property
    def scenarios(self) -> int:
        """Number of scenarios, 1 where there are none."""
        return len(self.probabilities)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.each * self.scenarios * len(self.stage_years)

    def dearer(self, index: str, years: float) -> float:
        """Level of a series some years after the beginning over that at the beginning, on straight lines between."""
        then, now = (_level(dict(self.levels)[index], moment) for moment in (years, 0.0))
        return then / now

    @cached_property
    def block(self) -> Whole:
        """Block of each period, shape [period]."""
        return np.arange(self.periods) // self.each

    @cached_property
    def scenario(self) -> Whole:
        """Scenario of each period, shape [period]."""
        return self.block % self.scenarios

    @cached_property
    def stage(self) -> Whole:
        """Stage of each period, shape [period]."""
        return self.block // self.scenarios

    @cached_property
    def into_block(self) -> Floats:
        """Hours from the beginning of its block to that of each period, shape [period]."""
        return np.asarray(np.arange(self.periods) % self.each * self.period_hours, dtype=np.float64)

    @cached_property
    def weight(self) -> Floats:
        """How often each period occurs, shape [period]."""
        chance: Floats = np.array(self.probabilities, dtype=np.float64)[self.scenario]
        if not self.has_stages:
            return chance
        horizons = np.array(self.stage_years) * HOURS_PER_YEAR / (self.each * self.period_hours)
        return np.asarray(chance * horizons[self.stage])

    @cached_property
    def counted_hours(self) -> Floats:
        """Hours that each period stands for, shape [period]."""
        return self.weight * self.period_hours

    @cached_property
    def value(self) -> Floats:
        """Present value of money of each period, shape [period]."""
        if not self.has_stages:
            return np.ones(self.periods)
        each = [self.years_at_value(begin, end) for begin, end in zip(self.opens, self.closes, strict=True)]
        return np.asarray((np.array(each) / np.array(self.stage_years))[self.stage])

    def years_at_value(self, begin: float, end: float) -> float:
        """Present value of a unit of money a year from one time to another, in years from the beginning."""
        if not self.rate:
            return max(0.0, end - begin)
        growth = 1.0 + self.rate
        return max(0.0, float((growth**-begin - growth**-end) / np.log(growth)))

    @cached_property
    def cost_weight(self) -> Floats:
        """How often each period counts in the cost, shape [period]."""
        return self.weight * self.value

    @cached_property
    def cost_hours(self) -> Floats:
        """Hours of each period that count in the cost, shape [period]."""
        return self.cost_weight * self.period_hours

    @cached_property
    def before(self) -> Whole:
        """Index of the period before each, -1 where nothing was, shape [period]."""
        index = np.arange(self.periods)
        first = index % self.each == 0
        return np.where(first, index + self.each - 1 if self.cyclic else -1, index - 1)

    @cached_property
    def opens(self) -> Floats:
        """Years from the beginning of the plan to that of each stage, shape [stage]."""
        return np.concatenate([[0.0], np.cumsum(self.stage_years)[:-1]])

    @cached_property
    def closes(self) -> Floats:
        """Years from the beginning of the plan to the end of each stage, shape [stage]."""
        return np.cumsum(self.stage_years)

    @cached_property
    def clock(self) -> Floats:
        """Hour of the local day at which each period begins, in [0, 24), shape [period]."""
        return np.asarray(
            (self.start_clock + self.into_block + self.forward(self.into_block)) % HOURS_PER_DAY
        )

    def forward(self, hours: Floats) -> Floats:
        """Hours that the clock has gone forward so many hours after the beginning of a block, beside its running."""
        times = np.array([when for when, _ in self.changes])
        ahead = np.array([0.0, *(by for _, by in self.changes)])
        return np.asarray(ahead[np.searchsorted(times, hours + SLACK, side="right")])

    @cached_property
    def day(self) -> Whole:
        """Number of the calendar day in which each period begins, days of different blocks apart, shape [period].

        A horizon of whole days that repeats goes on, after its last midnight, in the day that it began in.
        """
        local = self.start_clock + self.into_block + self.forward(self.into_block)
        midnights = np.floor(local / HOURS_PER_DAY + SLACK).astype(np.int64)
        length = self.each * self.period_hours / HOURS_PER_DAY
        if self.cyclic and length > SLACK and abs(length - round(length)) < SLACK:
            midnights %= round(length)
        return self.block * (int(midnights.max(initial=0)) + 1) + midnights

    @cached_property
    def week(self) -> Whole:
        """Week of each period, counted from 0 over all blocks, shape [period]."""
        return self._count(HOURS_PER_WEEK)

    def _count(self, length_hours: float) -> Whole:
        inside = np.floor(self.into_block / length_hours + SLACK).astype(np.int64)
        most = int(inside.max(initial=0)) + 1
        return self.block * most + inside

    def share_of_window(self, from_hour: float, to_hour: float) -> Floats:
        """Share of each period that lies in a daily window, which may run past midnight, shape [period]."""
        length = (to_hour - from_hour) % HOURS_PER_DAY or HOURS_PER_DAY
        inside = np.zeros(self.periods)
        edges = [0.0, *(when for when, _ in self.changes), self.each * self.period_hours]
        for begin, end in pairwise(edges):
            low = np.clip(self.into_block, begin, end)
            high = np.clip(self.into_block + self.period_hours, begin, end)
            ahead = self.start_clock + float(self.forward(np.array([begin]))[0])
            inside += _in_window(low + ahead, high + ahead, from_hour, length)
        return np.asarray(inside / self.period_hours)

    def last_of(self, first: int, hours: float, may_outlast: bool = False) -> int | None:
        """Last period that lies wholly in so many hours from the beginning of `first`; None where not on offer.

        What would end after its block is not on offer, or ends with it where it `may_outlast`.
        """
        rest = self.each - first % self.each
        whole = int(np.floor(hours / self.period_hours + SLACK))
        if whole == 0 or (hours > rest * self.period_hours + SLACK and not may_outlast):
            return None
        return first + min(whole, rest) - 1


def _in_window(begins: Floats, ends: Floats, from_hour: float, length: float) -> Floats:
    """Hours between two times of a clock that runs on which lie in a window of every day."""
    inside = np.zeros(len(begins))
    whole = np.floor((begins - from_hour) / HOURS_PER_DAY)
    for later in range(int(np.ceil(float((ends - begins).max(initial=0.0)) / HOURS_PER_DAY)) + 2):
        opens = (whole + later) * HOURS_PER_DAY + from_hour
        inside += np.clip(np.minimum(ends, opens + length) - np.maximum(begins, opens), 0.0, None)
    return inside


def _level(points: tuple[tuple[float, float], ...], moment: float) -> float:
    """Level of a series at a moment: that of the nearest point before the first and after the last."""
    for (begin, low), (end, high) in pairwise(points):
        if begin <= moment <= end:
            return low + (high - low) * (moment - begin) / (end - begin)
    return points[0][1] if moment < points[0][0] else points[-1][1]


def calendar_of(instance: Instance) -> Calendar:
    """The periods of an instance."""
    horizon, start = instance.horizon, instance.horizon.start
    years = tuple(stage.years for stage in instance.stages.values())
    return Calendar(
        each=horizon.periods,
        period_hours=horizon.period_hours,
        probabilities=tuple(one.probability for one in instance.scenarios.values()) or (1.0,),
        stage_years=years or (horizon.periods * horizon.period_hours / HOURS_PER_YEAR,),
        has_stages=bool(years),
        cyclic=instance.start_up.before_first_period == "cyclic",
        start_clock=start.hour
        + start.minute / 60.0
        + (start.second + start.microsecond * 1e-6) / SECONDS_PER_HOUR,
        rate=instance.discount_rate_per_year,
        levels=tuple(
            (name, tuple(zip(index.after_years, index.level, strict=True)))
            for name, index in instance.price_indices.items()
        ),
        changes=_changes(start, horizon.timezone, horizon.periods * horizon.period_hours),
    )


def _changes(start: datetime, timezone: str | None, hours: float) -> tuple[tuple[float, float], ...]:
    """When the clock of a zone changes after a start, and by how much it is then ahead of the start's.

    It is read every quarter of an hour of UTC, at which zones change their clocks.
    """
    if timezone is None:
        return ()
    zone, first = ZoneInfo(timezone), start.timestamp()
    quarter = SECONDS_PER_HOUR / 4
    moments = (
        np.arange(np.floor(first / quarter) + 1, np.ceil((first + hours * SECONDS_PER_HOUR) / quarter))
        * quarter
    )
    found, now = [], datetime.fromtimestamp(first, zone).utcoffset()
    began = now or timedelta()
    for moment in moments.tolist():
        offset = datetime.fromtimestamp(moment, zone).utcoffset()
        if offset != now:
            ahead = ((offset or timedelta()) - began).total_seconds() / SECONDS_PER_HOUR
            found.append(((moment - first) / SECONDS_PER_HOUR, ahead))
            now = offset
    return tuple(found)
