"""Server pools that a promise of availability is about: which works and units, how these fail, what must stand.

A pool is made of promised works and the units at one place that can do any of them, as far as they are linked. Units
that are up are divided anew among its works, and works without a promise give way. The pool must carry its works for

    kept = max over its workloads w of  1 - (1 - availability[w]) / parts[w]

of the time: `parts` pools that serve phases of one workload may each miss an equal part of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import UnitLosses, node_unavailability
from planner.instance.outsourcing import takes
from planner.rates.failing import node_failures, swap_hours
from planner.rates.filled_nodes import fills_freely, only_gpus, some_gpus
from planner.rates.places import has_places, places_of, places_of_units
from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

NEARLY_WHOLE = 1e-9


@dataclass(frozen=True)
class StandingPool:
    """Positions of its works and units, its place, and the share of the time for which it must carry its works."""

    works: tuple[int, ...]
    units: tuple[int, ...]
    place: int
    kept: float


def standing_pools(instance: Instance, rates: Rates) -> tuple[StandingPool, ...]:
    """Every pool of an instance, in the order of its first work."""
    promised = np.array(
        [instance.workloads[work.workload].sla.availability is not None for work in rates.works], dtype=bool
    )
    sited, pools = has_places(instance), []
    places = places_of(instance) if sited else ()
    stands = places_of_units(instance, rates.units) if sited else []
    where = [places.index(place) for place in stands] if sited else [0] * len(rates.units)
    for place in range(len(places) if sited else 1):
        here = np.array([at == place for at in where], dtype=bool)
        able = (rates.rate > 0) & here[:, None] & promised
        found = _components(able)
        for works, units in found:
            kept = max(
                1.0 - (1.0 - (instance.workloads[name].sla.availability or 0.0)) / parts
                for name, parts in _parts(rates, [one for one, _ in found], works, sited).items()
            )
            pools.append(StandingPool(works, units, place, kept))
    return tuple(sorted(pools, key=lambda pool: (pool.works, pool.place)))


def _components(able: NDArray[np.bool_]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Works and units that are linked by what units can do, `able` of shape [unit, work]."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    units, works = able.shape
    graph = csr_array(np.block([[np.zeros((units, units)), able], [able.T, np.zeros((works, works))]]))
    _, label = connected_components(graph, directed=False)
    pools = []
    for one in dict.fromkeys(label[units:].tolist()):
        mine = np.flatnonzero(label[:units] == one)
        if len(mine):
            pools.append((tuple(np.flatnonzero(label[units:] == one).tolist()), tuple(mine.tolist())))
    return pools


def _parts(rates: Rates, pools: list[tuple[int, ...]], works: tuple[int, ...], sited: bool) -> dict[str, int]:
    """Pools that each workload of a pool stands on at once: with several places, one a phase."""
    names = [work.workload for work in rates.works]
    found = {}
    for name in dict.fromkeys(names[work] for work in works):
        mine = sum(any(names[work] == name for work in pool) for pool in pools)
        found[name] = names.count(name) if sited else mine
    return found


def losses_of(instance: Instance, rates: Rates, unit: int) -> UnitLosses:
    """How units of a type fail."""
    kind = rates.units[unit]
    failures, repair_hours = node_failures(instance, kind.hardware)
    # a unit of one node or less would only take the place of another, and be down until it has
    swapped = swap_hours(instance, kind.hardware) if kind.stands_on > 1 else None
    restarting = None
    if swapped is not None:
        restarting = float(node_unavailability(failures, min(swapped, repair_hours)))
    down = float(node_unavailability(failures, repair_hours))
    if restarting is not None:
        restarting = min(restarting, down)
    anywhere = restarting is None and not only_gpus(instance, kind.hardware)
    return UnitLosses(kind.stands_on, kind.beside, down, restarting, anywhere)


def standing_alone(
    instance: Instance, rates: Rates, pool: StandingPool, demand: Array, busy_limit: Array
) -> Array | None:
    """Share of its time that the only type of a pool may be busy, shape [period], so that the pool stands.

    None where the pool has several types, or something beside its works' whole demand can come to its units: then
    there is no such share. `demand` has the shape [work, period], `busy_limit` [period].

        busy = sum_w demand[w] / rate[w] / (least units of which ceil(sum_w demand[w] / rate[w] / busy_limit) are up)

    None also where units share nodes and fewer of them on as many nodes, or elsewhere, would do for less.
    """
    if not _is_alone(instance, rates, pool):
        return None
    unit = pool.units[0]
    able = [work for work in pool.works if rates.rate[unit, work] > 0]
    load = (demand[able] / rates.rate[unit, able][:, None]).sum(axis=0)
    law, share = losses_of(instance, rates, unit), busy_limit.copy()
    if law.lies_anywhere and not fills_freely(instance, rates, unit):
        return None
    grain = 1 if some_gpus(instance, rates.units[unit].hardware) else law.beside
    known: dict[int, int | None] = {}
    for period in np.flatnonzero((load > 0) & (busy_limit > 0)).tolist():
        needed = max(1, int(np.ceil(load[period] / busy_limit[period] - NEARLY_WHOLE)))
        if needed not in known:
            known[needed] = law.least(needed, pool.kept)
            if law.lies_anywhere and not _is_least(law, needed, pool.kept, known[needed], grain):
                return None
        units = known[needed]
        share[period] = 0.0 if units is None else min(busy_limit[period], load[period] / units)
    return share


def _is_least(law: UnitLosses, needed: int, kept: float, units: int | None, grain: int) -> bool:
    """Whether no placement does with fewer nodes (units, with a `grain` of 1) than `units` that stand anywhere.

    Of units on so many nodes none are up for longer than those that fill them.
    """
    close = replace(law, anywhere=False).least(needed, kept)
    if units is None or close is None:
        return units is close
    return -(-units // grain) <= -(-close // grain)


def ready_at_once(instance: Instance) -> bool:
    """Whether units must be ready when a period begins: one that starts counts from the next period on.

    Requests cannot wait out the minutes in which units start. Without anything running before the first
    period this could never be met in it, so the time lost is then averaged over the period as elsewhere.
    """
    promised = any(waits_count(workload) for workload in instance.workloads.values())
    return promised and bool(np.all(instance.timeline.previous >= 0))


def _is_alone(instance: Instance, rates: Rates, pool: StandingPool) -> bool:
    """Whether a pool has one type of units, to which nothing but the whole demand of its works comes."""
    if len(pool.units) > 1 or (has_places(instance) and len(pool.works) > 1) or _starts_in_part(instance):
        return False
    does = set(np.flatnonzero(rates.rate[pool.units[0]]).tolist())
    names = {rates.works[work].workload for work in pool.works}
    return does == set(pool.works) and not any(may_go_elsewhere(instance, name) for name in names)


def _starts_in_part(instance: Instance) -> bool:
    """Whether a unit that starts counts for a part of a period: it may stand in for others, but not serve."""
    left = instance.start_up.hours / instance.horizon.period_hours
    return not ready_at_once(instance) and abs(left - round(left)) > NEARLY_WHOLE


def can_stand(instance: Instance, rates: Rates, unit: int) -> bool:
    """Whether enough units of a type alone keep one of them up for as long as its works are promised."""
    names = {rates.works[work].workload for work in np.flatnonzero(rates.rate[unit]).tolist()}
    promised = max((instance.workloads[name].sla.availability or 0.0 for name in names), default=0.0)
    return losses_of(instance, rates, unit).least(1, promised) is not None


def may_go_elsewhere(instance: Instance, workload: str) -> bool:
    """Whether some of a workload may be shed, or sold to a vendor."""
    given = instance.workloads[workload]
    prices = given.shed_usd_per_million_tokens, given.shed_usd_per_million_requests
    sold = any(takes(instance, vendor, workload) for vendor in instance.vendors)
    return sold or any(price is not None for price in prices)
