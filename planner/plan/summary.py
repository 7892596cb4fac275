"""The figures of a plan that people quote: node-hours, utilisation, cost per token, margin, savings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import MILLION, SECONDS_PER_HOUR
from planner.instance.demand_series import demand_of, phases_of, series
from planner.instance.deployment import Phase
from planner.plan.quantities import held, in_use
from planner.plan.revenue import margin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan


def summary_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Figures by name; those that the instance gives no data for are left out. Empty without a plan."""
    if not plan.usable:
        return {}
    hours = instance.timeline.weighted_hours
    nodes_held = _total(held(plan).values(), plan)
    nodes_used = _total(in_use(plan).values(), plan)
    figures = {
        "nodes_peak": float(nodes_held.max()),
        "nodes_mean": float(nodes_held @ hours / hours.sum()),
        "node_hours_held": float(nodes_held @ hours),
        "node_hours_used": float(nodes_used @ hours),
    }
    if figures["node_hours_held"] > 0:
        figures["utilisation_of_held_nodes"] = figures["node_hours_used"] / figures["node_hours_held"]
    if instance.horizon.repeats_per_year is not None and not instance.stages:
        figures["cost_per_year"] = plan.cost * instance.horizon.repeats_per_year
    figures |= _per_token(instance, plan) | _income(instance, plan)
    return figures | _baseline(instance, figures) | _put_off(instance, plan)


def tokens_in_millions(instance: Instance, workload: str, name: str) -> float:
    """Tokens of one series of a workload over the plan, in millions, discounted as its cost is."""
    per_s = series(instance, workload, name)
    return float(per_s @ instance.timeline.discounted_hours) * SECONDS_PER_HOUR / MILLION


def _total(rows: Iterable[list[float]], plan: Plan) -> NDArray[np.float64]:
    stacked = np.array(list(rows), dtype=np.float64)
    return np.asarray(stacked.sum(axis=0)) if stacked.size else np.zeros(len(plan.periods))


def _per_token(instance: Instance, plan: Plan) -> dict[str, float]:
    output = sum(tokens_in_millions(instance, name, "output_tokens_per_s") for name in instance.workloads)
    prompt = sum(tokens_in_millions(instance, name, "input_tokens_per_s") for name in instance.workloads)
    figures = {}
    if output > 0:
        figures["cost_per_million_output_tokens"] = plan.cost / output
    if output + prompt > 0:
        figures["cost_per_million_tokens"] = plan.cost / (output + prompt)
    return figures


def _income(instance: Instance, plan: Plan) -> dict[str, float]:
    """Theoretical income, were every token sold at its price (free share left out), and the margin on cost.

    A plan that costs nothing, or earns, has no margin on its cost.
    """
    earned = margin(instance, plan.cost)
    if earned.income <= 0:
        return {}
    figures = {"income": earned.income}
    return figures if earned.on_cost is None else {**figures, "margin_on_cost": earned.on_cost}


def _put_off(instance: Instance, plan: Plan) -> dict[str, float]:
    """Share of the work that may wait and does, beyond the period it arrived in; the oldest is served first."""
    waiting = {name for name, workload in instance.workloads.items() if workload.deferral is not None}
    works = {
        (name, phase): demand_of(instance, name, phase) * instance.timeline.hours * SECONDS_PER_HOUR
        for name in waiting
        for phase in phases_of(instance.workloads[name])
    }
    weight = instance.timeline.weight
    came = sum(float(arrived @ weight) for arrived in works.values())
    if came <= 0:
        return {}
    left = [np.minimum(entry.waiting, works[entry.workload, Phase(entry.phase)]) for entry in plan.backlog]
    return {"put_off_share": sum(float(amount @ weight) for amount in left) / came}


def _baseline(instance: Instance, figures: dict[str, float]) -> dict[str, float]:
    if instance.baseline is None:
        return {}
    nodes = np.resize(np.asarray(instance.baseline.nodes), instance.periods)
    node_hours = float(nodes @ instance.timeline.weighted_hours)
    return {
        "baseline_node_hours": node_hours,
        "node_hours_saved": node_hours - figures["node_hours_held"],
    }
