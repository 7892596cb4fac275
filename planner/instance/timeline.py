"""Periods as arrays: what costs and channels are computed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, HOURS_PER_YEAR, SECONDS_PER_HOUR
from planner.instance.present_value import discounted_years
from planner.instance.time_zone import LocalTime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.instance.horizon import Horizon
    from planner.instance.price_index import PriceIndex


@dataclass(frozen=True)
class Timeline:
    """The periods of a plan, each array of shape [period].

    `hours` is the length of a period, `weight` how often it occurs, `previous` the index of the
    period before it (-1: nothing ran before), `block` the run of consecutive periods it belongs to,
    `scenario` the one it is part of, `clock` the local hour of the day it begins at, in [0, 24). By
    then the clock has gone forward by `shift` hours since its block began; within the period it goes forward by `jump`
    more, `jump_after` hours after its beginning. The period
    stands for time between `year_from` and `year_to`, in years from the beginning of the plan; money paid evenly over
    that time is worth `present_value` of it at the beginning. `discount_rate_per_year` is the rate that says so (None:
    none is given), `price_indices` how prices move that follow one, `staged` whether the plan has an end: without
    stages the horizon stands for any time.
    """

    hours: NDArray[np.float64]
    weight: NDArray[np.float64]
    previous: NDArray[np.int64]
    block: NDArray[np.int64]
    scenario: NDArray[np.int64]
    clock: NDArray[np.float64]
    shift: NDArray[np.float64]
    jump: NDArray[np.float64]
    jump_after: NDArray[np.float64]
    year_from: NDArray[np.float64]
    year_to: NDArray[np.float64]
    present_value: NDArray[np.float64]
    discount_rate_per_year: float | None = None
    staged: bool = False
    price_indices: Mapping[str, PriceIndex] = field(default_factory=dict)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.hours)

    @property
    def weighted_hours(self) -> NDArray[np.float64]:
        """Hours that a period stands for, by how often it occurs, shape [period]."""
        return self.hours * self.weight

    @property
    def discounted_weight(self) -> NDArray[np.float64]:
        """How often a period occurs in the cost, at present value, shape [period]."""
        return self.weight * self.present_value

    @property
    def discounted_hours(self) -> NDArray[np.float64]:
        """Hours of a period that count in the cost, at present value, shape [period]."""
        return self.hours * self.discounted_weight

    @property
    def hours_into_block(self) -> NDArray[np.float64]:
        """Hours from the beginning of its block to that of each period."""
        begins = np.cumsum(self.hours) - self.hours
        return np.asarray(begins - begins[np.searchsorted(self.block, self.block)])

    @property
    def period_in_scenario(self) -> NDArray[np.int64]:
        """Position of a period among those of its scenario, from 0 over all stages: the same time in each."""
        begins = np.searchsorted(self.block, self.block)
        scenarios = int(self.scenario.max(initial=0)) + 1
        each = self.periods // (int(self.block.max(initial=0)) + 1)
        return np.asarray(self.block // scenarios * each + np.arange(self.periods) - begins)

    @property
    def day(self) -> NDArray[np.int64]:
        """Calendar day in which a period begins, counted from 0 over all blocks: from midnight to midnight local time.

        Where a block of whole days repeats, the day that it ends in is the one that it begins in.
        """
        first = np.searchsorted(self.block, self.block)
        day_of_block = np.floor(
            (self.clock[first] + self.hours_into_block + self.shift) / HOURS_PER_DAY + 1e-9
        )
        days = np.bincount(self.block, weights=self.hours)[self.block] / HOURS_PER_DAY
        goes_round = (self.previous[first] >= 0) & (days >= 1) & (np.abs(days - np.rint(days)) < 1e-9)
        day_of_block = np.where(goes_round, day_of_block % np.maximum(np.rint(days), 1), day_of_block)
        key = self.block * 100_000 + day_of_block.astype(np.int64)
        return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.int64)

    @property
    def week(self) -> NDArray[np.int64]:
        """Week of a period, counted from 0 over all blocks: 168 hours each from the start of its block."""
        week_of_block = np.floor(self.hours_into_block / HOURS_PER_WEEK + 1e-9).astype(np.int64)
        key = self.block * 100_000 + week_of_block
        return np.asarray(np.unique(key, return_inverse=True)[1], dtype=np.int64)

    @property
    def weeks_represented(self) -> NDArray[np.float64]:
        """Weeks that the week of a period represents, 1 at least: more where a block represents a longer stage.

        In every scenario as many, however likely it is.
        """
        week = self.week
        hours_of_week = np.bincount(week, weights=self.hours * self.repeats) / HOURS_PER_WEEK
        return np.asarray(np.maximum(1.0, hours_of_week)[week])

    @property
    def repeats(self) -> NDArray[np.float64]:
        """How often the stage of a period holds its block, shape [period]."""
        block_hours = np.bincount(self.block, weights=self.hours)[self.block]
        return np.asarray((self.year_to - self.year_from) * HOURS_PER_YEAR / block_hours)


def timeline_of(
    horizon: Horizon,
    before_first_period: str,
    scenario_weights: Sequence[float],
    stage_years: Sequence[float] = (),
    discount_rate_per_year: float | None = None,
    price_indices: Mapping[str, PriceIndex] | None = None,
) -> Timeline:
    """One block of equal periods for each stage and, within it, each scenario.

    `cyclic` makes the first period of each block follow its last. Without stages a block occurs as often as
    its scenario weighs; with them as often as the stage holds the horizon, times that.
    """
    index = np.arange(horizon.periods)
    scenarios = len(scenario_weights)
    blocks = scenarios * max(1, len(stage_years))
    block = np.repeat(np.arange(blocks), horizon.periods)
    before = np.tile(index - 1, blocks)
    if before_first_period == "cyclic":
        before[before < 0] = horizon.periods - 1
    years = np.asarray(stage_years if len(stage_years) else [horizon.hours / HOURS_PER_YEAR])
    repeats = years * HOURS_PER_YEAR / horizon.hours if len(stage_years) else np.ones(1)
    ends = np.repeat(np.cumsum(years), scenarios * horizon.periods)
    local = horizon.local_time() or _steady(horizon)
    clock = (_hour_of_day(horizon) + index * horizon.period_hours + local.shift) % HOURS_PER_DAY
    weight = np.outer(repeats, np.asarray(scenario_weights, dtype=np.float64)).ravel()
    year_from = ends - np.repeat(years, scenarios * horizon.periods)
    value = np.ones(len(ends))
    if len(stage_years):
        value = discounted_years(discount_rate_per_year or 0.0, year_from, ends) / (ends - year_from)
    return Timeline(
        hours=np.full(horizon.periods * blocks, horizon.period_hours),
        weight=np.repeat(weight, horizon.periods),
        previous=np.where(before >= 0, before + block * horizon.periods, -1),
        block=block,
        scenario=block % scenarios,
        clock=np.tile(clock, blocks),
        shift=np.tile(local.shift, blocks),
        jump=np.tile(local.jump, blocks),
        jump_after=np.tile(local.jump_after, blocks),
        year_from=year_from,
        year_to=ends,
        present_value=value,
        discount_rate_per_year=discount_rate_per_year,
        staged=bool(len(stage_years)),
        price_indices=price_indices or {},
    )


def _steady(horizon: Horizon) -> LocalTime:
    """A clock that nobody changes."""
    none = np.zeros(horizon.periods)
    return LocalTime(none, none, np.full(horizon.periods, horizon.period_hours))


def _hour_of_day(horizon: Horizon) -> float:
    """Local time of the horizon's start, in hours since midnight."""
    start = horizon.start
    return start.hour + start.minute / 60 + start.second / SECONDS_PER_HOUR
