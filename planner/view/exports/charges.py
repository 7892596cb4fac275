"""Charges: a plan's cost as lines of a bill, on a cash and on an accrual basis, in money of its day.

A commitment is billed (category Purchase, effective cost 0) and consumed by the period (category Usage, billed
cost 0): what is used and what is idle are separate lines. In plans with stages it is billed as its channel is paid
(`signed.py`), else by the month, for the share of the horizon. What is hired by the period is billed when it is
used. Other terms of the cost go by the month, spread by the activity that causes them; of what is forgone, not
served or a premium for risk no bill is sent. The effective costs of all charges, at present value, sum to the cost
of the plan.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import traits_of
from planner.plan.purchases import committed, hired, split_use
from planner.plan.quantities import held
from planner.view.exports.charge import LEAST_AMOUNT, NODE_HOURS, Charge
from planner.view.exports.clock import PlanClock
from planner.view.exports.rates_of_hire import hire_prices
from planner.view.exports.signed import signed, signed_charges
from planner.view.exports.spend import spend_charges
from planner.view.exports.stages import placed
from planner.view.exports.terms import activity, category_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan

HirePrices = dict[str, "NDArray[np.float64]"]
ROUNDING = 1e-9


def charges_of(plan: Plan, instance: Instance | None) -> list[Charge]:
    """Every charge of a plan. Raises InstanceError where an instance is needed and none is known."""
    clock = PlanClock.of(plan, instance)
    prices = hire_prices(instance)
    charges = [
        *_hired(plan, clock, prices),
        *_purchases(plan, instance, clock),
        *_consumption(plan, clock, prices),
    ]
    charges += spend_charges(plan, instance, clock)
    charges = placed(charges + list(_other_terms(plan, instance, clock, charges)), clock)
    return [*charges, *signed_charges(plan, instance, clock)]


def _hired(plan: Plan, clock: PlanClock, prices: HirePrices) -> Iterator[Charge]:
    for one in hired(plan):
        if traits_of(one.kind).draws_on is not None:
            continue  # its commitment is charged
        hours = one.nodes * float(clock.hours[one.first])
        start, end = clock.span(one.first, one.last)
        cost = one.cost / float(clock.value[one.first])
        yield Charge(
            category="Usage",
            term=one.term,
            start=start,
            end=end,
            billed=cost,
            effective=cost,
            listed=float(prices[one.hardware][one.first]) * hours if one.hardware in prices else cost,
            quantity=hours,
            unit=NODE_HOURS,
            description=f"{one.nodes:g} {one.hardware} nodes hired, channel {one.channel}",
            hardware=one.hardware,
            channel=one.channel,
            kind=one.kind,
            block=int(clock.block[one.first]),
        )


def _purchases(plan: Plan, instance: Instance | None, clock: PlanClock) -> Iterator[Charge]:
    """Commitments by the month; in stages those alone that are paid as they are held."""
    dated = signed(plan, instance) if clock.spans else {}
    for one in committed(plan):
        if not traits_of(one.kind).to_be_signed or (clock.spans and one in dated):
            continue
        amounts = clock.spread(one.cost, one.first, one.last)
        for run in clock.months(one.first, one.last):
            cost = float(amounts[run[0] : run[1] + 1].sum())
            start, end = clock.span(*run)
            yield Charge(
                category="Purchase",
                term=one.term,
                start=start,
                end=end,
                billed=cost,
                effective=0.0,
                listed=0.0,
                quantity=one.nodes * float(clock.hours[run[0] : run[1] + 1].sum()),
                unit=NODE_HOURS,
                description=f"{one.nodes:g} {one.hardware} nodes, channel {one.channel}, this month's share",
                hardware=one.hardware,
                channel=one.channel,
                kind=one.kind,
                block=int(clock.block[run[0]]),
            )


def _consumption(plan: Plan, clock: PlanClock, prices: HirePrices) -> Iterator[Charge]:
    """What committed nodes cost in each period: those in use, and those idle."""
    use, have = split_use(plan), held(plan)
    kinds = {(one.hardware, one.channel): (one.kind, one.term) for one in committed(plan)}
    for key, series in _accrued(plan, clock).items():
        for period in np.flatnonzero(np.asarray(have[key]) > 0).tolist():
            count = have[key][period]
            used = min(float(count), use[key][period])
            for status, nodes in (("Used", used), ("Unused", count - used)):
                if nodes > LEAST_AMOUNT:
                    amount = float(series[period]) * nodes / count
                    yield _consumed(clock, period, key, kinds[key], status, nodes, amount, prices)


def _accrued(plan: Plan, clock: PlanClock) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Cost of what is committed by channel, spread evenly over the hours covered, shape [period]."""
    cost: dict[tuple[str, str], NDArray[np.float64]] = {}
    for one in committed(plan):
        series = cost.setdefault((one.hardware, one.channel), np.zeros(len(plan.periods)))
        series += clock.spread(one.cost, one.first, one.last)
    return cost


def _consumed(
    clock: PlanClock,
    period: int,
    key: tuple[str, str],
    kind: tuple[str, str],
    status: str,
    nodes: float,
    amount: float,
    prices: HirePrices,
) -> Charge:
    hours = nodes * float(clock.hours[period])
    state = "in use" if status == "Used" else "idle"
    return Charge(
        category="Usage",
        term=kind[1],
        start=clock.starts[period],
        end=clock.ends[period],
        billed=0.0,
        effective=amount,
        listed=float(prices[key[0]][period]) * hours if key[0] in prices else amount,
        quantity=hours,
        unit=NODE_HOURS,
        description=f"{nodes:g} {key[0]} nodes {state}, channel {key[1]}",
        hardware=key[0],
        channel=key[1],
        kind=kind[0],
        status=status,
        block=int(clock.block[period]),
    )


def _other_terms(
    plan: Plan, instance: Instance | None, clock: PlanClock, charges: list[Charge]
) -> Iterator[Charge]:
    """What no holding accounts for, by term, stage and month, spread by the activity behind the term."""
    charged: dict[tuple[str, str], float] = defaultdict(float)
    for charge in charges:
        charged[clock.stages[charge.block], charge.term] += charge.effective
    stage = np.array(clock.stages)[clock.block]
    for (name, term), cost in _costs(plan, clock).items():
        rest = cost - charged[name, term]
        if abs(rest) > ROUNDING * max(1.0, abs(cost)):
            weights = np.where(stage == name, activity(plan, instance, term) * clock.hours, 0.0)
            if not weights.any():
                weights = np.where(stage == name, clock.hours, 0.0)
            shares = weights / weights.sum()
            for run in clock.months(0, len(plan.periods) - 1):
                amount = rest * float(shares[run[0] : run[1] + 1].sum())
                if amount:
                    yield _of_month(clock, run, term, amount)


def _costs(plan: Plan, clock: PlanClock) -> dict[tuple[str, str], float]:
    """Cost by stage ("" without stages) and term, in money of its day."""
    if clock.spans:
        return {(one.stage, one.term): one.cost for one in plan.stage_costs}
    return {("", term): cost for term, cost in plan.cost_terms.items()}


def _of_month(clock: PlanClock, run: tuple[int, int], term: str, amount: float) -> Charge:
    start, end = clock.span(*run)
    category = category_of(term, amount)
    return Charge(
        category=category,
        term=term,
        start=start,
        end=end,
        billed=0.0 if category == "Adjustment" else amount,
        effective=amount,
        listed=amount,
        quantity=1.0,
        unit="Months",
        description=f"{term.replace('_', ' ')}, this month's share",
        block=int(clock.block[run[0]]),
    )
