"""Terms of the cost that are not the price of nodes: what causes them, and what kind of charge they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.plan.period_names import blocks_of
from planner.plan.quantities import in_use
from planner.rates.compute import compute_rates
from planner.study.economics.causes import running_cost, start_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan


def activity(plan: Plan, instance: Instance | None, term: str) -> NDArray[np.float64]:
    """What a term's cost is spread by, per hour, shape [period]; evenly where nothing happened or is known.

    Running and starts are priced as the instance prices them; nodes in use and units started where it is unknown.
    """
    weights = _ACTIVITIES[term](plan) if term in _ACTIVITIES else np.ones(len(plan.periods))
    if instance is not None and term in ("running", "start"):
        cost = running_cost(instance, plan) if term == "running" else _starts(instance, plan)
        weights = np.sum(list(cost.values()), axis=0) / instance.timeline.weighted_hours
    return weights if weights.any() else np.ones(len(plan.periods))


def _starts(instance: Instance, plan: Plan) -> dict[str, NDArray[np.float64]]:
    return start_cost(instance, plan, compute_rates(instance))


def category_of(term: str, amount: float) -> str:
    """Category of the charge: unserved demand is nobody's bill, and what is earned is a credit."""
    if term == "shed":
        return "Adjustment"
    return "Credit" if amount < 0 else "Usage"


def _running(plan: Plan) -> NDArray[np.float64]:
    told = np.array([record.nodes for record in plan.use], dtype=np.float64)
    if told.size:
        return np.asarray(told.sum(axis=0))
    used = np.array(list(in_use(plan).values()), dtype=np.float64)
    return np.asarray(used.sum(axis=0)) if used.size else np.zeros(len(plan.periods))


def _started(plan: Plan) -> NDArray[np.float64]:
    starts = np.zeros(len(plan.periods))
    for run in blocks_of(plan.periods):
        for unit in plan.units:
            on = unit.on[run.start : run.stop]
            starts[run.start : run.stop] += np.maximum(np.diff(on, prepend=on[-1]), 0) * unit.nodes
    return starts


def _shed(plan: Plan) -> NDArray[np.float64]:
    return (
        np.sum([record.per_s for record in plan.shed], axis=0) if plan.shed else np.zeros(len(plan.periods))
    )


def _outsourced(plan: Plan) -> NDArray[np.float64]:
    total = np.zeros(len(plan.periods))
    for record in plan.outsourced:
        share = np.asarray(record.share)
        total += share * record.list_cost / share.sum() if share.sum() > 0 else 0.0
    return total


def _lent(plan: Plan) -> NDArray[np.float64]:
    total = np.zeros(len(plan.periods))
    for record in plan.lent:
        total[record.first : record.last + 1] += record.nodes
    return total


_ACTIVITIES: dict[str, Callable[[Plan], NDArray[np.float64]]] = {
    "running": _running,
    "start": _started,
    "shed": _shed,
    "outsource": _outsourced,
    "outsource_discount": _outsourced,
    "lending": _lent,
}
