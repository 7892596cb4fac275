"""What the deferral family needs: the works that may wait, how much of each, and which follows which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.instance.deferral import ALIKE, answers_per_prompt, arrived_within
from planner.instance.demand_series import demand_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance, Timeline
    from planner.rates import Rates

    Demands = dict[int, NDArray[np.float64]]


@dataclass(frozen=True)
class Order:
    """Works of one workload of which the second follows the first, job by job.

    `ratio[period]` is the work in the second per work in the first of all jobs in the block of the period.
    Where jobs of one block differ in it, `came` gives by period how many periods before it, newest first, the
    jobs arrived that may still wait for the first work. `alike[period]` is the ratio of a block of which all jobs have
    the same, NaN in others.
    """

    workload: int
    first: int
    second: int
    ratio: NDArray[np.float64]
    came: dict[int, tuple[int, ...]]
    alike: NDArray[np.float64]


@dataclass(frozen=True)
class DeferralSet:
    """`most[work]` is what may wait at the end of each period, in tokens/s (requests/s) times hours;
    `periods[work]` how many periods it may wait beyond the one it arrives in."""

    most: dict[int, NDArray[np.float64]]
    periods: dict[int, int]
    orders: tuple[Order, ...]


def deferral_of(instance: Instance, rates: Rates) -> DeferralSet | None:
    """Collect it from the instance; None where nothing may wait."""
    timeline, most = instance.timeline, {}
    waits: dict[int, int] = {}
    demands: Demands = {}
    for place, work in enumerate(rates.works):
        given = instance.workloads[work.workload].deferral
        periods = 0 if given is None else given.periods(instance.horizon.period_hours)
        if periods > 0:
            demand = demands[place] = demand_of(instance, work.workload, work.phase)
            waits[place] = periods
            most[place] = most_waiting(demand, timeline, periods)
    if not most:
        return None
    place_of = {(rates.works[place].workload, rates.works[place].phase): place for place in most}
    orders = tuple(
        _order(
            timeline,
            waits[place_of[name, Phase.PREFILL]],
            number,
            place_of[name, Phase.PREFILL],
            place_of[name, Phase.DECODE],
            demands,
        )
        for number, name in enumerate(instance.workloads)
        if (name, Phase.PREFILL) in place_of and (name, Phase.DECODE) in place_of
    )
    return DeferralSet(most, waits, orders)


def most_waiting(demand: NDArray[np.float64], timeline: Timeline, periods: int) -> NDArray[np.float64]:
    """What may wait at the end of each period, in units of `demand` times hours, shape [period]."""
    most = arrived_within(demand, timeline, periods)
    most[_last_of_open_block(timeline)] = 0.0
    return most


def _order(
    timeline: Timeline, periods: int, workload: int, first: int, second: int, demand: Demands
) -> Order:
    prompts, answers = demand[first], demand[second]
    asks = prompts > 0
    ratio = np.divide(answers, prompts, out=np.zeros_like(answers), where=asks)
    blocks = int(timeline.block.max()) + 1
    largest, smallest = np.zeros(blocks), np.full(blocks, np.inf)
    np.maximum.at(largest, timeline.block[asks], ratio[asks])
    np.minimum.at(smallest, timeline.block[asks], ratio[asks])
    differ = (largest > smallest * (1.0 + ALIKE))[timeline.block]
    may_wait = most_waiting(prompts, timeline, periods) > 0
    came = {
        period: tuple(lag for lag, at in enumerate(_back(timeline, period, periods)) if asks[at])
        for period in np.flatnonzero(differ & may_wait).tolist()
    }
    alike = answers_per_prompt(prompts, answers, timeline)
    return Order(workload, first, second, largest[timeline.block], came, alike)


def _back(timeline: Timeline, period: int, count: int) -> Iterator[int]:
    """A period and those before it, `count` at most."""
    at = period
    for _ in range(count):
        if at < 0:
            return
        yield at
        at = int(timeline.previous[at])


def _last_of_open_block(timeline: Timeline) -> NDArray[np.bool_]:
    """Periods after which a block ends for good: nothing may wait beyond."""
    last = np.append(timeline.block[1:] != timeline.block[:-1], True)
    first = np.append(True, last[:-1])
    open_blocks = timeline.block[first & (timeline.previous < 0)]
    return np.asarray(last & np.isin(timeline.block, open_blocks))
