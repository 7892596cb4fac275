"""Cash: what is paid when, in money of its day, and the limits on a stage and on what is tied up at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference.offers import HOURS_PER_YEAR, Offer, dearer, node_hour_price
from tests.reference.program import Terms
from tests.reference.question import Question
from tests.reference.timeline import TINY

DATED = ("reserved", "lease", "purchase", "existing")


@dataclass(frozen=True)
class Payment:
    """What one of a column moves, evenly from one time to another or at once; below zero it comes in."""

    column: int
    begins: float
    ends: float
    amount: float
    sold: bool = False

    def within(self, begins: float, ends: float, with_end: bool) -> float:
        """The part of it that falls in a time, with or without what is paid at its end."""
        if self.ends > self.begins:
            inside = min(self.ends, ends) - max(self.begins, begins)
            return self.amount * max(0.0, inside) / (self.ends - self.begins)
        until = ends + TINY if with_end else ends - TINY
        return self.amount if begins - TINY <= self.begins < until else 0.0


def add_cash(question: Question) -> None:
    """The limits on cash, where there are any."""
    limits = question.instance.get("limits") or {}
    per_stage, tied_up = (limits.get(key) for key in ("cash_usd_per_stage", "peak_funding_usd"))
    payments, timeline = _payments(question), question.timeline
    if per_stage is not None:
        for begins, years in zip(timeline.begins, timeline.years, strict=True):
            out = [one for one in payments if not one.sold]
            question.program.row(_sum(out, begins, begins + years, with_end=False), upper=per_stage)
    if tied_up is None:
        return
    over = timeline.begins[-1] + timeline.years[-1]
    moments = {*timeline.begins, over, *(time for one in payments for time in (one.begins, one.ends))}
    for moment in sorted(one for one in moments if one <= over + TINY):
        question.program.row(_sum(payments, 0.0, moment, with_end=False), upper=tied_up)
        if moment < over - TINY:
            question.program.row(_sum(payments, 0.0, moment, with_end=True), upper=tied_up)


def _sum(payments: list[Payment], begins: float, ends: float, with_end: bool) -> Terms:
    return [(one.column, one.within(begins, ends, with_end)) for one in payments]


def _payments(question: Question) -> list[Payment]:
    timeline = question.timeline
    found = []
    for column, stage, amount in question.spent:
        begins = timeline.begins[stage]
        found.append(
            Payment(column, begins, begins + timeline.years[stage], amount, column in question.earns)
        )
    for hardware, channel, offer, column, nodes in question.taken:
        if channel["kind"] in DATED:
            power = channel.get("power_kw") or question.power_kw(hardware) or 0.0
            gpus = question.gpus(hardware)
            found += _of_node(question, channel, offer, column, nodes, gpus, power)
    return found


def _of_node(
    question: Question,
    channel: dict[str, Any],
    offer: Offer,
    column: int,
    nodes: float,
    gpus: int,
    power: float,
) -> list[Payment]:
    """Prices and residuals again and again, rents to the end of the last term, upkeep while nodes stand."""
    kind, timeline = channel["kind"], question.timeline
    if kind == "existing":
        return []
    first = timeline.begins[offer.stage]
    slot = question.slots[offer.covers[-1]]
    last = timeline.begins[slot.stage] + timeline.years[slot.stage]
    nodes *= dearer(channel, timeline, first)
    price, rent, upkeep, left, years = _prices(channel, gpus, power)
    made, begins, ends = [], first, first
    while ends < last - TINY:
        begins, ends = ends, ends + years if years else last
        made.append(Payment(column, begins, begins, price * nodes))
        if left:
            made.append(Payment(column, ends, ends, -left * nodes, sold=True))
    made.append(Payment(column, first, ends, rent * (ends - first) * nodes))
    stands = (timeline.periods - offer.period) / timeline.periods * (last - first)
    return [*made, Payment(column, first, last, upkeep * stands * nodes)]


def _prices(
    channel: dict[str, Any], gpus: int, power: float
) -> tuple[float, float, float, float, float | None]:
    """Paid at once, rent a year, upkeep a year, what is left at the end, and after how many years that is."""
    if channel["kind"] == "reserved":
        yearly, share = node_hour_price(channel, gpus) * HOURS_PER_YEAR, channel.get("upfront_share", 0.0)
        years = channel.get("term_years")
        return share * yearly * (years or 0.0), (1 - share) * yearly, 0.0, 0.0, years
    if channel["kind"] == "lease":
        rent, years = 12 * channel["price_usd_per_node_month"], channel["term_months"] / 12
        return channel.get("upfront_usd_per_node", 0.0), rent, 0.0, 0.0, years
    price = channel["price_usd_per_node"]
    upkeep = channel.get("maintenance_share_per_year", 0.0) * price
    upkeep += 12 * channel.get("colocation_usd_per_kw_month", 0.0) * power
    return price, 0.0, upkeep, channel.get("residual_share", 0.0) * price, channel["life_years"]
