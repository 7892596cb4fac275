"""Evaluate a schedule: its cost, coverage and margin, and the optimum for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.model.premium import premium_of
from planner.model.prepare import unserved_usd
from planner.model.risk_set import risk_of
from planner.optimize.pipeline import solve
from planner.optimize.verdict import sound
from planner.plan.revenue import Margin, margin
from planner.rates.compute import compute_rates
from planner.rates.places import has_places
from planner.rates.site_energy import offers_of
from planner.study.evaluation.cover import cover_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.study.evaluation.schedule import FleetSchedule

COVERED = 1.0 - 1e-6


@dataclass(frozen=True)
class ShortPeriod:
    """A period in which a work is not fully served within the service level."""

    period: str
    work: str
    served_share: float


@dataclass(frozen=True)
class Evaluation:
    """What a schedule costs, covers and earns.

    `cost` holds the cost of each channel, nodes in use included, that of starts, at the shed price what is not
    served (of a workload without one it costs nothing, and is listed in `short`), and the premium for risk where
    the instance asks for one: all that the cost of a plan holds. `served_share` is by
    work, over all tokens (requests); `serves_less` says that work without a shed price is short, so that no plan could
    do as the schedule does; `theoretical` earns on all demand, `margin` on what is served. `optimum` is
    the plan of the same instance, None where it was not asked for.
    """

    nodes_mean: float
    nodes_peak: float
    node_hours: float
    cost: float
    cost_by_channel: dict[str, float]
    start_cost: float
    unserved_cost: float
    risk_premium: float
    served_share: dict[str, float]
    short: tuple[ShortPeriod, ...]
    serves_less: bool
    theoretical: Margin
    margin: Margin
    optimum: Plan | None

    @property
    def saving(self) -> float | None:
        """What the optimum would save; None without one.

        Where the schedule `serves_less` this is what serving all saves, or costs more where it is negative; at equal
        service the optimum saves no less.
        """
        return None if self.optimum is None or not self.optimum.usable else self.cost - self.optimum.cost


def evaluate(instance: Instance, schedule: FleetSchedule, options: SolveOptions | None = None) -> Evaluation:
    """Judge a schedule against an instance.

    `options` says how to find the optimum to compare with; None leaves it out.

    Raises
    ------
    InstanceError
        A channel of the schedule is neither paid by the period nor held throughout, or nodes stand at several places:
        a schedule of nodes does not say where requests go.
    """
    if has_places(instance):
        message = "schedules are judged at one site: a schedule of nodes does not say where requests go"
        raise InstanceError([Fault(message, path="sites")])
    rates = compute_rates(instance)
    hardware = {key[0] for key in schedule.mean}
    nodes = {name: schedule.nodes_of(name) for name in hardware}
    total = np.asarray(np.sum(list(nodes.values()), axis=0))
    peaks = np.asarray(np.sum(list(schedule.peak.values()), axis=0))
    hours = instance.timeline.weighted_hours
    held = holding_cost(instance, schedule)
    cover = cover_of(instance, rates, schedule.mean, options.time_limit_s if options is not None else None)
    by_channel = {key: paid.total + float(cover.running[key].sum()) for key, paid in held.items()}
    share = cover.served_share
    served = _by_workload(rates, share)
    unserved = _unserved_cost(instance, rates, served)
    by_period = np.sum([paid.by_period + cover.running[key] for key, paid in held.items()], axis=0)
    signed = sum(paid.signed for paid in held.values())
    premium = _premium(instance, signed, by_period + cover.start + unserved)
    cost = sum(by_channel.values()) + float(cover.start.sum() + unserved.sum()) + premium
    return Evaluation(
        nodes_mean=float(total @ hours / hours.sum()),
        nodes_peak=float(peaks.max()),
        node_hours=float(total @ hours),
        cost=cost,
        cost_by_channel={".".join(key): usd for key, usd in by_channel.items()},
        start_cost=float(cover.start.sum()),
        unserved_cost=float(unserved.sum()),
        risk_premium=premium,
        served_share=_by_work(instance, rates, share),
        short=_short(instance, rates, share),
        serves_less=_serves_less(instance, rates, share),
        theoretical=margin(instance, cost),
        margin=margin(instance, cost, served),
        optimum=None if options is None else sound(solve(instance, options), "the optimum"),
    )


@dataclass(frozen=True)
class HoldingCost:
    """USD of the nodes of a channel: by period, shape [period], and of what is signed for all of them at once."""

    by_period: NDArray[np.float64]
    signed: float

    @property
    def total(self) -> float:
        """USD of all of it."""
        return float(self.by_period.sum()) + self.signed


def holding_cost(instance: Instance, schedule: FleetSchedule) -> dict[tuple[str, str], HoldingCost]:
    """USD by (hardware, channel): the mean nodes of each period where they are paid by the period, the
    most ever held where they are paid throughout. What use costs on top is not in it, what idle nodes draw is.

    Raises
    ------
    InstanceError
        A channel with other offers: a schedule of nodes does not say which contracts they belong to.
    """
    cost: dict[tuple[str, str], HoldingCost] = {}
    periods = instance.periods
    for (hardware, name), mean in schedule.mean.items():
        offers = offers_of(instance, hardware, name)
        if not offers.lendable:
            held = HoldingCost(_hired(instance, f"{hardware}.{name}", offers, mean), 0.0)
        elif len(offers.first) == 1 and offers.first[0] == 0 and offers.last[0] == periods - 1:
            most = float(schedule.peak[hardware, name].max())
            held = HoldingCost(np.zeros(periods), float(offers.price_usd_per_node[0]) * most)
        else:
            message = (
                f"{hardware}.{name} is neither paid by the period nor held throughout: its cost is not known"
            )
            raise InstanceError([Fault(message)])
        cost[hardware, name] = held
    return cost


def _hired(
    instance: Instance, channel: str, offers: Offers, nodes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """USD of nodes by the period, shape [period]. Raises InstanceError where none can be had yet."""
    price = offers.usd_per_node_by_period(instance.periods)
    early = np.flatnonzero(~np.isfinite(price) & (nodes > 0))
    if early.size:
        message = f"holds nodes of {channel} at {instance.labels()[early[0]]}, before its lead time is over"
        raise InstanceError([Fault(f"the schedule {message}")])
    return np.where(nodes > 0, price, 0.0) * nodes


def _premium(instance: Instance, signed: float, by_period: NDArray[np.float64]) -> float:
    """Premium for risk of what is paid in each period of each scenario, shape [period], as a plan pays it."""
    risk = risk_of(instance)
    if risk is None:
        return 0.0
    recourse = np.bincount(instance.timeline.scenario, weights=by_period, minlength=len(risk.probability))
    return premium_of(risk, signed + recourse / risk.probability)


def _unserved_cost(
    instance: Instance, rates: Rates, served: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """USD of the requests not served, every phase, where they have a price, shape [period]; as a plan pays it."""
    from planner.instance.demand_series import demand_of

    usd = np.zeros(instance.periods)
    for work in rates.works:
        price = unserved_usd(instance.workloads[work.workload], work.phase)
        if np.isfinite(price):
            asked = demand_of(instance, work.workload, work.phase) * instance.timeline.discounted_hours
            usd += price * SECONDS_PER_HOUR * asked * (1.0 - served[work.workload])
    return usd


def _by_work(instance: Instance, rates: Rates, share: NDArray[np.float64]) -> dict[str, float]:
    from planner.instance.demand_series import demand_of

    result = {}
    for place, work in enumerate(rates.works):
        asked = demand_of(instance, work.workload, work.phase) * instance.timeline.weighted_hours
        result[work.name] = float(share[place] @ asked / asked.sum()) if asked.any() else 1.0
    return result


def _by_workload(rates: Rates, share: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """A request is served as far as its scarcer phase is."""
    names = dict.fromkeys(work.workload for work in rates.works)
    return {
        name: np.min(
            [share[place] for place, work in enumerate(rates.works) if work.workload == name], axis=0
        )
        for name in names
    }


def _short(instance: Instance, rates: Rates, share: NDArray[np.float64]) -> tuple[ShortPeriod, ...]:
    labels = instance.labels()
    return tuple(
        ShortPeriod(labels[period], rates.works[work].name, float(share[work, period]))
        for work, period in np.argwhere(share < COVERED)
    )


def _serves_less(instance: Instance, rates: Rates, share: NDArray[np.float64]) -> bool:
    """Whether work that a plan must serve is short."""
    return any(
        bool((share[place] < COVERED).any())
        for place, work in enumerate(rates.works)
        if not np.isfinite(unserved_usd(instance.workloads[work.workload], work.phase))
    )
