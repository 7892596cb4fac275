"""Instance and Rates -> Sets: every figure of the question as an array on named axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import PER_MILLION
from planner.instance import Phase, Role
from planner.instance.channels.offers import SLACK
from planner.instance.demand_series import demand_of, phases_of
from planner.instance.length_choices import closed
from planner.model.cash_set import cash_of
from planner.model.change import change_of
from planner.model.channel_set import channel_set_of
from planner.model.deferral import deferral_of
from planner.model.market import market_of
from planner.model.power_set import power_of
from planner.model.risk_set import risk_of
from planner.model.sets import Sets
from planner.model.site_set import sites_of
from planner.model.standing import standing_doubts, standing_of
from planner.rates.doubts import rate_doubts
from planner.rates.headroom import headroom, headroom_for_waits, waits_limit
from planner.rates.standing import ready_at_once
from planner.rates.unused_nodes import unused_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance, StartUp, Workload
    from planner.rates import Rates
    from planner.rates.rates import Unit


def sets_of(instance: Instance, rates: Rates) -> Sets:
    """Assemble the arrays of the model. Raises InstanceError where the plan is yet to say where lengths are split."""
    closed(instance)
    sold = channel_set_of(instance, rates)
    works, units, hardware = rates.works, rates.units, tuple(instance.fleet)
    start_up, period_hours = instance.start_up, instance.horizon.period_hours
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in works])
    waits = headroom_for_waits(instance, rates)
    standing = standing_of(instance, rates, demand, waits)
    doubts = (*rate_doubts(instance, rates), *unused_nodes(instance))
    return Sets(
        timeline=instance.timeline,
        works=works,
        units=units,
        hardware=hardware,
        channels=sold.channels,
        demand=demand,
        shed_usd=np.array([unserved_usd(instance.workloads[work.workload], work.phase) for work in works]),
        rate=rates.rate,
        nodes=np.array([unit.nodes for unit in units], dtype=np.float64),
        hardware_of=np.array([hardware.index(unit.hardware) for unit in units], dtype=np.int64),
        parts=sold.parts,
        nodes_per_domain=sold.nodes_per_domain,
        usable_per_domain=sold.usable_per_domain,
        start_usd=np.array([unit.start_usd for unit in units]),
        lost_share=lost_share(start_up, period_hours, ready_at_once(instance)),
        minimum_up=minimum_up(start_up, period_hours),
        first=sold.first,
        last=sold.last,
        offer_price=sold.offer_price,
        offer_channel=sold.offer_channel,
        running_usd=sold.running_usd,
        offer_capex=sold.offer_capex,
        market=market_of(instance, rates),
        headroom=headroom(instance, rates, waits),
        waits=waits if waits_limit(instance) else None,
        standing=standing,
        remarks=(*doubts, *standing_doubts(standing, rates)),
        cash=cash_of(instance),
        change=change_of(instance, rates),
        risk=risk_of(instance),
        deferral=deferral_of(instance, rates),
        power=power_of(instance),
        offer_idle=sold.offer_idle,
        sites=sites_of(instance, rates),
        keeps_caches=keeps_caches(instance, units),
    )


def keeps_caches(instance: Instance, units: tuple[Unit, ...]) -> tuple[tuple[int, int], ...]:
    """Co-located units, and workloads with prompts and answers: caches of them leave such a unit over links alone.

    Of work that may wait, the family `colocation` leaves out blocks in which hours come in other proportions.
    """
    return tuple(
        (unit, place)
        for place, workload in enumerate(instance.workloads.values())
        for unit, kind in enumerate(units)
        if kind.role is Role.COLOCATED and {Phase.PREFILL, Phase.DECODE} <= set(phases_of(workload))
    )


def lost_share(start_up: StartUp, period_hours: float, whole: bool = False) -> NDArray[np.float64]:
    """Share of a period that a start takes from the period it falls in and from those after it.

    `whole`: a unit counts for nothing in a period in which it is not ready from the beginning.
    """
    lags = np.arange(_periods_begun(start_up.hours, period_hours))
    share = np.clip(start_up.hours / period_hours - lags, 0.0, 1.0)
    return np.asarray(np.ceil(share) if whole else share)


def minimum_up(start_up: StartUp, period_hours: float) -> int:
    """Periods for which a started unit stays on, the first included: those it starts in are among them."""
    return max(1, _periods_begun(max(start_up.minimum_up_hours, start_up.hours), period_hours))


def _periods_begun(hours: float, period_hours: float) -> int:
    """Periods that a time touches which begins with one of them."""
    return int(np.ceil(hours / period_hours - SLACK))


def unserved_usd(workload: Workload, phase: Phase) -> float:
    """USD per unserved token or request; inf where everything must be served.

    A token that is never generated is charged once: prompt and output tokens cost the same when shed.
    """
    price = (
        workload.shed_usd_per_million_requests
        if phase is Phase.REQUEST
        else workload.shed_usd_per_million_tokens
    )
    return np.inf if price is None else price * PER_MILLION
