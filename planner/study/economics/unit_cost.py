"""Unit cost: what a plan's cost is for each workload, per million tokens, over the horizon and by period.

Every term falls on the work that causes it (`causes.py`). What nodes of a hardware cost in a period, held, running
or drawn from a commitment, falls on its work in proportion to the nodes it keeps busy, idle ones included; what
they earn while lent likewise. What a start costs falls on the work of that unit, what a vendor charges on the
workload it takes. What nothing causes (a premium for risk) falls on all work in proportion to the rest, so that
the parts sum to the plan's cost, what is shed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import MILLION, SECONDS_PER_HOUR
from planner.instance.demand_series import series
from planner.instance.outsourcing import list_usd_per_hour
from planner.rates.compute import compute_rates
from planner.study.economics.causes import (
    drawn_cost,
    held_cost,
    idle_cost,
    lent_credit,
    running_cost,
    start_cost,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates


@dataclass(frozen=True)
class UnitCost:
    """Cost of one workload: in total, per million tokens (prompt and output; None without tokens), and the
    same in each period (None where it asks for nothing)."""

    workload: str
    cost: float
    per_million_tokens: float | None
    per_million_output_tokens: float | None
    per_million_tokens_by_period: tuple[float | None, ...]


def unit_costs(instance: Instance, plan: Plan, rates: Rates | None = None) -> tuple[UnitCost, ...]:
    """Allocate the cost of a plan to its workloads; empty without a plan. Rates are computed where none are given."""
    if not plan.usable:
        return ()
    cost = _allocated(instance, plan, compute_rates(instance) if rates is None else rates)
    return tuple(_unit_cost(instance, name, cost[place]) for place, name in enumerate(instance.workloads))


def _unit_cost(instance: Instance, name: str, cost: NDArray[np.float64]) -> UnitCost:
    seconds = SECONDS_PER_HOUR * instance.timeline.discounted_hours / MILLION
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


def _allocated(instance: Instance, plan: Plan, rates: Rates) -> NDArray[np.float64]:
    """USD by workload and period, shape [workload, period]."""
    busy = _busy_nodes(instance, plan, rates)
    cost = np.zeros((len(instance.workloads), instance.periods))
    for of_hardware in (held_cost, idle_cost, running_cost, drawn_cost, lent_credit):
        for hardware, usd in of_hardware(instance, plan).items():
            cost += usd * _shares(_of_hardware(plan, busy, hardware, cost.shape))
    for unit, usd in start_cost(instance, plan, rates).items():
        cost += usd * _shares(busy.get(unit, np.zeros_like(cost)))
    cost += _vendors(instance, plan)
    due = plan.cost - plan.cost_terms.get("shed", 0.0)
    return cost + (due - float(cost.sum())) * _overall(instance, cost)


def _vendors(instance: Instance, plan: Plan) -> NDArray[np.float64]:
    """What vendors charge, their discounts taken off in proportion, shape [workload, period]."""
    cost = np.zeros((len(instance.workloads), instance.periods))
    for record in plan.outsourced:
        usd = list_usd_per_hour(instance, record.vendor, record.workload) * instance.timeline.discounted_hours
        cost[list(instance.workloads).index(record.workload)] += usd * np.asarray(record.share)
    listed, discount = float(cost.sum()), plan.cost_terms.get("outsource_discount", 0.0)
    return cost * (1.0 + discount / listed) if listed > 0 else cost


def _overall(instance: Instance, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of what nothing causes: those of the cost so far, of the hours where that is none or a credit."""
    total = float(cost.sum())
    if total > 0:
        return cost / total
    hours = instance.timeline.discounted_hours
    return np.broadcast_to(hours / hours.sum() / len(cost), cost.shape)


def _shares(busy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of each workload in each period; in a period without work those of the whole horizon."""
    total = busy.sum(axis=0)
    whole = busy.sum(axis=1, keepdims=True)
    overall = whole / whole.sum() if whole.sum() > 0 else np.full_like(whole, 1.0 / len(busy))
    now = np.divide(busy, total, out=np.zeros_like(busy), where=total > 0)
    return np.asarray(np.where(total > 0, now, overall))


def _of_hardware(
    plan: Plan, busy: dict[str, NDArray[np.float64]], hardware: str, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    mine = [busy[unit.unit] for unit in plan.units if unit.hardware == hardware and unit.unit in busy]
    return np.asarray(np.sum(mine, axis=0)) if mine else np.zeros(shape)


def _busy_nodes(instance: Instance, plan: Plan, rates: Rates) -> dict[str, NDArray[np.float64]]:
    """Nodes that each workload keeps busy, shape [workload, period], by unit: those of the units that are on,
    shared between the works in proportion to the time that each takes, served / rate."""
    places = {name: position for position, name in enumerate(instance.workloads)}
    units = {unit.name: index for index, unit in enumerate(rates.units)}
    works = {work.name: index for index, work in enumerate(rates.works)}
    time: dict[str, NDArray[np.float64]] = {}
    for record in plan.served:
        rate = float(rates.rate[units[record.unit], works[f"{record.workload}.{record.phase}"]])
        taken = time.setdefault(record.unit, np.zeros((len(places), instance.periods)))
        taken[places[record.workload]] += np.asarray(record.per_s) / rate if rate > 0 else 0.0
    on = {unit.unit: np.asarray(unit.on, dtype=np.float64) * unit.nodes for unit in plan.units}
    return {
        unit: np.where(taken.sum(axis=0) > 0, _shares(taken) * on.get(unit, 0.0), 0.0)
        for unit, taken in time.items()
    }
