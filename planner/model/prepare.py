"""Instance and Rates -> Sets: every figure of the question as an array on named axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import PER_MILLION
from planner.instance import Phase
from planner.instance.channels import Grain
from planner.instance.channels.offers import SLACK
from planner.instance.demand_series import demand_of
from planner.model.change import change_of
from planner.model.data import ChannelOffers
from planner.model.deferral import deferral_of
from planner.model.market import market_of
from planner.model.risk_set import risk_of
from planner.model.sets import Sets
from planner.model.site_set import sites_of
from planner.model.standing import standing_doubts, standing_of
from planner.rates.cache_doubts import cache_doubts
from planner.rates.headroom import headroom, headroom_for_waits, waits_limit
from planner.rates.kv_transfer import transfer_doubts
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of
from planner.rates.standing import ready_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance, StartUp, Workload
    from planner.instance.channels import Channel, Node, Offers
    from planner.rates import Rates


def sets_of(instance: Instance, rates: Rates) -> Sets:
    """Assemble the arrays of the model."""
    timeline = instance.timeline
    hardware = tuple(instance.fleet)
    nodes = [node_of(instance, label) for label in hardware]
    labelled = [
        (place, name, channel, offers_of(instance, label, name))
        for place, label in enumerate(hardware)
        for name, channel in instance.fleet[label].items()
    ]
    offers = [entry[3] for entry in labelled]
    parts = [
        _parts(instance, rates, label, nodes[at], [offer for place, *_, offer in labelled if place == at])
        for at, label in enumerate(hardware)
    ]
    ends = np.cumsum([0, *(len(offer.first) for offer in offers)]).tolist()
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rates.works])
    waits = headroom_for_waits(instance, rates)
    standing = standing_of(instance, rates, demand, waits)
    channels = tuple(
        _channel(
            place,
            name,
            channel,
            offer,
            slice(*ends[index : index + 2]),
            _sold(offer, nodes[place], parts[place]),
            instance.site_of(hardware[place], name),
        )
        for index, (place, name, channel, offer) in enumerate(labelled)
    )
    return Sets(
        timeline=timeline,
        works=rates.works,
        units=rates.units,
        hardware=hardware,
        channels=channels,
        demand=demand,
        shed_usd=np.array(
            [unserved_usd(instance.workloads[work.workload], work.phase) for work in rates.works]
        ),
        rate=rates.rate,
        nodes=np.array([unit.nodes for unit in rates.units], dtype=np.float64),
        hardware_of=np.array([hardware.index(unit.hardware) for unit in rates.units], dtype=np.int64),
        parts=np.array(parts, dtype=np.int64),
        nodes_per_domain=np.array([node.nodes_per_domain for node in nodes], dtype=np.int64),
        usable_per_domain=np.array([node.usable_nodes_per_domain for node in nodes], dtype=np.int64),
        start_usd=np.array([unit.start_usd for unit in rates.units]),
        lost_share=lost_share(instance.start_up, instance.horizon.period_hours, ready_at_once(instance)),
        minimum_up=minimum_up(instance.start_up, instance.horizon.period_hours),
        first=np.concatenate([offer.first for offer in offers]),
        last=np.concatenate([offer.last for offer in offers]),
        offer_price=np.concatenate([offer.price_usd_per_node for offer in offers]),
        offer_channel=np.repeat(np.arange(len(offers)), [len(offer.first) for offer in offers]),
        running_usd=np.array([offer.running_usd_per_node_hour for offer in offers]),
        offer_capex=np.concatenate([_capex(offer) for offer in offers]),
        market=market_of(instance, rates),
        headroom=headroom(instance, rates, waits),
        waits=waits if waits_limit(instance) else None,
        standing=standing,
        remarks=(
            *transfer_doubts(instance, rates),
            *cache_doubts(instance, rates),
            *_left_over(labelled, hardware),
            *standing_doubts(standing, rates),
        ),
        change=change_of(instance, rates),
        risk=risk_of(instance),
        deferral=deferral_of(instance, rates),
        sites=sites_of(instance, rates),
    )


def _left_over(labelled: list[tuple[int, str, Channel, Offers]], hardware: tuple[str, ...]) -> Iterator[str]:
    """Nodes that one has and that make up no whole number of what is held together."""
    for place, name, channel, offers in labelled:
        limit, together = offers.limit, offers.increment_nodes
        left = limit.nodes % together if channel.traits.owned and limit is not None else 0
        if left and limit is not None and limit.key == "nodes":
            yield (
                f"fleet.{hardware[place]}.{name}: its {limit.nodes} nodes are held in multiples of {together}, so"
                f" {left} can never be used: sold_by: node and increment_nodes: 1 let one hold them one by one"
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


def _parts(instance: Instance, rates: Rates, hardware: str, node: Node, offers: list[Offers]) -> int:
    """Equal parts of a node so that every unit takes a whole number of them; 1 where units take whole nodes.

    Where GPUs beside those under units count, those held against a loss or due to a provider, the sizes of units that
    no plan needs count too: they say how many GPUs are sold at once.
    """
    shared = [unit.gpus for unit in rates.units if unit.hardware == hardware and unit.nodes < 1]
    spare = any(offer.loss is not None for offer in offers) or bool(instance.limits.providers)
    if spare and any(offer.grain is Grain.GPU for offer in offers):
        shared += [
            gpus
            for deployment in instance.deployments
            if hardware in deployment.on_hardware(tuple(instance.fleet))
            if deployment.nodes is None and not deployment.exclusive
            for gpus in deployment.sizes
            if gpus < node.gpus
        ]
    return node.gpus // math.gcd(node.gpus, *shared)


def _sold(offers: Offers, node: Node, parts: int) -> tuple[float, float]:
    """Nodes of one increment, and the share of them that serve."""
    if offers.grain is Grain.GPU:
        return 1.0 / parts, offers.available_share
    usable = node.usable_share if offers.grain is Grain.DOMAIN else 1.0
    return float(offers.increment_nodes), offers.available_share * usable


def _capex(offers: Offers) -> NDArray[np.float64]:
    """USD per node paid at the start, shape [offer]."""
    return np.zeros(len(offers.first)) if offers.capex_usd_per_node is None else offers.capex_usd_per_node


def _channel(
    hardware: int,
    name: str,
    channel: Channel,
    offers: Offers,
    where: slice,
    sold: tuple[float, float],
    site: str | None,
) -> ChannelOffers:
    return ChannelOffers(
        hardware=hardware,
        name=name,
        kind=channel.kind,
        term=offers.term,
        offers=where,
        minimum_nodes=offers.minimum_nodes,
        maximum_nodes=offers.maximum_nodes,
        maximum_key="" if offers.limit is None else offers.limit.key,
        raisable_nodes=np.inf if offers.limit is None else offers.limit.raisable_nodes,
        increment_nodes=sold[0],
        grain=offers.grain,
        overlap=offers.overlap,
        maximum_new_nodes=offers.maximum_new_nodes,
        maximum_new_nodes_per_week=offers.maximum_new_nodes_per_week,
        available_share=sold[1],
        loss=offers.loss,
        lendable=offers.lendable,
        draws_on=offers.draws_on,
        draw_usd_per_node_hour=offers.draw_usd_per_node_hour,
        site=site,
        provider=channel.provider,
        first_stage=channel.traits.committed,
    )


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
