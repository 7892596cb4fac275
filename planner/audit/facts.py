"""What the rules look at: the records of a plan as arrays, and what the instance says they must be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.audit.market_costs import market_terms
from planner.audit.risk import risk_terms
from planner.instance import Phase
from planner.instance.demand_series import demand_of
from planner.rates.headroom import headroom, ready_at_once
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import AnyChannel, Offers
    from planner.plan import Plan
    from planner.rates import Rates

TOLERANCE = 1e-6
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Facts:
    """An instance, its rates and a plan, with the arrays that several rules need."""

    instance: Instance
    rates: Rates
    plan: Plan
    offers: dict[tuple[str, str], Offers]
    channels: dict[tuple[str, str], AnyChannel]

    @property
    def periods(self) -> int:
        """Number of periods of the instance."""
        return self.instance.periods

    @cached_property
    def held(self) -> dict[tuple[str, str], NDArray[np.float64]]:
        """Nodes held by (hardware, channel), shape [period]."""
        nodes = {key: np.zeros(self.periods) for key in self.offers}
        for holding in self.plan.holdings:
            series = nodes.setdefault((holding.hardware, holding.channel), np.zeros(self.periods))
            series[holding.first : holding.last + 1] += holding.nodes
        return nodes

    @cached_property
    def on(self) -> NDArray[np.float64]:
        """Units on, shape [unit, period], in the order of the rates; units they do not know are left out."""
        place = {unit.name: index for index, unit in enumerate(self.rates.units)}
        on = np.zeros((len(self.rates.units), self.periods))
        for schedule in self.plan.units:
            if schedule.unit in place and len(schedule.on) == self.periods:
                on[place[schedule.unit]] += schedule.on
        return on

    @cached_property
    def nodes_in_use(self) -> dict[str, NDArray[np.float64]]:
        """Nodes under running units by hardware, shape [period]."""
        use = {hardware: np.zeros(self.periods) for hardware in self.instance.fleet}
        for index, unit in enumerate(self.rates.units):
            use[unit.hardware] += self.on[index] * unit.nodes
        return use

    def lent_to(self, lending: str) -> NDArray[np.float64]:
        """Nodes lent to one taker, shape [period]."""
        nodes = np.zeros(self.periods)
        for record in self.plan.lent:
            if record.lending == lending:
                nodes[record.first : record.last + 1] += record.nodes
        return nodes

    @cached_property
    def nodes_lent(self) -> dict[str, NDArray[np.float64]]:
        """Nodes lent by hardware, shape [period]."""
        nodes = {hardware: np.zeros(self.periods) for hardware in self.instance.fleet}
        for name, taker in self.instance.lending.items():
            nodes[taker.hardware] += self.lent_to(name)
        return nodes

    def serving_nodes(self, hardware: str) -> NDArray[np.float64]:
        """Nodes of a hardware that serve, expected interruptions taken off, shape [period]."""
        mine = [(key, offers) for key, offers in self.offers.items() if key[0] == hardware]
        return sum((offers.available_share * self.held[key] for key, offers in mine), np.zeros(self.periods))

    @cached_property
    def outsourced(self) -> NDArray[np.float64]:
        """Tokens/s that vendors take, shape [work, period]."""
        share = {name: np.zeros(self.periods) for name in self.instance.workloads}
        for record in self.plan.outsourced:
            if record.workload in share and len(record.share) == self.periods:
                share[record.workload] += record.share
        return np.array([share[work.workload] for work in self.rates.works]) * self.demand

    @cached_property
    def started(self) -> NDArray[np.float64]:
        """Units switched on at the beginning of each period, shape [unit, period]."""
        before = np.roll(self.on, 1, axis=1)
        for period, previous in enumerate(self.instance.timeline.previous):
            before[:, period] = self.on[:, previous] if previous >= 0 else 0.0
        return np.maximum(self.on - before, 0.0)

    @cached_property
    def usable(self) -> NDArray[np.float64]:
        """Units' worth of time to serve in, start-up and headroom taken off, shape [unit, period]."""
        start_up, previous = self.instance.start_up, self.instance.timeline.previous
        usable, whole = self.on.copy(), ready_at_once(self.instance)
        for period in range(self.periods):
            left, at = start_up.hours / self.instance.horizon.period_hours, period
            left = float(np.ceil(left)) if whole else left
            while left > 1e-12 and at >= 0:
                usable[:, period] -= min(1.0, left) * self.started[:, at]
                left, at = left - 1.0, int(previous[at])
        limit = headroom(self.instance, self.rates)
        return usable if limit is None else usable * limit

    @cached_property
    def served(self) -> NDArray[np.float64]:
        """Tokens/s served, shape [unit, work, period]."""
        unit_place = {unit.name: index for index, unit in enumerate(self.rates.units)}
        work_place = {work.name: index for index, work in enumerate(self.rates.works)}
        served = np.zeros((len(unit_place), len(work_place), self.periods))
        for record in self.plan.served:
            work = f"{record.workload}.{record.phase}"
            if record.unit in unit_place and work in work_place and len(record.per_s) == self.periods:
                served[unit_place[record.unit], work_place[work]] += record.per_s
        return served

    @cached_property
    def shed(self) -> NDArray[np.float64]:
        """Tokens/s left unserved, shape [work, period]."""
        work_place = {work.name: index for index, work in enumerate(self.rates.works)}
        shed = np.zeros((len(work_place), self.periods))
        for record in self.plan.shed:
            work = f"{record.workload}.{record.phase}"
            if work in work_place and len(record.per_s) == self.periods:
                shed[work_place[work]] += record.per_s
        return shed

    @cached_property
    def waiting(self) -> NDArray[np.float64]:
        """Work that waits at the end of each period, in tokens/s (requests/s) times hours, [work, period]."""
        work_place = {work.name: index for index, work in enumerate(self.rates.works)}
        waiting = np.zeros((len(work_place), self.periods))
        for record in self.plan.backlog:
            work = f"{record.workload}.{record.phase}"
            if work in work_place and len(record.waiting) == self.periods:
                waiting[work_place[work]] += np.asarray(record.waiting) / SECONDS_PER_HOUR
        return waiting

    @cached_property
    def put_off(self) -> NDArray[np.float64]:
        """Tokens/s left for later periods, less those taken over from earlier ones, shape [work, period]."""
        timeline = self.instance.timeline
        before = np.where(timeline.previous >= 0, self.waiting[:, timeline.previous], 0.0)
        return np.asarray((self.waiting - before) / timeline.hours)

    @cached_property
    def demand(self) -> NDArray[np.float64]:
        """Tokens/s wanted, shape [work, period]."""
        return np.array([demand_of(self.instance, work.workload, work.phase) for work in self.rates.works])

    def shed_price(self, work: int) -> float | None:
        """USD per million unserved, None where nothing may be shed."""
        workload = self.instance.workloads[self.rates.works[work].workload]
        if self.rates.works[work].phase is Phase.REQUEST:
            return workload.shed_usd_per_million_requests
        return workload.shed_usd_per_million_tokens

    @cached_property
    def record_terms(self) -> dict[str, float]:
        """Expected cost of the records by term, as the audit computes it."""
        terms: dict[str, float] = {}
        timeline = self.instance.timeline
        for holding in self.plan.holdings:
            price = self.offer_price(holding.hardware, holding.channel, holding.first, holding.last)
            term = self.offers[holding.hardware, holding.channel].term if price is not None else "unknown"
            terms[term] = terms.get(term, 0.0) + (price or 0.0) * holding.nodes
        for record in self.plan.use:
            offers = self.offers.get((record.hardware, record.channel))
            if offers is not None and len(record.nodes) == self.periods:
                running = (
                    offers.running_usd_per_node_hour * timeline.weighted_hours @ np.asarray(record.nodes)
                )
                terms["running"] = terms.get("running", 0.0) + float(running)
        start_usd = np.array([unit.start_usd for unit in self.rates.units])
        if start_usd.any():
            terms["start"] = float(start_usd @ self.started @ timeline.weight)
        for work in range(len(self.rates.works)):
            price_shed = self.shed_price(work)
            if price_shed is not None:
                tokens = float(self.shed[work] @ timeline.weighted_hours) * SECONDS_PER_HOUR
                terms["shed"] = terms.get("shed", 0.0) + tokens * price_shed * 1e-6
        return terms | market_terms(self)

    @cached_property
    def cost_terms(self) -> dict[str, float]:
        """Cost by term as the audit computes it, the risk premium included."""
        return self.record_terms | risk_terms(self)

    @property
    def cost(self) -> float:
        """Total cost as the audit computes it."""
        return sum(self.cost_terms.values())

    def offer_price(self, hardware: str, channel: str, first: int, last: int) -> float | None:
        """USD per node of the offer over these periods; None where the channel makes no such offer."""
        offers = self.offers.get((hardware, channel))
        if offers is None:
            return None
        match = np.flatnonzero((offers.first == first) & (offers.last == last))
        return float(offers.price_usd_per_node[match[0]]) if match.size else None


def facts_of(instance: Instance, plan: Plan, rates: Rates) -> Facts:
    """Collect what the rules look at."""
    channels = {
        (hardware, name): channel
        for hardware, entry in instance.fleet.items()
        for name, channel in entry.items()
    }
    offers = {
        key: channel.offers(instance.timeline, node_of(instance, key[0])) for key, channel in channels.items()
    }
    return Facts(instance=instance, rates=rates, plan=plan, offers=offers, channels=channels)
