"""Nodes signed once, as they are billed in plans with stages: paid at a start, over time, and fetched at the end.

Rows end with the plan; what is owed after it stands in the export of cash.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_YEAR
from planner.instance.channels.cash_flows import flows_of
from planner.plan.purchases import committed
from planner.rates.nodes import node_of
from planner.view.exports.charge import NODE_HOURS, Charge
from planner.view.exports.clock import months_within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from planner.instance import Instance
    from planner.instance.channels.cash_flows import Flow
    from planner.plan.contents import Holding
    from planner.plan.plan import Plan
    from planner.view.exports.clock import PlanClock


def signed(plan: Plan, instance: Instance | None) -> dict[Holding, tuple[Flow, ...]]:
    """What one node of each holding pays and fetches, of those whose channel says when; none without an instance."""
    if instance is None:
        return {}
    found = {}
    for one in committed(plan):
        channel = instance.fleet[one.hardware][one.channel]
        payments = channel.payments(node_of(instance, one.hardware))
        if payments is not None:
            change = channel.price_factor_at(instance.timeline, one.first)
            found[one] = tuple(flows_of(payments, instance.timeline, one.first, one.last, change))
    return found


def signed_charges(plan: Plan, instance: Instance | None, clock: PlanClock) -> Iterator[Charge]:
    """Their charges within the plan; none without stages."""
    for one, flows in signed(plan, instance).items() if clock.spans else ():
        for flow in flows:
            yield from _charges(one, flow, clock)


def _charges(one: Holding, flow: Flow, clock: PlanClock) -> Iterator[Charge]:
    begin, over = moment_of(clock, flow.begin), moment_of(clock, flow.end)
    if flow.at_once:
        if begin < clock.spans[-1][1]:
            yield _charge(one, flow.usd * one.nodes, begin, begin + timedelta(hours=1), clock, once=True)
        return
    for block, (opens, closes) in enumerate(clock.spans):
        first_of_stage = clock.spans.index((opens, closes)) == block
        inside = (max(begin, opens), min(over, closes))
        for start, end in months_within(inside) if first_of_stage else ():
            amount = flow.usd * one.nodes * ((end - start) / (over - begin))
            yield _charge(one, amount, start, end, clock)


def _charge(
    one: Holding, amount: float, start: datetime, end: datetime, clock: PlanClock, once: bool = False
) -> Charge:
    block = next(place for place, (opens, closes) in enumerate(clock.spans) if opens <= start < closes)
    what = (
        "sold at the end of their life"
        if amount < 0
        else "paid at the start"
        if once
        else "this month's share"
    )
    return Charge(
        category="Credit" if amount < 0 else "Purchase",
        term=one.term,
        start=start,
        end=end,
        billed=amount,
        effective=0.0,
        listed=0.0,
        quantity=one.nodes * ((end - start) / timedelta(hours=1)),
        unit=NODE_HOURS,
        description=f"{one.nodes:g} {one.hardware} nodes, channel {one.channel}, {what}",
        hardware=one.hardware,
        channel=one.channel,
        kind=one.kind,
        block=block,
        stage=clock.stages[block],
        once=once,
    )


def moment_of(clock: PlanClock, years: float) -> datetime:
    """The moment so many years after the beginning of a plan."""
    return clock.starts[0] + timedelta(hours=HOURS_PER_YEAR * years)
