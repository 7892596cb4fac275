"""Quantities that the records of a plan add up to: nodes held, in use and started in each period; hours; shares."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.plan.period_names import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.plan.contents import Holding, Lent, PlanContents, UnitSchedule


def held(plan: PlanContents) -> dict[tuple[str, str], list[float]]:
    """Nodes held by (hardware, channel), a list over the periods."""
    return _added_up(plan, (((one.hardware, one.channel), one) for one in plan.holdings))


def in_use(plan: PlanContents) -> dict[str, list[float]]:
    """Nodes that running units occupy, by hardware, a list over the periods."""
    nodes: dict[str, list[float]] = defaultdict(lambda: [0] * len(plan.periods))
    for unit in plan.units:
        series = nodes[unit.hardware]
        for period, count in enumerate(unit.on):
            series[period] += count * unit.nodes
    return dict(nodes)


def lent(plan: PlanContents) -> dict[tuple[str, str], list[float]]:
    """Nodes lent by (lending, hardware), a list over the periods."""
    return _added_up(plan, (((one.lending, one.hardware), one) for one in plan.lent))


def started(plan: PlanContents, unit: UnitSchedule) -> list[int | None]:
    """Units switched on at the beginning of each period: those that are on and were not in the period before.

    What ran before the first period of a run of the horizon is stated in the instance
    (`start_up.before_first_period`); None there where the plan does not carry its instance.
    """
    before_first = plan.question.get("start_up", {}).get("before_first_period", "cyclic")
    starts: list[int | None] = []
    for block in blocks_of(plan.periods):
        on = unit.on[block.start : block.stop]
        first = max(0, on[0] - (on[-1] if before_first == "cyclic" else 0)) if plan.question else None
        starts += [first, *(max(0, now - then) for then, now in pairwise(on))]
    return starts


def hours_of(plan: PlanContents, first: int, last: int) -> float:
    """Hours of the periods `first`..`last` as often as they count in the cost: scenarios by their probability."""
    return round(plan.period_hours * sum(plan.period_weights[first : last + 1]), 6)


def weighted_sum(plan: PlanContents, series: list[float]) -> float:
    """Sum over the periods, each as often as it occurs in the cost."""
    return sum(value * weight for value, weight in zip(series, plan.period_weights, strict=True))


def share_of_cost(plan: PlanContents, amount: float) -> float | None:
    """An amount as a share of the cost of a plan; None where that is nothing or a credit."""
    return amount / plan.cost if plan.cost > 0 else None


def _added_up(
    plan: PlanContents, records: Iterable[tuple[tuple[str, str], Holding | Lent]]
) -> dict[tuple[str, str], list[float]]:
    """Nodes of records by their key, each over its periods `first`..`last`, a list over the periods."""
    nodes: dict[tuple[str, str], list[float]] = {}
    for key, record in records:
        series = nodes.setdefault(key, [0] * len(plan.periods))
        for period in range(record.first, record.last + 1):
            series[period] += record.nodes
    return nodes
