"""Periods as arrays: what costs and channels are computed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.instance.horizon import Horizon

HOURS_PER_YEAR = 8760.0
HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class Timeline:
    """The periods of a plan, each array of shape [period].

    `hours` is the length of a period, `weight` how often it occurs in the cost, `previous` the index of the
    period before it (-1: nothing ran before), `block` the run of consecutive periods it belongs to, `scenario` the one it is part of, `clock`
    the local hour of the day it begins at, in [0, 24).
    """

    hours: NDArray[np.float64]
    weight: NDArray[np.float64]
    previous: NDArray[np.int64]
    block: NDArray[np.int64]
    scenario: NDArray[np.int64]
    clock: NDArray[np.float64]

    @property
    def periods(self) -> int:
        """Number of periods."""
        return len(self.hours)

    @property
    def weighted_hours(self) -> NDArray[np.float64]:
        """Hours that count in the cost, shape [period]."""
        return self.hours * self.weight

    @property
    def day(self) -> NDArray[np.int64]:
        """Day a period belongs to, counted from 0 over all blocks: 24 hours each from the start of its block."""
        into_block = np.cumsum(self.hours) - self.hours
        into_block -= np.array([into_block[self.block == block][0] for block in self.block])
        key = self.block * 100_000 + np.floor(into_block / HOURS_PER_DAY + 1e-9).astype(np.int64)
        return np.unique(key, return_inverse=True)[1].astype(np.int64)

    @property
    def share_of_year(self) -> float:
        """Hours that count in the cost, as a share of 8,760."""
        return float(self.weighted_hours.sum()) / HOURS_PER_YEAR


def timeline_of(horizon: Horizon, before_first_period: str, block_weights: Sequence[float]) -> Timeline:
    """Blocks of equal periods, one per weight; `cyclic` makes the first period of each follow its last."""
    index = np.arange(horizon.periods)
    blocks = len(block_weights)
    previous = index - 1
    if before_first_period == "cyclic":
        previous[0] = horizon.periods - 1
    block = np.repeat(np.arange(blocks), horizon.periods)
    previous = np.tile(previous, blocks)
    clock = (_hour_of_day(horizon) + index * horizon.period_hours) % HOURS_PER_DAY
    return Timeline(
        hours=np.full(horizon.periods * blocks, horizon.period_hours),
        weight=np.repeat(np.asarray(block_weights, dtype=np.float64), horizon.periods),
        previous=np.where(previous >= 0, previous + block * horizon.periods, -1),
        block=block,
        scenario=block,
        clock=np.tile(clock, blocks),
    )


def _hour_of_day(horizon: Horizon) -> float:
    """Local time of the horizon's start, in hours since midnight."""
    start = horizon.start
    return start.hour + start.minute / 60 + start.second / 3600
