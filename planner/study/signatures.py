"""Signatures: what a plan asks to sign, with whom, until when, and what that binds to in all.

Paid whether used or not, so decided once: nodes that are hired by the period need none, and those one has already are
not signed again. The obligation is that of the whole term, also where it outlasts the plan, in money of the day of
the signature; energy and upkeep are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_YEAR
from planner.instance.channels.capital import terms_within
from planner.plan.purchases import committed
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance, Timeline
    from planner.plan.contents import Committed, Holding
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class Signature:
    """One line. `amount` is in `unit`: nodes, or money per hour; `ends` is None where no term is stated or none ends.

    `times`: how often it is signed, one after another, where a stage repeats its horizon; money is of one time.
    `obligation` is None where the instance states no term. `row` is that of the plan's holdings or commitments, of
    `channel` (of spending, the commitment's name) and `hardware`, None of spending.
    """

    row: str
    hardware: str | None
    channel: str
    what: str
    amount: float
    unit: str
    vendor: str | None
    quote: str | None
    begins: datetime
    ends: datetime | None
    times: int
    obligation: float | None
    at_signing: float
    cancellation: str | None


def signatures(plan: Plan, instance: Instance) -> list[Signature]:
    """What is to be signed, in the order in which it begins."""
    timeline = instance.timeline
    found = [*_of_nodes(plan, instance, timeline), *_of_spending(plan, instance, timeline)]
    return sorted(found, key=lambda one: (one.begins, one.what))


def _of_nodes(plan: Plan, instance: Instance, timeline: Timeline) -> Iterator[Signature]:
    rows = {id(one): place for place, one in enumerate(plan.holdings)}
    for one in committed(plan):
        channel, node = instance.fleet[one.hardware][one.channel], node_of(instance, one.hardware)
        if not channel.traits.to_be_signed or _told_before(timeline, one):
            continue
        binds = channel.signing(node, float(timeline.hours[one.first : one.last + 1].sum()))
        dated = channel.payments(node) is not None
        factor = one.nodes * channel.price_factor_at(timeline, one.first)
        for begins in _begins(instance, timeline, one, binds.lasts_hours if dated else None):
            yield Signature(
                row=f"holdings[{rows[id(one)]}]",
                hardware=one.hardware,
                channel=one.channel,
                what=f"{channel.traits.verb} {one.hardware}, {one.channel}",
                amount=one.nodes,
                unit="nodes",
                vendor=channel.provider,
                quote=channel.source,
                begins=begins,
                ends=None if binds.binds_hours is None else begins + timedelta(hours=binds.binds_hours),
                times=1 if dated else _times(timeline, one.first),
                obligation=None if binds.obligation is None else binds.obligation * factor,
                at_signing=binds.at_signing * factor,
                cancellation=channel.cancellation,
            )


def _of_spending(plan: Plan, instance: Instance, timeline: Timeline) -> Iterator[Signature]:
    for row, one in enumerate(plan.committed):
        if _told_before(timeline, one):
            continue
        stated, begins = instance.spend_commitments[one.commitment], _moment(instance, timeline, one.first)
        whole = float(timeline.year_to[-1]) * HOURS_PER_YEAR if timeline.staged else instance.horizon.hours
        hours = stated.hours or whole
        vendors = [
            channel.provider
            for channels in instance.fleet.values()
            for channel in channels.values()
            if channel.commitment() == one.commitment and channel.provider is not None
        ]
        yield Signature(
            row=f"committed[{row}]",
            hardware=None,
            channel=one.commitment,
            what=f"spend, {one.commitment}",
            amount=one.per_hour,
            unit=f"{plan.currency} an hour",
            vendor=", ".join(dict.fromkeys(vendors)) or None,
            quote=stated.source,
            begins=begins,
            ends=begins + timedelta(hours=hours),
            times=1 if stated.hours is None else _times(timeline, one.first),
            obligation=one.per_hour * hours,
            at_signing=0.0,
            cancellation=stated.cancellation,
        )


def _told_before(timeline: Timeline, one: Holding | Committed) -> bool:
    """Whether the same is signed in an earlier scenario: before anybody knows which of them comes."""
    return bool(timeline.block[one.first] == timeline.block[one.last] and timeline.scenario[one.first] > 0)


def _begins(
    instance: Instance, timeline: Timeline, one: Holding, lasts_hours: float | None
) -> Iterator[datetime]:
    """When it begins, and begins anew because a term or life ends while the nodes are held."""
    times = 1
    if timeline.staged and lasts_hours is not None:
        begin, end = timeline.year_from[[one.first]], timeline.year_to[[one.last]]
        times = int(terms_within(begin, end, lasts_hours / HOURS_PER_YEAR)[0])
    for time in range(times):
        yield _moment(instance, timeline, one.first) + timedelta(hours=time * (lasts_hours or 0.0))


def _moment(instance: Instance, timeline: Timeline, period: int) -> datetime:
    """When a period begins: of a stage, in the first horizon that it holds."""
    since = HOURS_PER_YEAR * float(timeline.year_from[period]) if timeline.staged else 0.0
    return instance.horizon.start + timedelta(hours=since + float(timeline.hours_into_block[period]))


def _times(timeline: Timeline, period: int) -> int:
    """How often a stage repeats its horizon, and what is signed within it."""
    return max(1, round(float(timeline.repeats[period]))) if timeline.staged else 1
