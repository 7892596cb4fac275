"""Baselines: what the work of a plan's units would cost had its nodes come another way, and what the plan saves.

    today's fleet          the nodes that one has, kept throughout, and what is missing hired by the period; else the
                           schedule that the instance states as its baseline
    all on demand          nodes hired in the periods that need them, at the cheapest price
    bought for the peak    as many nodes as the busiest period needs, signed for throughout by the cheapest channel

Units run as in the plan, so that starts, vendors, what goes unserved and what leaves a site cost the same. Limits
of channels are not kept: they are prices to compare with, no plans. Nothing is lent.

In a plan with stages and a discount rate, what is paid instead of a baseline is an investment: its payments are those
of the baseline less those of the plan. Its net present value is what the plan saves, but for a premium for risk, which
nobody is paid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import InstanceError
from planner.instance.channels import KINDS, Grain
from planner.instance.channels.cash_flows import Flow
from planner.plan.quantities import in_use
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of
from planner.study.economics.investment import Investment, investment
from planner.study.economics.priced_fleet import HeldNodes, PricedFleet, fleet_of, payments
from planner.study.evaluation.schedule import baseline_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Channel, Offers
    from planner.plan.plan import Plan

    Floats = NDArray[np.float64]

BEYOND_NODES = frozenset({"running", "idle_energy", "lending", "risk_premium"})
"""Lines of the cost, beside those of channels, that the nodes of the plan cause, or that nobody is paid."""


@dataclass(frozen=True)
class CostBaseline:
    """What it costs, and what the plan saves against it; None where it cannot be had, as `note` says.

    `investment` is what choosing the plan instead is worth; None where payments have no dates, or no rate is given.
    """

    name: str
    cost: float | None
    saving: float | None
    note: str
    investment: Investment | None = None


class _NotOnOffer(Exception):
    """A baseline cannot be had; says why."""


def baselines(plan: Plan, instance: Instance) -> list[CostBaseline]:
    """The three of them; none without a plan."""
    if not plan.usable:
        return []
    case = _Case(plan, instance)
    return [
        _baseline(plan, case, name, nodes)
        for name, nodes in (
            ("today's fleet", case.today),
            ("all on demand", case.on_demand),
            ("bought for the peak", case.for_the_peak),
        )
    ]


def _baseline(
    plan: Plan, case: _Case, name: str, nodes: Callable[[], tuple[PricedFleet, str]]
) -> CostBaseline:
    try:
        fleet, note = nodes()
    except _NotOnOffer as reason:
        return CostBaseline(name, None, None, str(reason))
    total = fleet.cost + case.beside
    return CostBaseline(name, total, total - plan.cost, note, _instead(plan, case.instance, fleet))


def _instead(plan: Plan, instance: Instance, fleet: PricedFleet) -> Investment | None:
    """What a plan is worth instead of a fleet; None without dates, or a rate that tells what later money is worth."""
    rate = instance.discount_rate_per_year
    if rate is None or not instance.timeline.staged:
        return None
    saved, left = payments(fleet, instance)
    paid, kept = payments(fleet_of(plan, instance), instance)
    return investment([*saved, *_received(paid)], [*left, *_received(kept)], rate)


def _received(flows: list[Flow]) -> Iterator[Flow]:
    """What is paid, as less than nothing received."""
    return (Flow(flow.begin, flow.end, -flow.usd) for flow in flows)


class _Case:
    """A plan's need for nodes by hardware and period, and the offers for them."""

    def __init__(self, plan: Plan, instance: Instance) -> None:
        self.instance, self.hours = instance, instance.timeline.discounted_hours
        self.need = {hardware: np.array(nodes) for hardware, nodes in in_use(plan).items() if np.any(nodes)}
        ours = {kind.traits.cost_term for kind in KINDS.values()} | BEYOND_NODES
        self.beside = sum(cost for term, cost in plan.cost_terms.items() if term not in ours)

    def on_demand(self) -> tuple[PricedFleet, str]:
        """All of it hired."""
        hired = [self._hired(hardware, need) for hardware, need in self.need.items()]
        return PricedFleet((), np.sum([np.zeros(len(self.hours)), *hired], axis=0)), ""

    def for_the_peak(self) -> tuple[PricedFleet, str]:
        """All of it signed for throughout."""
        held, by, used = list[HeldNodes](), list[str](), np.zeros(len(self.hours))
        for hardware, need in self.need.items():
            sold = [
                fleet
                for name, channel, offers in self._channels(hardware)
                if channel.traits.to_be_signed
                and (fleet := self._throughout(hardware, name, offers, need)) is not None
            ]
            if not sold:
                raise _NotOnOffer(f"no channel of {hardware} can be signed for throughout")
            best = min(sold, key=lambda fleet: (fleet.cost, fleet.held[0].channel))
            held, used = [*held, *best.held], used + best.by_period
            by.append(f"{hardware}.{best.held[0].channel}")
        return PricedFleet(tuple(held), used), f"by {', '.join(by)}" if by else ""

    def today(self) -> tuple[PricedFleet, str]:
        """What one has, and the rest hired; or the schedule that is stated."""
        own = {
            hardware: [
                (name, channel, offers)
                for name, channel, offers in self._channels(hardware)
                if channel.traits.committed and not channel.traits.to_be_signed
            ]
            for hardware in self.instance.fleet
        }
        if not any(own.values()):
            return self._stated()
        held, used = list[HeldNodes](), np.zeros(len(self.hours))
        for hardware, channels in own.items():
            left = self.need.get(hardware, np.zeros(len(self.hours)))
            for name, channel, offers in channels:
                limit = channel.limit()
                nodes = 0 if limit is None else limit.nodes
                there = np.zeros(len(self.hours))
                for first, last, price in _each(offers):
                    there[first : last + 1] = nodes * offers.available_share
                    idle = self._idle(offers, first, last)
                    held.append(
                        HeldNodes(hardware, name, first, last, nodes, price * nodes - nodes * idle.sum())
                    )
                    used += nodes * idle
                taken = np.minimum(left, there)
                used += taken * offers.running_usd_per_node_hour * self.hours
                left = left - taken
            used += self._hired(hardware, left)
        return PricedFleet(tuple(held), used), "nodes that one has, the rest hired"

    def _stated(self) -> tuple[PricedFleet, str]:
        """The baseline of the instance."""
        if self.instance.baseline is None:
            raise _NotOnOffer("the instance names neither nodes that one has nor a baseline")
        try:
            ((key, nodes),) = baseline_schedule(self.instance).mean.items()
        except InstanceError as error:
            raise _NotOnOffer("; ".join(fault.message for fault in error.faults)) from None
        channel = self.instance.fleet[key[0]][key[1]]
        if channel.traits.committed or channel.commitment() is not None:
            raise _NotOnOffer(f"{'.'.join(key)} of the baseline is not paid by the period")
        offers = offers_of(self.instance, *key)
        price = offers.usd_per_node_by_period(len(self.hours))
        hourly = price + offers.running_usd_per_node_hour * self.hours
        if not np.isfinite(hourly[nodes > 0]).all():
            raise _NotOnOffer(f"{'.'.join(key)} of the baseline comes after its lead time")
        return PricedFleet(
            (), nodes * np.where(nodes > 0, hourly, 0.0)
        ), "the schedule that the instance states"

    def _channels(self, hardware: str) -> Iterator[tuple[str, Channel, Offers]]:
        """Channels of a hardware and their offers, `available_share` without the nodes of a rack that stand by."""
        node = node_of(self.instance, hardware)
        for name, channel in self.instance.fleet[hardware].items():
            offers = offers_of(self.instance, hardware, name)
            usable = node.usable_share if offers.grain is Grain.DOMAIN else 1.0
            yield name, channel, replace(offers, available_share=usable * offers.available_share)

    def _hired(self, hardware: str, need: Floats) -> Floats:
        """What nodes cost in the periods that need them, by the cheapest channel of each, shape [period]."""
        cheapest = np.full(len(self.hours), np.inf)
        for _, channel, offers in self._channels(hardware):
            if channel.traits.billing.pricing == "Standard":
                price = offers.usd_per_node_by_period(len(self.hours))
                price = _whole(offers, need) * np.where(need > 0, price, 0.0)
                price = price + need * offers.running_usd_per_node_hour * self.hours
                cheapest = np.minimum(cheapest, price)
        if not np.isfinite(cheapest[need > 0]).all():
            raise _NotOnOffer(f"{hardware} is not hired on demand in every period that needs it")
        return np.where(need > 0, cheapest, 0.0)

    def _throughout(self, hardware: str, channel: str, offers: Offers, need: Floats) -> PricedFleet | None:
        """The most that is needed, held from the first period to the last; None where that is not on offer."""
        periods = len(self.hours)
        until, then = np.full(periods + 1, np.inf), dict[int, tuple[int, float]]()
        until[periods] = 0.0
        for first, last, price in sorted(_each(offers), key=lambda one: -one[0]):
            if (cost := price + float(until[last + 1])) < until[first]:
                until[first], then[first] = cost, (last, price)
        if not np.isfinite(until[0]):
            return None
        most = float(_whole(offers, np.array([need.max()]))[0])
        held, first, used = list[HeldNodes](), 0, need * offers.running_usd_per_node_hour * self.hours
        while first < periods:
            last, price = then[first]
            idle = self._idle(offers, first, last)
            held.append(HeldNodes(hardware, channel, first, last, most, most * (price - idle.sum())))
            used, first = used + most * idle, last + 1
        return PricedFleet(tuple(held), np.asarray(used))

    def _idle(self, offers: Offers, first: int, last: int) -> Floats:
        """What of the price of a node of an offer is the energy of one that runs nothing, shape [period]."""
        drawn = np.zeros(len(self.hours))
        if offers.idle_usd_per_node_hour is not None:
            span = slice(first, last + 1)
            drawn[span] = offers.idle_usd_per_node_hour[span] * self.hours[span]
        return drawn


def _each(offers: Offers) -> list[tuple[int, int, float]]:
    """First and last period of each offer, and the price of a node."""
    return list(
        zip(offers.first.tolist(), offers.last.tolist(), offers.price_usd_per_node.tolist(), strict=True)
    )


def _whole(offers: Offers, need: Floats) -> Floats:
    """Nodes held so that as many serve as are needed: whole increments, parts of nodes where GPUs are sold."""
    held = need / offers.available_share
    if offers.grain is Grain.GPU:
        return held
    return np.asarray(np.ceil(held / offers.increment_nodes - 1e-9) * offers.increment_nodes)
