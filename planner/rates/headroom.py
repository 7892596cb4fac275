"""Headroom: how busy running units may be, so that waits and failures stay within what was promised.

Of m running units of a pool, k(m) stand in for units that are down, and the other n = m - k(m) may be busy a
share cap(n) of their time, so m units carry

    carried(m) = n cap(n),      n + spares(n) <= m

units' worth of work. A work that needs d units' worth of time takes the least m with carried(m) >= d (linear
between whole numbers of units), and its units may be busy the share d / m of the time: less in small pools
than in large ones. All units that serve a work share one queue, so the pool is as large as the work's whole
demand, whatever mix of units serves it.

Where customers are few, d is the load that they stay under together for a stated share of the time.

cap: `planner.rates.waits`. spares: binomial tail at the promised availability, of which every phase may miss an
equal part; a unit is lost whole with a node, until that is repaired or, where spare nodes are swapped in, for as
long as this takes. Units that share nodes are lost together: as many as a node holds count as one, whose
stand-in is as large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import node_unavailability, pooled_peak, spares, unit_unavailability
from planner.instance.demand_series import demand_of
from planner.rates.failing import node_failures, swap_hours
from planner.rates.waits import share_to_keep, wait_cap, waits_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance import Instance, Workload
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

SMALL_POOL = 64  # every pool up to this many units, or nodes full of them, is computed, larger ones on a grid
GRID = 1.1
LEAST_SHARE = 0.02  # a pool this much larger than the work itself is not worth looking for


def headroom(instance: Instance, rates: Rates) -> Array | None:
    """Largest share of its time a unit may be busy, shape [unit, period]; None where nothing is promised.

    A unit that does several works keeps the headroom of the one that needs most; 0: it cannot keep the
    promise at any load. Raises InstanceError where lengths or the time per token are missing.
    """
    if not any(asks_for_headroom(workload) for workload in instance.workloads.values()):
        return None
    share = np.ones((len(rates.units), instance.periods))
    for place, work in enumerate(rates.works):
        if not asks_for_headroom(instance.workloads[work.workload]):
            continue
        demand = demand_of(instance, work.workload, work.phase)
        burst = customers_burst(instance.workloads[work.workload])
        for unit in np.flatnonzero(rates.rate[:, place]).tolist():
            needed = demand * burst / rates.rate[unit, place]
            share[unit] = np.minimum(share[unit], busy_share(instance, rates, unit, place, needed) / burst)
    return share


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


def ready_at_once(instance: Instance) -> bool:
    """Whether units must be ready when a period begins: one that starts counts from the next period on.

    Requests cannot wait out the minutes in which units start. Without anything running before the first
    period this could never be met in it, so the time lost is then averaged over the period as elsewhere.
    """
    promised = any(waits_count(workload) for workload in instance.workloads.values())
    return promised and bool(np.all(instance.timeline.previous >= 0))


def busy_share(instance: Instance, rates: Rates, unit: int, work: int, needed: Array) -> Array:
    """Share of time busy when `needed` units' worth of one work is all done by one unit type, any shape."""
    most = float(needed.max(initial=0.0))
    if most <= 0.0:
        return np.ones_like(needed)
    beside = rates.units[unit].beside
    units = _sizes(most, beside)
    carried = carried_by(instance, rates, unit, work, units)
    while carried[-1] < most and units[-1] * LEAST_SHARE < most + 1.0:
        units = _sizes(2.0 * units[-1], beside)
        carried = carried_by(instance, rates, unit, work, units)
    if carried[-1] < most:
        return np.zeros_like(needed)
    units, carried = np.append(0, units), np.append(0.0, carried)
    enough = np.maximum(np.searchsorted(carried, needed), 1)
    before = carried[enough - 1]
    step = carried[enough] - before
    part = np.divide(needed - before, step, out=np.zeros_like(needed), where=step > 0.0)
    pool = units[enough - 1] + part * (units[enough] - units[enough - 1])
    return np.asarray(np.divide(needed, pool, out=np.ones_like(needed), where=needed > 0))


def carried_by(instance: Instance, rates: Rates, unit: int, work: int, units: NDArray[np.int64]) -> Array:
    """Units' worth of a work that pools of `units` running units carry, never falling."""
    workload = instance.workloads[rates.works[work].workload]
    serving = units - _standing_by(instance, rates, unit, work, units)
    cap = np.ones(len(units))
    some = serving > 0
    if waits_count(workload) and some.any():
        cap[some] = wait_cap(instance, rates, unit, work, serving[some])
    return np.asarray(np.maximum.accumulate(serving * cap))


def _sizes(most: float, beside: int = 1) -> NDArray[np.int64]:
    """Pool sizes to compute: every small one, then a geometric grid to beyond `most`.

    Where `beside` units share a node, whole nodes full of them: of a pool of so many nodes, or one more, what is
    carried lies on the line between, since each further node either serves whole or stands by whole.
    """
    last = SMALL_POOL * (2 * beside if beside > 1 else 1)
    large = last * GRID ** np.arange(1, max(1.0, np.log(2.0 * most / last) / np.log(GRID)) + 2.0)
    large = np.ceil(large / beside) * beside
    nodes = np.arange(beside, last + 1, beside)
    return np.unique(np.concatenate([np.arange(1, SMALL_POOL + 1), nodes, large]).astype(np.int64))


def _standing_by(
    instance: Instance, rates: Rates, unit: int, work: int, units: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of so many running units, those that stand in for others that are down; all where no number is enough."""
    promised = instance.workloads[rates.works[work].workload].sla.availability
    if promised is None:
        return np.zeros_like(units)
    target = share_to_keep(rates, rates.works[work], promised)
    kind = rates.units[unit]
    failures, repair_hours = node_failures(instance, kind.hardware)
    swapped, broken = swap_hours(instance, kind.hardware), node_unavailability(failures, repair_hours)
    if swapped is None:
        down = unit_unavailability(kind.stands_on, broken)
        return units - _most_serving(
            units, lambda serving: kind.beside * spares(-(-serving // kind.beside), down, target)
        )
    # units that restart on a spare node, and the nodes in repair: each may miss half of what is left
    half = (1.0 + target) / 2.0
    restarting = unit_unavailability(
        kind.stands_on, node_unavailability(failures, min(swapped, repair_hours))
    )

    def extra(serving: NDArray[np.int64]) -> NDArray[np.int64]:
        groups = -(-serving // kind.beside)
        nodes = spares(groups * kind.stands_on, broken, half)
        more = spares(groups, restarting, half) + -(-nodes // kind.stands_on)
        return np.asarray(kind.beside * more)

    return units - _most_serving(units, extra)


def _most_serving(
    units: NDArray[np.int64], extra: Callable[[NDArray[np.int64]], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Of so many running units, the most that can serve when `extra` of them must stand by."""
    low, high = np.zeros_like(units), units + 1
    while np.any(high - low > 1):
        middle = (low + high) // 2
        fits = middle + extra(middle) <= units
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low
