"""A fleet as money: what is signed for, and what its nodes cost by period; when that is paid.

    payments = what channels say of signed nodes (`planner/instance/channels/cash_flows.py`), their price evenly over
               their hours where a channel says nothing; all else evenly over its stage
    rest     = (payments at present value - price) * (1 + r)^T, at the end T of the plan

`rest` is what the cost counts back for nodes that outlive the plan. What nodes would earn elsewhere is counted as in
the cost, though nobody is paid it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels.cash_flows import Flow, flows_of
from planner.plan.purchases import committed, hired
from planner.rates.nodes import node_of
from planner.study.economics.causes import drawn_cost, idle_cost, lent_credit, running_cost
from planner.study.economics.investment import LEAST_USD, present_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HeldNodes:
    """Nodes of a channel over periods `first`..`last`, both included, and what they cost in all, at present value."""

    hardware: str
    channel: str
    first: int
    last: int
    nodes: float
    cost: float


@dataclass(frozen=True)
class PricedFleet:
    """What is held for whole spans, and the rest of the cost that nodes cause, at present value, shape [period]."""

    held: tuple[HeldNodes, ...]
    by_period: Floats

    @property
    def cost(self) -> float:
        """All of it, at present value."""
        return sum(one.cost for one in self.held) + float(self.by_period.sum())


def fleet_of(plan: Plan, instance: Instance) -> PricedFleet:
    """The fleet of a plan: its cost but for what it pays beside nodes, and a premium for risk."""
    by_period = np.zeros(instance.periods)
    for record in hired(plan):
        by_period[record.first : record.last + 1] += _evenly(instance, record.first, record.last, record.cost)
    for cost in (idle_cost, running_cost, drawn_cost, lent_credit):
        by_period += np.sum(list(cost(instance, plan).values()), axis=0)
    held = tuple(
        HeldNodes(one.hardware, one.channel, one.first, one.last, one.nodes, one.cost)
        for one in committed(plan)
    )
    return PricedFleet(held, by_period)


def payments(fleet: PricedFleet, instance: Instance) -> tuple[list[Flow], list[Flow]]:
    """What a fleet pays (positive) and receives in a plan with stages, and what it leaves (negative) as `rest`."""
    timeline, paid, rest = instance.timeline, list[Flow](), list[Flow]()
    rate, end = timeline.discount_rate_per_year or 0.0, float(timeline.year_to.max())
    by_period = fleet.by_period.copy()
    for one in fleet.held:
        flows = _of_channel(instance, one)
        if not flows:
            by_period[one.first : one.last + 1] += _evenly(instance, one.first, one.last, one.cost)
            continue
        paid += flows
        left = present_value(flows, rate) - one.cost
        if abs(left) >= LEAST_USD:
            rest.append(Flow(end, end, -left * (1.0 + rate) ** end))
    return [*paid, *_by_stage(instance, by_period)], rest


def _of_channel(instance: Instance, one: HeldNodes) -> list[Flow]:
    """What the channel says of when nodes are paid; nothing where it says nothing, or that they are not paid."""
    channel = instance.fleet[one.hardware][one.channel]
    payments = channel.payments(node_of(instance, one.hardware))
    if payments is None:
        return []
    change = channel.price_factor_at(instance.timeline, one.first)
    flows = flows_of(payments, instance.timeline, one.first, one.last, change)
    return [Flow(flow.begin, flow.end, flow.usd * one.nodes) for flow in flows]


def _by_stage(instance: Instance, by_period: Floats) -> Iterator[Flow]:
    """Cost by period in money of its day, evenly over each stage."""
    timeline = instance.timeline
    nominal = by_period / timeline.present_value
    begins = np.unique(timeline.year_from)
    for begin in begins.tolist():
        mine = timeline.year_from == begin
        if amount := float(nominal[mine].sum()):
            yield Flow(begin, float(timeline.year_to[mine][0]), amount)


def _evenly(instance: Instance, first: int, last: int, cost: float) -> Floats:
    """A cost over the hours of periods, as they count, shape [last - first + 1]."""
    hours = instance.timeline.discounted_hours[first : last + 1]
    return np.asarray(cost * hours / hours.sum())
