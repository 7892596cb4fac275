"""Cash: what a plan pays and receives by month, in the money of its day, and what that is worth at the beginning.

    value of a payment at t years         amount * (1 + r)^-t
    value of one paid evenly from a to b  amount * ((1 + r)^-a - (1 + r)^-b) / (ln(1 + r) * (b - a))

r: the plan's discount rate (0 without one). What is bought, leased or reserved is paid as its channel says
(`Channel.payments`): a price when the node stands, rent for the whole term, also after the plan's last stage. All else
falls due as it is used. What is forgone or not served, and a premium for risk, is no payment. So the values sum to the
cost of a plan in which nothing of that occurs and nothing outlives it, or outlives it without value
(`rest_value_share: 0`).

Without stages the horizon stands for any time: what is paid at a start counts whole, what is paid over time for the
horizon alone.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_YEAR
from planner.instance.channels.offers import chance_of
from planner.instance.present_value import discounted_years
from planner.rates.nodes import node_of
from planner.view.exports.charges import charges_of
from planner.view.exports.clock import PlanClock, month_of, months_within
from planner.view.exports.signed import moment_of, signed
from planner.view.exports.text import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.plan.contents import Holding
    from planner.plan.plan import Plan

AT_START, OVER_TIME, RECEIVED = "paid_at_start", "paid_over_time", "received"


class Paid(NamedTuple):
    """Money out (positive) or in, evenly over a span of time; at once where that has no length."""

    kind: str
    begin: datetime
    end: datetime
    amount: float


@dataclass(frozen=True)
class CashMonth:
    """One calendar month (UTC). Sums in money of the day; `present_value` is that of their total."""

    begin: datetime
    after_plan: bool
    paid_at_start: float
    paid_over_time: float
    received: float
    present_value: float

    @property
    def total(self) -> float:
        """What goes out, less what comes in."""
        return self.paid_at_start + self.paid_over_time - self.received


def cash_months(plan: Plan, instance: Instance | None) -> list[CashMonth]:
    """Months in which money changes hands, in order. Raises InstanceError where the instance is not known."""
    if instance is None:
        raise InstanceError([Fault("when a plan is paid depends on its channels: give its instance too")])
    clock = PlanClock.of(plan, instance)
    begin = clock.starts[0]
    end = clock.spans[-1][1] if clock.spans else max(clock.ends)
    sums: dict[tuple[datetime, bool], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for paid in _paid(plan, instance, clock):
        for piece in _by_month(paid, end):
            month = sums[month_of(piece.begin)[0], piece.begin >= end]
            month[piece.kind] += -piece.amount if piece.kind == RECEIVED else piece.amount
            month["value"] += _value(instance, begin, piece)
    return [
        CashMonth(month, after, of[AT_START], of[OVER_TIME], of[RECEIVED], of["value"])
        for (month, after), of in sorted(sums.items())
    ]


def cash_csv(plan: Plan, instance: Instance | None) -> str:
    """The months as CSV text, with what has been paid so far."""
    header = (
        "month",
        "part",
        AT_START,
        OVER_TIME,
        RECEIVED,
        "total",
        "paid_so_far",
        "present_value",
        "currency",
    )
    rows, so_far = [], 0.0
    for month in cash_months(plan, instance):
        so_far += month.total
        part = "after the plan" if month.after_plan else "plan"
        figures = (month.paid_at_start, month.paid_over_time, month.received, month.total, so_far)
        amounts = [round(amount, 2) + 0.0 for amount in (*figures, month.present_value)]
        rows.append((f"{month.begin:%Y-%m}", part, *amounts, plan.currency))
    return csv_text(header, rows)


def _paid(plan: Plan, instance: Instance, clock: PlanClock) -> Iterator[Paid]:
    from planner.model.costs import term_of  # loads the formulation: only where money is told

    dated = signed(plan, instance)
    own = {(holding.hardware, holding.channel) for holding in dated}
    for charge in charges_of(plan, instance):
        if charge.billed and (charge.hardware, charge.channel) not in own:
            term = term_of(charge.term)
            kind = RECEIVED if term is not None and term.received else OVER_TIME
            yield Paid(kind, charge.start, charge.end, charge.billed)
    for holding, flows in dated.items():
        if instance.timeline.staged:
            for flow in flows:
                kind = OVER_TIME if not flow.at_once else AT_START if flow.usd > 0 else RECEIVED
                span = moment_of(clock, flow.begin), moment_of(clock, flow.end)
                yield Paid(kind, *span, flow.usd * holding.nodes)
        else:
            yield from _of_a_horizon(instance, clock, holding)


def _of_a_horizon(instance: Instance, clock: PlanClock, holding: Holding) -> Iterator[Paid]:
    """What is paid for nodes signed once where nothing has a date: the start whole, the rest for the horizon."""
    first, last = holding.first, holding.last
    payments = instance.fleet[holding.hardware][holding.channel].payments(node_of(instance, holding.hardware))
    assert payments is not None
    chance = float(chance_of(instance.timeline, (np.array([first]), np.array([last])))[0])
    start = clock.starts[first]
    if payments.at_start:
        yield Paid(AT_START, start, start, payments.at_start * holding.nodes * chance)
    years = float(clock.hours[first : last + 1].sum()) / HOURS_PER_YEAR
    if payments.per_year:
        yield Paid(OVER_TIME, start, clock.ends[last], payments.per_year * holding.nodes * years)


def _by_month(paid: Paid, plan_end: datetime) -> Iterator[Paid]:
    """Pieces inside one calendar month and before or after the end of the plan."""
    if paid.begin >= paid.end:
        yield paid
        return
    edges = [paid.begin, *([plan_end] if paid.begin < plan_end < paid.end else []), paid.end]
    for span in itertools.pairwise(edges):
        for begin, end in months_within(span):
            share = (end - begin) / (paid.end - paid.begin)
            yield Paid(paid.kind, begin, end, paid.amount * share)


def _value(instance: Instance, plan_begin: datetime, paid: Paid) -> float:
    """Present value at the beginning of the plan."""
    rate = instance.discount_rate_per_year or 0.0
    if not instance.timeline.staged:
        return paid.amount
    year = timedelta(hours=HOURS_PER_YEAR)
    begin, end = (paid.begin - plan_begin) / year, (paid.end - plan_begin) / year
    if end <= begin:
        return float(paid.amount * (1.0 + rate) ** -begin)
    return paid.amount * float(discounted_years(rate, np.array(begin), np.array(end))) / (end - begin)
