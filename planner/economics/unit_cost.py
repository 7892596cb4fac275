"""Cost per million tokens, by workload, over the horizon and in each period.

A holding's cost falls on the periods it covers in proportion to their weighted hours. Within a period, what
the nodes of a hardware cost falls on its work in proportion to the nodes it keeps busy, idle ones included;
what a vendor charges falls on the workload it takes. All other terms (running, starts, spend commitments,
credits, discounts) fall on all work in proportion to the rest, so that the parts sum to the plan's cost, what
is shed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.demand_series import series
from planner.instance.outsourcing import list_usd_per_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan import Plan

SECONDS_PER_HOUR = 3600.0
MILLION = 1e6


@dataclass(frozen=True)
class UnitCost:
    """Cost of one workload: in total, per million tokens (prompt and output; None without tokens), and the
    same in each period (None where it asks for nothing)."""

    workload: str
    cost: float
    per_million_tokens: float | None
    per_million_output_tokens: float | None
    per_million_tokens_by_period: tuple[float | None, ...]


def unit_costs(instance: Instance, plan: Plan) -> tuple[UnitCost, ...]:
    """Allocate the cost of a plan to its workloads; empty without a plan."""
    if not plan.usable:
        return ()
    cost = _allocated(instance, plan)
    return tuple(_unit_cost(instance, name, cost[place]) for place, name in enumerate(instance.workloads))


def _unit_cost(instance: Instance, name: str, cost: NDArray[np.float64]) -> UnitCost:
    seconds = SECONDS_PER_HOUR * instance.timeline.weighted_hours / MILLION
    output = series(instance, name, "output_tokens_per_s") * seconds
    tokens = series(instance, name, "input_tokens_per_s") * seconds + output
    total = float(cost.sum())
    return UnitCost(
        workload=name,
        cost=total,
        per_million_tokens=total / float(tokens.sum()) if tokens.any() else None,
        per_million_output_tokens=total / float(output.sum()) if output.any() else None,
        per_million_tokens_by_period=tuple(
            float(usd / count) if count > 0 else None for usd, count in zip(cost, tokens, strict=True)
        ),
    )


def _allocated(instance: Instance, plan: Plan) -> NDArray[np.float64]:
    """USD by workload and period, shape [workload, period]."""
    nodes = _nodes_by_workload(instance, plan)
    cost = np.zeros((len(instance.workloads), instance.periods))
    for hardware, usd in _node_cost(instance, plan).items():
        busy = nodes.get(hardware, np.zeros_like(cost))
        cost += usd * _shares(busy)
    for record in plan.outsourced:
        usd = list_usd_per_hour(instance, record.vendor, record.workload) * instance.timeline.weighted_hours
        cost[list(instance.workloads).index(record.workload)] += usd * np.asarray(record.share)
    due = plan.cost - plan.cost_terms.get("shed", 0.0)
    placed = float(cost.sum())
    return cost * (due / placed) if placed > 0 else cost


def _shares(busy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of each workload in each period; in a period without work those of the whole horizon."""
    total = busy.sum(axis=0)
    whole = busy.sum(axis=1, keepdims=True)
    overall = whole / whole.sum() if whole.sum() > 0 else np.full_like(whole, 1.0 / len(busy))
    now = np.divide(busy, total, out=np.zeros_like(busy), where=total > 0)
    return np.asarray(np.where(total > 0, now, overall))


def _node_cost(instance: Instance, plan: Plan) -> dict[str, NDArray[np.float64]]:
    """USD of holding, shape [period], by hardware."""
    hours = instance.timeline.weighted_hours
    cost = {hardware: np.zeros(instance.periods) for hardware in instance.fleet}
    for record in plan.holdings:
        span = slice(record.first, record.last + 1)
        cost[record.hardware][span] += record.cost * hours[span] / hours[span].sum()
    return cost


def _nodes_by_workload(instance: Instance, plan: Plan) -> dict[str, NDArray[np.float64]]:
    """Nodes that each workload keeps busy, shape [workload, period], by hardware.

    A unit's nodes are shared between the works it serves in proportion to what it serves of each, relative to
    the most it serves of it in any period.
    """
    units = {unit.unit: unit for unit in plan.units}
    place = {name: position for position, name in enumerate(instance.workloads)}
    by_unit: dict[str, NDArray[np.float64]] = {}
    for record in plan.served:
        load = np.asarray(record.per_s)
        shape = (len(place), instance.periods)
        by_unit.setdefault(record.unit, np.zeros(shape))[place[record.workload]] += load / max(
            load.max(), 1e-12
        )
    nodes: dict[str, NDArray[np.float64]] = {}
    for name, load in by_unit.items():
        unit = units[name]
        held = np.asarray(unit.on, dtype=np.float64) * unit.nodes
        start = nodes.setdefault(unit.hardware, np.zeros_like(load))
        nodes[unit.hardware] = start + np.where(load.sum(axis=0) > 0, _shares(load) * held, 0.0)
    return nodes
