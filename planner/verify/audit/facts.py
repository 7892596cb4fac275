"""What the rules look at: the records of a plan as arrays, and what the instance says they must be.

Shared with the rest of the program are nouns: the fields of an instance, the facts of nodes, the rates of units.
What follows from them is worked out here: `calendar`, `demanded`, `quotes`, `sellers`, `promises`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.rates.nodes import node_of
from planner.verify.audit.calendar import calendar_of
from planner.verify.audit.demanded import asked, work_asked
from planner.verify.audit.drawn import added_usd
from planner.verify.audit.grain import serving_share, shares_nodes
from planner.verify.audit.places import channel_site
from planner.verify.audit.promises import answers_for_waits, busy_limits
from planner.verify.audit.requests import RequestFacts
from planner.verify.audit.sellers import quote_of, seller_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Channel, Node
    from planner.plan.contents import Holding
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.verify.audit.calendar import Calendar
    from planner.verify.audit.quotes import NodePrice

TOLERANCE = 1e-6
"""Of amounts that an engine weighs: tokens, shares of time, nodes that serve on average."""
COUNTED = 1e-9
"""Of what is counted, nodes, GPUs, units, increments: parts of nodes add up to float noise, and to nothing more."""
ROUNDING = 1e-12  # of the largest amount that is added up: a few hundred units in the last place
Key = tuple[str, str]


@dataclass(frozen=True)
class Facts:
    """An instance, its rates and a plan, with the arrays that several rules need; `beside` are nodes paid elsewhere."""

    instance: Instance
    rates: Rates
    plan: Plan
    calendar: Calendar
    channels: dict[Key, Channel]
    nodes: dict[str, Node]
    beside: tuple[Holding, ...] = ()

    @property
    def periods(self) -> int:
        """Number of periods of the instance."""
        return self.calendar.periods

    def within(self, first: int, last: int) -> bool:
        """Whether a span of periods lies in the plan."""
        return 0 <= first <= last < self.periods

    @cached_property
    def held(self) -> dict[Key, NDArray[np.float64]]:
        """Nodes held by (hardware, channel), shape [period]."""
        nodes = {key: np.zeros(self.periods) for key in self.channels}
        for holding in (*self.plan.holdings, *self.beside):
            series = nodes.setdefault((holding.hardware, holding.channel), np.zeros(self.periods))
            if self.within(holding.first, holding.last):
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

    @cached_property
    def metered(self) -> set[str]:
        """Hardware of which a node in use costs extra or counts at a site."""
        return {
            key[0]
            for key in self.channels
            if channel_site(self.instance, *key) in self.instance.limits.sites or self.added_usd(key).any()
        }

    def averaged(self, hardware: str) -> bool:
        """Whether use is an average over time: some nodes are taken back, and units take whole ones of any."""
        taken_back = any(
            seller_of(channel).serving(channel) < 1.0
            for key, channel in self.channels.items()
            if key[0] == hardware
        )
        whole = not shares_nodes(self.rates, hardware) and self.nodes[hardware].nodes_per_domain == 1
        return taken_back and whole

    def lent_to(self, lending: str) -> NDArray[np.float64]:
        """Nodes lent to one taker, shape [period]."""
        nodes = np.zeros(self.periods)
        for record in self.plan.lent:
            if record.lending == lending and self.within(record.first, record.last):
                nodes[record.first : record.last + 1] += record.nodes
        return nodes

    @cached_property
    def nodes_lent(self) -> dict[str, NDArray[np.float64]]:
        """Nodes lent by hardware, shape [period]."""
        nodes = {hardware: np.zeros(self.periods) for hardware in self.instance.fleet}
        for name, taker in self.instance.lending.items():
            nodes[taker.hardware] += self.lent_to(name)
        return nodes

    def added_usd(self, key: Key) -> NDArray[np.float64]:
        """What an hour of use of a node of a channel costs on top of what it costs idle, shape [period]."""
        return added_usd(self.instance, key, self.nodes[key[0]], self.calendar)

    def serving(self, key: Key) -> NDArray[np.float64]:
        """Nodes of a channel that serve, expected interruptions taken off, shape [period]."""
        return serving_share(self.channels[key], self.nodes[key[0]]) * self.held[key]

    def serving_nodes(self, hardware: str) -> NDArray[np.float64]:
        """Nodes of a hardware that serve, shape [period]."""
        mine = (self.serving(key) for key in self.channels if key[0] == hardware)
        return sum(mine, np.zeros(self.periods))

    def all_serve(self, hardware: str) -> bool:
        """Whether every node of a hardware that units may lie on serves all the time: what serves is then a count."""
        mine = (channel for (name, _), channel in self.channels.items() if name == hardware)
        return all(seller_of(channel).serving(channel) == 1.0 for channel in mine)

    @cached_property
    def shares_outsourced(self) -> dict[str, NDArray[np.float64]]:
        """Share of each workload that vendors take, shape [period]."""
        share = {name: np.zeros(self.periods) for name in self.instance.workloads}
        for record in self.plan.outsourced:
            if record.workload in share and len(record.share) == self.periods:
                share[record.workload] += record.share
        return share

    @cached_property
    def outsourced(self) -> NDArray[np.float64]:
        """Tokens/s that vendors take, shape [work, period]."""
        shares = [self.shares_outsourced[work.workload] for work in self.rates.works]
        return np.array(shares) * self.demand

    @cached_property
    def started(self) -> NDArray[np.float64]:
        """Units switched on at the beginning of each period, shape [unit, period]."""
        before = np.where(self.calendar.before >= 0, self.on[:, self.calendar.before], 0.0)
        return np.maximum(self.on - before, 0.0)

    @cached_property
    def busy_limits(self) -> NDArray[np.float64] | None:
        """How busy the units that ever run may be, shape [unit, period]; None where nothing is promised."""
        running = np.flatnonzero(self.on.any(axis=1)).tolist()
        return busy_limits(RequestFacts(self.instance, self.rates, self.asked), self.demand, running)

    @cached_property
    def usable(self) -> NDArray[np.float64]:
        """Units' worth of time to serve in, start-up and headroom taken off, shape [unit, period]."""
        ready = self.on - self.starting
        return ready if self.busy_limits is None else ready * self.busy_limits

    @property
    def starting(self) -> NDArray[np.float64]:
        """Units' worth of time lost to starting, shape [unit, period].

        Where waits are promised, units must be ready when a period begins: what starts counts from the next
        period on; not so where nothing ran before the first one, which could then never be served.
        """
        left = self.instance.start_up.hours / self.calendar.period_hours
        left = float(np.ceil(left - 1e-12)) if self._at_once else left
        lost, started = np.zeros_like(self.on), self.started
        while left > 1e-12 and started.any():
            lost += min(1.0, left) * started
            left -= 1.0
            started = np.where(self.calendar.before >= 0, started[:, self.calendar.before], 0.0)
        return lost

    @cached_property
    def there(self) -> NDArray[np.int64]:
        """Units on but for those that start for all of a period, shape [unit, period]: what failures can take from."""
        left = self.instance.start_up.hours / self.calendar.period_hours
        whole = int(np.ceil(left - 1e-12)) if self._at_once else int(left + 1e-12)
        late, started = np.zeros_like(self.on), self.started
        for _ in range(min(whole, self.periods)):
            late += started
            started = np.where(self.calendar.before >= 0, started[:, self.calendar.before], 0.0)
        return np.maximum(np.rint(self.on - late), 0.0).astype(np.int64)

    @property
    def _at_once(self) -> bool:
        """Whether units must be ready when a period begins."""
        workloads = self.instance.workloads.values()
        return self.calendar.cyclic and any(answers_for_waits(workload) for workload in workloads)

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
        before = np.where(self.calendar.before >= 0, self.waiting[:, self.calendar.before], 0.0)
        return np.asarray((self.waiting - before) / self.calendar.period_hours)

    @cached_property
    def asked(self) -> dict[str, dict[str, NDArray[np.float64]]]:
        """Every series of demand of every workload, shape [period]."""
        return asked(self.instance)

    @cached_property
    def demand(self) -> NDArray[np.float64]:
        """Tokens/s wanted, shape [work, period]."""
        works = [work_asked(self.asked[work.workload], work.phase) for work in self.rates.works]
        return np.array(works).reshape(-1, self.periods)

    @cached_property
    def flow(self) -> NDArray[np.float64]:
        """What a small difference is small against: what is asked or served of a work in a period, [work, period]."""
        return np.asarray(np.maximum(self.demand, np.abs(self.served).sum(axis=0)))

    @cached_property
    def rounding(self) -> NDArray[np.float64]:
        """What sums of the largest amounts of a work leave behind in floating-point numbers, [work, 1]."""
        waits = np.abs(self.put_off).max(axis=1, initial=0.0)
        largest = np.maximum(self.demand.max(axis=1, initial=0.0), waits)
        return np.asarray(ROUNDING * largest[:, None])

    def shed_price(self, work: int) -> float | None:
        """USD per million unserved, None where nothing may be shed."""
        workload = self.instance.workloads[self.rates.works[work].workload]
        if self.rates.works[work].phase is Phase.REQUEST:
            return workload.shed_usd_per_million_requests
        return workload.shed_usd_per_million_tokens

    def quote(self, hardware: str, channel: str, first: int, last: int) -> NodePrice | None:
        """The quote of a channel for a span of periods; None where it sells no such span."""
        known = self.channels.get((hardware, channel))
        if known is None:
            return None
        return quote_of(known, self.nodes[hardware], self.calendar, first, last)


def facts_of(instance: Instance, plan: Plan, rates: Rates) -> Facts:
    """Collect what the rules look at."""
    channels = {
        (hardware, name): channel
        for hardware, entry in instance.fleet.items()
        for name, channel in entry.items()
    }
    nodes = {hardware: node_of(instance, hardware) for hardware in instance.fleet}
    return Facts(instance, rates, plan, calendar_of(instance), channels, nodes)
