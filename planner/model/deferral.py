"""What the deferral family needs: the works that may wait, how much of each, and which follows which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.instance.deferral import arrived_within
from planner.instance.demand_series import demand_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance, Timeline
    from planner.rates import Rates


@dataclass(frozen=True)
class Order:
    """Works of one workload of which the second follows the first, job by job.

    `ratio[period]` is the most work in the second per work in the first, over the block of the period: exact
    where every job asks for both in the same proportion, and on the safe side where not.
    """

    workload: int
    first: int
    second: int
    ratio: NDArray[np.float64]


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
    for place, work in enumerate(rates.works):
        given = instance.workloads[work.workload].deferral
        periods = 0 if given is None else given.periods(instance.horizon.period_hours)
        if periods > 0:
            demand = demand_of(instance, work.workload, work.phase)
            waits[place] = periods
            most[place] = most_waiting(demand, timeline, periods)
    if not most:
        return None
    place_of = {(rates.works[place].workload, rates.works[place].phase): place for place in most}
    orders = tuple(
        _order(instance, number, name, place_of[name, Phase.PREFILL], place_of[name, Phase.DECODE])
        for number, name in enumerate(instance.workloads)
        if (name, Phase.PREFILL) in place_of and (name, Phase.DECODE) in place_of
    )
    return DeferralSet(most, waits, orders)


def most_waiting(demand: NDArray[np.float64], timeline: Timeline, periods: int) -> NDArray[np.float64]:
    """What may wait at the end of each period, in units of `demand` times hours, shape [period]."""
    most = arrived_within(demand, timeline, periods)
    most[_last_of_open_block(timeline)] = 0.0
    return most


def _order(instance: Instance, workload: int, name: str, first: int, second: int) -> Order:
    block = instance.timeline.block
    prompts = demand_of(instance, name, Phase.PREFILL)
    answers = demand_of(instance, name, Phase.DECODE)
    ratio = np.divide(answers, prompts, out=np.zeros_like(answers), where=prompts > 0)
    largest = np.zeros(int(block.max()) + 1)
    np.maximum.at(largest, block, ratio)
    return Order(workload, first, second, largest[block])


def _last_of_open_block(timeline: Timeline) -> NDArray[np.bool_]:
    """Periods after which a block ends for good: nothing may wait beyond."""
    last = np.append(timeline.block[1:] != timeline.block[:-1], True)
    first = np.append(True, last[:-1])
    open_blocks = timeline.block[first & (timeline.previous < 0)]
    return np.asarray(last & np.isin(timeline.block, open_blocks))
