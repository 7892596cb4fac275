"""Headroom: how busy running units may be, so that waits and failures stay within what was promised.

A pool of m running units may be busy a share cap(m) of their time, so it carries

    carried(m) = m cap(m)

units' worth of work. A work that needs d units' worth of time takes the least m with carried(m) >= d (linear
between whole numbers of units), and its units may be busy the share d / m of the time: less in small pools
than in large ones. All units that serve a work share one queue, so the pool is as large as the work's whole
demand, whatever mix of units serves it.

Where customers are few, d is the load that they stay under together for a stated share of the time.

cap: `planner.rates.waits`. Failures: so many units must be up for the promised availability (`planner.rates.standing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import pooled_peak
from planner.instance.demand_series import demand_of
from planner.rates.standing import standing_alone, standing_pools
from planner.rates.waits import wait_cap, waits_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance import Instance, Workload
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

LEAST_SHARE = 0.02  # a pool this much larger than the work itself is not worth looking for
LADDER = 1.25  # between sizes that a search begins with, where they are many
FEW_SIZES = 128
BEYOND = 1.5  # times the work itself is the pool that carries it, as a rule
HALVE = 4


def headroom(instance: Instance, rates: Rates, waits: Array | None = None) -> Array | None:
    """Largest share of its time a unit may be busy, shape [unit, period]; None where nothing is promised.

    A unit that does several works keeps the headroom of the one that needs most; 0: it cannot keep the
    promise at any load. Failures count where a pool has one type of units alone (`planner.rates.standing`); what
    keeps others standing is a matter of all their types. Raises InstanceError where lengths or the time per token
    are missing. `waits`: `headroom_for_waits`, where it is known.
    """
    if not any(asks_for_headroom(workload) for workload in instance.workloads.values()):
        return None
    share = headroom_for_waits(instance, rates) if waits is None else waits.copy()
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rates.works])
    for pool in standing_pools(instance, rates):
        alone = standing_alone(instance, rates, pool, demand, share[pool.units[0]])
        if alone is not None:
            share[pool.units[0]] = alone
    return share


def headroom_for_waits(instance: Instance, rates: Rates) -> Array:
    """The same for waits and the bursts of customers, shape [unit, period]: nothing fails."""
    share = np.ones((len(rates.units), instance.periods))
    for place, work in enumerate(rates.works):
        workload = instance.workloads[work.workload]
        if not waits_count(workload) and workload.customers is None:
            continue
        demand, burst = demand_of(instance, work.workload, work.phase), customers_burst(workload)
        for unit in np.flatnonzero(rates.rate[:, place]).tolist():
            needed = demand * burst / rates.rate[unit, place]
            carried = busy_share(instance, rates, unit, place, needed) / burst
            share[unit] = np.minimum(share[unit], carried)
    return share


def waits_limit(instance: Instance) -> bool:
    """Whether waits, or bursts of customers, keep units from being busy all the time."""
    return any(waits_count(one) or one.customers is not None for one in instance.workloads.values())


def asks_for_headroom(workload: Workload) -> bool:
    """Whether waits, failures (`availability`) or the bursts of customers count."""
    return waits_count(workload) or workload.sla.availability is not None or workload.customers is not None


def customers_burst(workload: Workload) -> float:
    """Load that the customers stay under for the stated share of the time, over its predictable course."""
    if workload.customers is None:
        return 1.0
    classes = workload.customers.classes
    count, scv, size = zip(*((kind.count, kind.burstiness_scv, kind.size) for kind in classes), strict=True)
    return max(1.0, pooled_peak(count, scv, quantile=workload.customers.quantile, size=size).independent)


def busy_share(instance: Instance, rates: Rates, unit: int, work: int, needed: Array) -> Array:
    """Share of time busy when `needed` units' worth of one work is all done by one unit type, any shape."""
    asked, back = np.unique(needed[needed > 0.0], return_inverse=True)
    share = np.ones_like(needed)
    if asked.size:
        pools = smallest_pools(lambda units: carried_by(instance, rates, unit, work, units), asked)
        share[needed > 0.0] = (asked / pools)[back]
    return share


def smallest_pools(carried: Callable[[NDArray[np.int64]], Array], asked: Array) -> Array:
    """Least pool that carries each of `asked` > 0 units' worth of work, linear between whole units; inf: none.

    `carried` gives what pools of some sizes carry, never falling and never more than their units. Every size that an
    answer rests on is asked for, none is read off between two others: shape [asked], sorted.
    """
    largest = np.ceil((asked + 1.0) / LEAST_SHARE)
    sizes, carries = np.zeros(1, dtype=np.int64), np.zeros(1)
    trial, turn = _ladder(max(1.0, asked[0]), max(1.0, asked[-1])), 0
    while trial.size:
        sizes, carries = np.append(sizes, trial), np.append(carries, carried(trial))
        order = np.argsort(sizes)
        sizes, carries = sizes[order], np.maximum.accumulate(carries[order])
        trial, turn = _next_sizes(sizes, carries, asked, largest, turn), turn + 1
    above = np.minimum(np.searchsorted(carries, asked), len(sizes) - 1)
    step = carries[above] - carries[above - 1]
    part = np.divide(asked - carries[above - 1], step, out=np.ones_like(asked), where=step > 0.0)
    pools = sizes[above - 1] + np.clip(part, 0.0, 1.0) * (sizes[above] - sizes[above - 1])
    return np.where((carries[above] >= asked) & (sizes[above] <= largest), pools, np.inf)


def _ladder(least: float, most: float) -> NDArray[np.int64]:
    """Sizes to begin with, from the least that any work can need to beyond the most: all of them where they are few."""
    first, last = np.ceil([least, BEYOND * most]).astype(np.int64)
    if last - first < FEW_SIZES:
        return np.arange(first, last + 1)
    steps = np.arange(np.ceil(np.log(last / first) / np.log(LADDER)) + 1.0)
    return np.unique(np.ceil(np.minimum(first * LADDER**steps, last))).astype(np.int64)


def _next_sizes(
    sizes: NDArray[np.int64], carries: Array, asked: Array, largest: Array, turn: int
) -> NDArray[np.int64]:
    """Sizes to ask for next: where the chord crosses what is asked, and now and then the middle; empty at the end."""
    above = np.searchsorted(carries, asked)
    short = (above == len(sizes)) & (sizes[-1] < largest)
    bracketed = above < len(sizes)
    low, high = sizes[above[bracketed] - 1], sizes[above[bracketed]]
    wide = high - low > 1
    above, low, high = above[bracketed][wide], low[wide], high[wide]
    rise = carries[above] - carries[above - 1]
    crossing = low + np.floor((asked[bracketed][wide] - carries[above - 1]) / rise * (high - low)).astype(
        np.int64
    )
    inside = [np.clip(size, low + 1, high - 1) for size in (crossing, crossing + 1)]
    if turn % HALVE == HALVE - 1:
        inside.append((low + high) // 2)
    if short.any():
        most = asked[short][-1]
        ray = most * sizes[-1] / carries[-1] if carries[-1] > 0.0 else 0.0
        inside.append(np.ceil([min(max(ray, LADDER * sizes[-1] + 1.0), largest[-1])]).astype(np.int64))
    return np.unique(np.concatenate(inside))


def carried_by(instance: Instance, rates: Rates, unit: int, work: int, units: NDArray[np.int64]) -> Array:
    """Units' worth of a work that pools of `units` running units carry, all of them up, never falling."""
    cap = np.ones(len(units))
    if waits_count(instance.workloads[rates.works[work].workload]) and (some := units > 0).any():
        cap[some] = wait_cap(instance, rates, unit, work, units[some])
    return np.asarray(np.maximum.accumulate(units * cap))
