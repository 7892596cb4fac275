"""Spend commitments as charges: what is promised, what is drawn, and what of it is lost."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.rates.nodes import node_of
from planner.view.exports.charge import LEAST_AMOUNT, NODE_HOURS, Charge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.clock import PlanClock

TERM = "spend_commitment"


def spend_charges(plan: Plan, instance: Instance | None, clock: PlanClock) -> list[Charge]:
    """Charges of every spend commitment. Raises InstanceError where its rates are not known."""
    if not plan.committed:
        return []
    if instance is None:
        raise InstanceError([Fault("the plan draws on spend commitments: give its instance too")])
    kinds = {
        commitment: channel.kind
        for channels in instance.fleet.values()
        for channel in channels.values()
        if (commitment := channel.commitment()) is not None
    }
    return [*_promised(plan, clock, kinds), *_drawn(plan, instance, clock, kinds)]


def _promised(plan: Plan, clock: PlanClock, kinds: dict[str, str]) -> Iterator[Charge]:
    for one in plan.committed:
        amounts = clock.spread(one.cost, one.first, one.last)
        for run in clock.months(one.first, one.last):
            cost = float(amounts[run[0] : run[1] + 1].sum())
            start, end = clock.span(*run)
            yield Charge(
                category="Purchase",
                term=TERM,
                start=start,
                end=end,
                billed=cost,
                effective=0.0,
                listed=0.0,
                quantity=cost,
                unit=plan.currency,
                description=f"commitment {one.commitment}: {one.per_hour:g} {plan.currency} an hour",
                channel=one.commitment,
                kind=kinds[one.commitment],
                block=int(clock.block[run[0]]),
            )


def _drawn(plan: Plan, instance: Instance, clock: PlanClock, kinds: dict[str, str]) -> Iterator[Charge]:
    """Nodes paid out of a commitment, and the rest of it, in each period."""
    left = _per_period(plan, clock)
    drawn: dict[str, list[tuple[int, str, str, float, float]]] = defaultdict(list)
    for one in plan.holdings:
        channel = instance.fleet[one.hardware][one.channel]
        commitment = channel.commitment()
        if commitment is not None:
            rate = channel.draw_usd_per_node_hour(node_of(instance, one.hardware))
            for period in range(one.first, one.last + 1):
                drawn[commitment].append((period, one.hardware, one.channel, one.nodes, rate))
    for name, lines in drawn.items():
        for period, hardware, label, nodes, rate in lines:
            hours = nodes * float(clock.hours[period])
            amount = min(rate * hours, float(left[name][period]))
            left[name][period] -= amount
            what = f"{nodes:g} {hardware} nodes"
            yield _usage(clock, period, amount, hours, NODE_HOURS, what, name, kinds[name], hardware, label)
    for name, rest in left.items():
        for period in np.flatnonzero(rest > LEAST_AMOUNT).tolist():
            amount = float(rest[period])
            yield _usage(
                clock, period, amount, amount, plan.currency, "not drawn", name, kinds[name], "", name
            )


def _per_period(plan: Plan, clock: PlanClock) -> dict[str, NDArray[np.float64]]:
    """Cost of what is committed in each period, by commitment."""
    cost: dict[str, NDArray[np.float64]] = {}
    for one in plan.committed:
        series = cost.setdefault(one.commitment, np.zeros(len(clock.starts)))
        series += clock.spread(one.cost, one.first, one.last)
    return cost


def _usage(
    clock: PlanClock,
    period: int,
    amount: float,
    quantity: float,
    unit: str,
    what: str,
    name: str,
    kind: str,
    hardware: str,
    channel: str,
) -> Charge:
    return Charge(
        category="Usage",
        term=TERM,
        start=clock.starts[period],
        end=clock.ends[period],
        billed=0.0,
        effective=amount,
        listed=amount,
        quantity=quantity,
        unit=unit,
        description=f"{what}, commitment {name}",
        hardware=hardware,
        channel=channel,
        kind=kind,
        block=int(clock.block[period]),
        status="Used" if hardware else "Unused",
    )
