"""What a plan holds, uses and pays by channel and period, and the nodes that its work takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.plan.purchases import split_use
from planner.plan.quantities import held, in_use
from planner.rates.compute import compute_rates
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan

    Key = tuple[str, str]
    Work = tuple[str, str]
    Series = NDArray[np.float64]


@dataclass(frozen=True)
class PlannedCourse:
    """Nodes and money of a plan by (hardware, channel), shape [period] each.

    `price` is that of a node in a period: of what the plan holds, else what the channel asks for; NaN where neither is
    known. `billed_use` counts nodes in use as bills do: of what is hired all. `running` are nodes under units that are
    on, by hardware. `served` is tokens/s (requests/s) by (workload, phase), `taken` the nodes that each takes of each
    hardware, by (hardware, work).
    """

    nodes: dict[Key, Series]
    cost: dict[Key, Series]
    price: dict[Key, Series]
    billed_use: dict[Key, Series]
    running: dict[str, Series]
    served: dict[Work, Series]
    taken: dict[tuple[str, Work], Series]


def planned_course(plan: Plan, instance: Instance) -> PlannedCourse:
    """The course that a plan takes. Raises InstanceError where its money cannot be told by channel and period."""
    _refuse(plan, instance)
    keys = [(hardware, name) for hardware, channels in instance.fleet.items() for name in channels]
    zeros = np.zeros(len(plan.periods))
    nodes = {key: zeros.copy() for key in keys}
    nodes |= {key: np.asarray(series, dtype=np.float64) for key, series in held(plan).items()}
    cost = {key: zeros.copy() for key in keys}
    for one in plan.holdings:
        span = slice(one.first, one.last + 1)
        cost[one.hardware, one.channel][span] += one.cost / (one.last - one.first + 1)
    use = split_use(plan)
    served: dict[Work, Series] = {}
    for entry in plan.served:
        work = entry.workload, entry.phase
        served[work] = served.get(work, zeros) + np.asarray(entry.per_s, dtype=np.float64)
    return PlannedCourse(
        nodes=nodes,
        cost=cost,
        price={key: _price(instance, key, nodes[key], cost[key]) for key in keys},
        billed_use={
            key: np.asarray(use.get(key, zeros)) if _committed(instance, key) else nodes[key] for key in keys
        },
        running={name: np.asarray(series, dtype=np.float64) for name, series in in_use(plan).items()},
        served=served,
        taken=_taken(plan, instance),
    )


def _refuse(plan: Plan, instance: Instance) -> None:
    faults = []
    if not plan.usable:
        faults.append(Fault(f"there is no plan to compare with: its status is {plan.status}"))
    there = {(hardware, name) for hardware, channels in instance.fleet.items() for name in channels}
    if list(plan.periods) != instance.labels() or any(
        (one.hardware, one.channel) not in there for one in plan.holdings
    ):
        faults.append(
            Fault("the plan is of another instance: it has other periods or channels", "--instance")
        )
    if plan.committed:
        faults.append(
            Fault("commitments to spend: what their nodes cost in an hour is not told", "spend_commitments")
        )
    if any(abs(weight - 1.0) > 1e-9 for weight in plan.period_weights):
        faults.append(Fault("periods that stand for several are compared with none that passed", "horizon"))
    if faults:
        raise InstanceError(faults)


def _committed(instance: Instance, key: Key) -> bool:
    return instance.fleet[key[0]][key[1]].traits.committed


def _price(instance: Instance, key: Key, nodes: Series, cost: Series) -> Series:
    """Price of a node in each period, shape [period]."""
    channel = instance.fleet[key[0]][key[1]]
    price = np.divide(cost, nodes, out=np.full(len(nodes), np.nan), where=nodes > 0)
    if channel.traits.committed:
        known = nodes > 0
        return np.asarray(np.where(known, price, price[known].mean()) if known.any() else price)
    offers = channel.offers(instance.timeline, node_of(instance, key[0]))
    each = offers.usd_per_node_by_period(len(nodes))
    return np.asarray(np.where(nodes > 0, price, np.where(np.isfinite(each), each, np.nan)))


def _taken(plan: Plan, instance: Instance) -> dict[tuple[str, Work], Series]:
    """Nodes that works take of each hardware: those of the units that serve them, by the time that each takes."""
    units = {unit.unit: unit for unit in plan.units}
    entries = [entry for entry in plan.served if entry.unit in units]
    works = {name: {(e.workload, e.phase) for e in entries if e.unit == name} for name in units}
    rate = _rates(instance) if any(len(some) > 1 for some in works.values()) else {}
    busy: dict[tuple[str, Work], Series] = {}
    for entry in entries:
        work = entry.workload, entry.phase
        per_s = rate.get((entry.unit, *work), 1.0)
        time = np.asarray(entry.per_s, dtype=np.float64) / per_s if per_s > 0 else np.zeros(len(entry.per_s))
        busy[entry.unit, work] = busy.get((entry.unit, work), 0.0) + time
    taken: dict[tuple[str, Work], Series] = {}
    for (name, work), time in busy.items():
        whole = np.sum([series for (unit, _), series in busy.items() if unit == name], axis=0)
        share = np.divide(time, whole, out=np.zeros(len(time)), where=whole > 0)
        nodes = np.asarray(units[name].on, dtype=np.float64) * units[name].nodes * share
        key = units[name].hardware, work
        taken[key] = taken.get(key, 0.0) + nodes
    return taken


def _rates(instance: Instance) -> dict[tuple[str, str, str], float]:
    """Tokens/s (requests/s) by unit, workload and phase."""
    rates = compute_rates(instance)
    return {
        (unit.name, work.workload, str(work.phase)): float(rates.rate[i, j])
        for i, unit in enumerate(rates.units)
        for j, work in enumerate(rates.works)
    }
