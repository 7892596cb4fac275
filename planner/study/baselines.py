"""Baselines: what the work of a plan's units would cost had its nodes come another way, and what the plan saves.

    today's fleet          the nodes that one has, kept throughout, and what is missing hired by the period; else the
                           schedule that the instance states as its baseline
    all on demand          nodes hired in the periods that need them, at the cheapest price
    bought for the peak    as many nodes as the busiest period needs, signed for throughout by the cheapest channel

Units run as in the plan, so that starts, vendors, what goes unserved and what leaves a site cost the same. Limits
of channels are not kept: they are prices to compare with, no plans. Nothing is lent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import InstanceError
from planner.instance.channels import KINDS, Grain
from planner.plan.quantities import in_use
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of
from planner.study.evaluation.schedule import baseline_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Channel, Offers
    from planner.plan.plan import Plan

    Floats = NDArray[np.float64]

BEYOND_NODES = frozenset({"running", "lending", "risk_premium"})
"""Lines of the cost, beside those of channels, that the nodes of the plan cause, or that nobody is paid."""


@dataclass(frozen=True)
class CostBaseline:
    """What it costs, and what the plan saves against it; None where it cannot be had, as `note` says."""

    name: str
    cost: float | None
    saving: float | None
    note: str


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


def _baseline(plan: Plan, case: _Case, name: str, nodes: Callable[[], tuple[float, str]]) -> CostBaseline:
    try:
        cost, note = nodes()
    except _NotOnOffer as reason:
        return CostBaseline(name, None, None, str(reason))
    total = cost + case.beside
    return CostBaseline(name, total, total - plan.cost, note)


class _Case:
    """A plan's need for nodes by hardware and period, and the offers for them."""

    def __init__(self, plan: Plan, instance: Instance) -> None:
        self.instance, self.hours = instance, instance.timeline.discounted_hours
        self.need = {hardware: np.array(nodes) for hardware, nodes in in_use(plan).items() if np.any(nodes)}
        ours = {kind.traits.cost_term for kind in KINDS.values()} | BEYOND_NODES
        self.beside = sum(cost for term, cost in plan.cost_terms.items() if term not in ours)

    def on_demand(self) -> tuple[float, str]:
        """All of it hired."""
        return sum(self._hired(hardware, need) for hardware, need in self.need.items()), ""

    def for_the_peak(self) -> tuple[float, str]:
        """All of it signed for throughout."""
        total, by = 0.0, list[str]()
        for hardware, need in self.need.items():
            sold = [
                (self._throughout(offers, need), name)
                for name, channel, offers in self._channels(hardware)
                if channel.traits.to_be_signed
            ]
            cost, name = min(sold, default=(np.inf, ""))
            if not np.isfinite(cost):
                raise _NotOnOffer(f"no channel of {hardware} can be signed for throughout")
            total, by = total + cost, [*by, f"{hardware}.{name}"]
        return total, f"by {', '.join(by)}" if by else ""

    def today(self) -> tuple[float, str]:
        """What one has, and the rest hired; or the schedule that is stated."""
        own = {
            hardware: [
                (channel, offers)
                for _, channel, offers in self._channels(hardware)
                if channel.traits.committed and not channel.traits.to_be_signed
            ]
            for hardware in self.instance.fleet
        }
        if not any(own.values()):
            return self._stated()
        total = 0.0
        for hardware, channels in own.items():
            left = self.need.get(hardware, np.zeros(len(self.hours)))
            for channel, offers in channels:
                limit = channel.limit()
                nodes = 0 if limit is None else limit.nodes
                there = np.zeros(len(self.hours))
                for first, last in zip(offers.first.tolist(), offers.last.tolist(), strict=True):
                    there[first : last + 1] = nodes * offers.available_share
                used = np.minimum(left, there)
                total += float(offers.price_usd_per_node.sum()) * nodes
                total += float(used @ (offers.running_usd_per_node_hour * self.hours))
                left = left - used
            total += self._hired(hardware, left)
        return total, "nodes that one has, the rest hired"

    def _stated(self) -> tuple[float, str]:
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
        hourly = offers.price_usd_per_node + offers.running_usd_per_node_hour * self.hours
        return float(nodes @ hourly), "the schedule that the instance states"

    def _channels(self, hardware: str) -> Iterator[tuple[str, Channel, Offers]]:
        """Channels of a hardware and their offers, `available_share` without the nodes of a rack that stand by."""
        node = node_of(self.instance, hardware)
        for name, channel in self.instance.fleet[hardware].items():
            offers = offers_of(self.instance, hardware, name)
            usable = node.usable_share if offers.grain is Grain.DOMAIN else 1.0
            yield name, channel, replace(offers, available_share=usable * offers.available_share)

    def _hired(self, hardware: str, need: Floats) -> float:
        """What nodes cost in the periods that need them, by the cheapest channel of each."""
        cheapest = np.full(len(self.hours), np.inf)
        for _, channel, offers in self._channels(hardware):
            if channel.traits.billing.pricing == "Standard":
                price = _whole(offers, need) * offers.price_usd_per_node
                price = price + need * offers.running_usd_per_node_hour * self.hours
                cheapest = np.minimum(cheapest, price)
        if not np.isfinite(cheapest[need > 0]).all():
            raise _NotOnOffer(f"{hardware} is not hired on demand")
        return float(cheapest[need > 0].sum())

    def _throughout(self, offers: Offers, need: Floats) -> float:
        """What the most that is needed costs from the first period to the last, and use; inf where not on offer."""
        periods = len(self.hours)
        until = np.full(periods + 1, np.inf)
        until[periods] = 0.0
        for offer in np.argsort(-offers.first, kind="stable").tolist():
            first, last = int(offers.first[offer]), int(offers.last[offer])
            until[first] = min(until[first], float(offers.price_usd_per_node[offer]) + float(until[last + 1]))
        most = float(_whole(offers, np.array([need.max()]))[0])
        return most * float(until[0]) + float(need @ (offers.running_usd_per_node_hour * self.hours))


def _whole(offers: Offers, need: Floats) -> Floats:
    """Nodes held so that as many serve as are needed: whole increments, parts of nodes where GPUs are sold."""
    held = need / offers.available_share
    if offers.grain is Grain.GPU:
        return held
    return np.asarray(np.ceil(held / offers.increment_nodes - 1e-9) * offers.increment_nodes)
