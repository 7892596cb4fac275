"""What causes a plan's cost: money by period of nodes held, their idle draw, nodes in use, units started, commitments
drawn on.

    holding[h,t]  = sum over holdings o that cover t: cost[o] * hours[t] weight[t] / (those of o)
    idle[h,t]     = sum_c idle[c,t] * held[c,t] * hours[t] * weight[t]
    running[h,t]  = sum_c running[c,t] * use[c,t] * hours[t] * weight[t]
    start[u,t]    = start_usd[u] * weight[t] * max(0, on[u,t] - on[u,previous(t)])
    drawn[h,t]    = cost of the commitment in t, by what the nodes of h draw of it; undrawn, by all that is drawn

in the currency of the instance. Each follows the model's own arithmetic of that term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.plan.purchases import split_use
from planner.plan.quantities import held
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates

    ByName = dict[str, NDArray[np.float64]]


def held_cost(instance: Instance, plan: Plan) -> ByName:
    """Cost of what is held, spread evenly over the hours it covers, shape [period], by hardware."""
    hours = instance.timeline.discounted_hours
    cost = _nothing(instance)
    for record in plan.holdings:
        span = slice(record.first, record.last + 1)
        cost[record.hardware][span] += record.cost * hours[span] / hours[span].sum()
    return cost


def idle_cost(instance: Instance, plan: Plan) -> ByName:
    """Energy of nodes held, at what they draw while they run nothing, shape [period], by hardware."""
    cost = _nothing(instance)
    for (hardware, name), nodes in held(plan).items():
        idle = offers_of(instance, hardware, name).idle_usd_per_node_hour
        if idle is not None:
            cost[hardware] += idle * np.asarray(nodes) * instance.timeline.discounted_hours
    return cost


def running_cost(instance: Instance, plan: Plan) -> ByName:
    """Cost of nodes in use on top of being held, shape [period], by hardware."""
    cost = _nothing(instance)
    for (hardware, name), nodes in split_use(plan).items():
        offers = offers_of(instance, hardware, name)
        cost[hardware] += (
            offers.running_usd_per_node_hour * np.asarray(nodes) * instance.timeline.discounted_hours
        )
    return cost


def start_cost(instance: Instance, plan: Plan, rates: Rates) -> ByName:
    """Cost of switching units on, shape [period], by unit."""
    price = {unit.name: unit.start_usd for unit in rates.units}
    weight = instance.timeline.discounted_weight
    return {unit.unit: price.get(unit.unit, 0.0) * weight * started(instance, unit.on) for unit in plan.units}


def started(instance: Instance, on: tuple[int, ...]) -> NDArray[np.float64]:
    """Units switched on at the beginning of each period, shape [period], as the instance counts them."""
    now, previous = np.asarray(on, dtype=np.float64), instance.timeline.previous
    before = np.where(previous >= 0, now[previous], 0.0)
    return np.asarray(np.maximum(now - before, 0.0))


def drawn_cost(instance: Instance, plan: Plan) -> ByName:
    """Cost of commitments to spend, shape [period], by the hardware whose nodes draw on them."""
    cost = _nothing(instance)
    hours = instance.timeline.discounted_hours
    for name in dict.fromkeys(record.commitment for record in plan.committed):
        drawn = _drawn(instance, plan, name)
        total = np.sum(list(drawn.values()), axis=0)
        whole = float(total.sum())
        for record in plan.committed:
            if record.commitment != name or whole <= 0:
                continue
            span = slice(record.first, record.last + 1)
            paid = record.cost * hours[span] / hours[span].sum()
            for hardware, amount in drawn.items():
                overall = float(amount.sum()) / whole
                now = np.divide(
                    amount[span], total[span], out=np.full(len(paid), overall), where=total[span] > 0
                )
                cost[hardware][span] += paid * now
    return cost


def _drawn(instance: Instance, plan: Plan, commitment: str) -> ByName:
    """What the nodes of each hardware draw of a commitment, money by period."""
    drawn = _nothing(instance)
    for record in plan.holdings:
        channel = instance.fleet[record.hardware][record.channel]
        if channel.commitment() == commitment:
            span = slice(record.first, record.last + 1)
            rate = channel.draw_usd_per_node_hour(node_of(instance, record.hardware))
            drawn[record.hardware][span] += rate * record.nodes * instance.timeline.discounted_hours[span]
    return drawn


def lent_credit(instance: Instance, plan: Plan) -> ByName:
    """What nodes lent earn, negative, shape [period], by hardware."""
    credit = _nothing(instance)
    hours = instance.timeline.discounted_hours
    for record in plan.lent:
        span = slice(record.first, record.last + 1)
        credit[record.hardware][span] -= record.credit * hours[span] / hours[span].sum()
    return credit


def _nothing(instance: Instance) -> ByName:
    return {hardware: np.zeros(instance.periods) for hardware in instance.fleet}
