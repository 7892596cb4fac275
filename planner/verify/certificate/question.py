"""What every plan of an instance pays and serves, as far as the theorem of certificates needs it.

All of it follows from fields of the instance, by the audit's arithmetic. Rules that only forbid plans are left out: a
bound of all plans bounds those that are allowed. What could serve work otherwise or earn money is refused, and so is
every field that this file does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.length_choices import open_splits
from planner.rates.compute import compute_rates
from planner.rates.nodes import node_of
from planner.verify.audit.calendar import calendar_of
from planner.verify.audit.demanded import asked, work_asked
from planner.verify.audit.drawn import added_usd, idle_usd
from planner.verify.audit.grain import gpus_sold_together, serving_share, smallest_lot
from planner.verify.audit.promises import busy_limits
from planner.verify.audit.requests import RequestFacts
from planner.verify.audit.sellers import quote_of, seller_of
from planner.verify.audit.starts import start_prices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.base import Strict
    from planner.rates import Rates
    from planner.verify.audit.calendar import Calendar

    Floats = NDArray[np.float64]

ROLES = 2
KINDS = {"on_demand", "spot", "reserved", "lease", "purchase", "existing"}
"""Kinds of channel of which the theorem knows what they sell: nodes by the period, or throughout."""
INSTANCE_FIELDS = {
    *(
        "version",
        "name",
        "description",
        "horizon",
        "currency",
        "workloads",
        "deployments",
        "rates",
        "hardware",
    ),
    *("fleet", "exchange_rates", "limits", "start_up", "baseline", "assumed", "discount_rate_per_year"),
}
"""Fields that say what is paid and served, or only forbid plans."""
WORKLOAD_FIELDS = {
    *("model", "demand", "kv_bytes_per_token", "response_bytes", "lengths", "speculation", "sla", "queueing"),
    *("customers", "price_usd_per_million_tokens", "off_peak", "free", "unusual_price", "priority"),
    *("single_pool", "free_share"),
}
"""The same of workloads; what customers pay is no part of a plan's cost."""


@dataclass(frozen=True)
class HeldChannel:
    """Nodes of a channel held throughout: price of one, the fewest and the most, and running[period] per node in
    use."""

    hardware: str
    price: float
    least: int
    most: int | None
    running: Floats


@dataclass(frozen=True)
class HiredChannel:
    """Nodes by the period: price[period] of one that serves, running cost included, and the most that serve at once."""

    hardware: str
    price: Floats
    most: int | None


@dataclass(frozen=True)
class CertifiedQuestion:
    """Every plan covers demand[role, period] by whole units of unit_role[unit], on unit_nodes[unit] nodes each.

    able[unit, period] is what a unit serves at most; hours[period] count in the cost, weight[period] starts in it, and
    before[period] is the period before it, -1 where nothing ran. Money is that of the instance.
    """

    roles: tuple[str, ...]
    demand: Floats
    able: Floats
    unit_role: NDArray[np.int64]
    unit_nodes: NDArray[np.int64]
    unit_hardware: tuple[str, ...]
    start_price: Floats
    held: dict[tuple[str, str], HeldChannel]
    hired: tuple[HiredChannel, ...]
    hours: Floats
    weight: Floats
    before: NDArray[np.int64]

    @property
    def hardware(self) -> tuple[str, ...]:
        """Hardware that there are nodes of."""
        nodes = [*(one.hardware for one in self.held.values()), *(one.hardware for one in self.hired)]
        return tuple(dict.fromkeys(nodes))

    def of_use(self, key: tuple[str, str]) -> bool:
        """Whether nodes of a channel held throughout can carry a unit."""
        one = self.held[key]
        able = np.flatnonzero(self.able.max(axis=1, initial=0.0) > 0).tolist()
        return one.most != 0 and one.hardware in {self.unit_hardware[unit] for unit in able}

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[1])


def question_of(instance: Instance) -> CertifiedQuestion:
    """The question of an instance. Raises InstanceError with every reason for which certificates cannot express it."""
    reasons = list(_unknown(instance))
    if not reasons:
        rates, calendar = compute_rates(instance), calendar_of(instance)
        series = asked(instance)
        demand = np.array([work_asked(series[one.workload], one.phase) for one in rates.works])
        demand = demand.reshape(len(rates.works), calendar.periods)
        works = np.flatnonzero(demand.max(axis=1, initial=0.0) > 0)
        reasons = list(_beyond_an_hour(rates, works))
    if reasons:
        raise InstanceError([Fault(f"no certificate can express this: {reason}") for reason in reasons])
    held, hired = _channels(instance, calendar)
    able = np.zeros((len(rates.units), calendar.periods))
    role = np.full(len(rates.units), -1, dtype=np.int64)
    limits = busy_limits(RequestFacts(instance, rates, series), demand, list(range(len(rates.units))))
    for place, work in enumerate(works.tolist()):
        mine = rates.rate[:, work] > 0
        role[mine], able[mine] = place, rates.rate[mine, work, None]
    return CertifiedQuestion(
        roles=tuple(rates.works[work].name for work in works.tolist()),
        demand=demand[works],
        able=able if limits is None else able * limits,
        unit_role=role,
        unit_nodes=np.array([round(unit.nodes) for unit in rates.units], dtype=np.int64),
        unit_hardware=tuple(unit.hardware for unit in rates.units),
        start_price=start_prices(instance, rates),
        held=held,
        hired=hired,
        hours=calendar.cost_hours,
        weight=calendar.cost_weight,
        before=calendar.before,
    )


def _unknown(instance: Instance) -> Iterator[str]:
    """What of the instance the theorem says nothing of."""
    for name in _given(instance, INSTANCE_FIELDS):
        yield f"{name} is given"
    for workload, given in instance.workloads.items():
        for name in _given(given, WORKLOAD_FIELDS):
            yield f"workloads.{workload}.{name} is given"
    for name in open_splits(instance):
        yield f"workloads.{name}.lengths.split leaves it to the plan where to split"
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            if channel.kind not in KINDS:
                yield f"fleet.{hardware}.{name} is a {channel.kind}"


def _given(record: Strict, known: set[str]) -> list[str]:
    fields = type(record).model_fields
    return [
        name
        for name, field in fields.items()
        if name not in known and getattr(record, name) != field.get_default(call_default_factory=True)
    ]


def _beyond_an_hour(rates: Rates, works: NDArray[np.int64]) -> Iterator[str]:
    """What the hours of the theorem cannot say: more than two works, units of several works or on parts of nodes."""
    if not 1 <= len(works) <= ROLES:
        yield f"there are {len(works)} kinds of work"
    for unit, rate in zip(rates.units, rates.rate[:, works], strict=True):
        if np.count_nonzero(rate > 0) > 1:
            yield f"units {unit.name} do several works by turns"
        if (rate > 0).any() and abs(unit.nodes - round(unit.nodes)) > 0:
            yield f"units {unit.name} share nodes"


def _channels(
    instance: Instance, calendar: Calendar
) -> tuple[dict[tuple[str, str], HeldChannel], tuple[HiredChannel, ...]]:
    held, hired, faults = {}, [], []
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            one = _channel(instance, calendar, hardware, name)
            if isinstance(one, HeldChannel):
                held[hardware, name] = one
            elif isinstance(one, HiredChannel):
                hired.append(one)
            else:
                where = f"fleet.{hardware}.{name}, a {channel.kind}"
                faults.append(Fault(f"no certificate can express this: {where}, {one}"))
    if faults:
        raise InstanceError(faults)
    return held, tuple(hired)


def _channel(
    instance: Instance, calendar: Calendar, hardware: str, name: str
) -> HeldChannel | HiredChannel | str:
    """What a channel sells, or why that is not known."""
    channel, node = instance.fleet[hardware][name], node_of(instance, hardware)
    seller, share = seller_of(channel), serving_share(channel, node)
    idle = idle_usd(instance, (hardware, name), node, calendar) * calendar.cost_hours
    running = added_usd(instance, (hardware, name), node, calendar) * calendar.cost_hours
    lot = gpus_sold_together(channel, node, smallest_lot(instance, hardware, node)) / node.gpus
    stated = seller.most(channel)
    most = None if stated is None else np.floor(stated / lot + 1e-9) * lot
    if (running < 0).any() or share <= 0:
        return "earns while it runs, or serves nothing"
    if channel.lead_time_hours > 0:
        return "is not held over all periods"
    if seller.by_the_period and calendar.periods > 1:
        quotes = [quote_of(channel, node, calendar, at, at) for at in range(calendar.periods)]
        price = np.array([np.inf if one is None else one.price for one in quotes]) + idle
        if (price < 0).any():
            return "has a price below zero"
        return HiredChannel(hardware, price / share + running, None if most is None else _up(most * share))
    quote = quote_of(channel, node, calendar, 0, calendar.periods - 1)
    if quote is None or share < 1.0:
        return "is not held over all periods, or only a share of it serves"
    price_held = quote.price + float(idle.sum())
    if min(quote.price, price_held) < 0:
        return "has a price below zero"
    least = _up(_up(channel.min_nodes / lot) * lot)
    return HeldChannel(hardware, price_held, least, None if most is None else _up(most), running)


def _up(nodes: float) -> int:
    return int(np.ceil(nodes - 1e-9))
