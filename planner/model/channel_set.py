"""Channels of an instance -> offers and nodes as arrays: what can be held, at what price, in what parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.data import ChannelOffers
from planner.rates.nodes import node_of
from planner.rates.site_energy import offers_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Channel, Node, Offers
    from planner.rates import Rates


@dataclass(frozen=True)
class ChannelSet:
    """What the channels sell and what their nodes are: the fields of the model's data of the same names.

    Shapes: `parts`, `nodes_per_domain` and `usable_per_domain` [hardware]; `running_usd` [channel] of [period];
    `first`, `last`, `offer_price`, `offer_idle`, `offer_channel`, `offer_capex` [offer].
    """

    channels: tuple[ChannelOffers, ...]
    parts: NDArray[np.int64]
    nodes_per_domain: NDArray[np.int64]
    usable_per_domain: NDArray[np.int64]
    running_usd: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    offer_price: NDArray[np.float64]
    offer_idle: NDArray[np.float64] | None
    offer_channel: NDArray[np.int64]
    offer_capex: NDArray[np.float64]


@dataclass(frozen=True)
class _Sold:
    """A channel with what it sells, `place` the position of its hardware."""

    place: int
    hardware: str
    name: str
    channel: Channel
    offers: Offers


def channel_set_of(instance: Instance, rates: Rates) -> ChannelSet:
    """Assemble the arrays, channels in the order of the instance."""
    nodes = [node_of(instance, label) for label in instance.fleet]
    sold = [
        _Sold(place, label, name, channel, offers_of(instance, label, name))
        for place, (label, channels) in enumerate(instance.fleet.items())
        for name, channel in channels.items()
    ]
    offers = [one.offers for one in sold]
    parts = [
        _parts(instance, rates, label, nodes[at], [one.offers for one in sold if one.place == at])
        for at, label in enumerate(instance.fleet)
    ]
    counts = [len(offer.first) for offer in offers]
    ends = np.cumsum([0, *counts]).tolist()
    return ChannelSet(
        channels=tuple(
            _channel(instance, one, slice(*ends[at : at + 2]), nodes[one.place], parts[one.place])
            for at, one in enumerate(sold)
        ),
        parts=np.array(parts, dtype=np.int64),
        nodes_per_domain=np.array([node.nodes_per_domain for node in nodes], dtype=np.int64),
        usable_per_domain=np.array([node.usable_nodes_per_domain for node in nodes], dtype=np.int64),
        running_usd=np.array([offer.running_usd_per_node_hour for offer in offers]),
        first=np.concatenate([offer.first for offer in offers]),
        last=np.concatenate([offer.last for offer in offers]),
        offer_price=np.concatenate([offer.price_usd_per_node for offer in offers]),
        offer_idle=_idle(offers, instance.timeline.discounted_hours),
        offer_channel=np.repeat(np.arange(len(offers)), counts),
        offer_capex=np.concatenate([_capex(offer) for offer in offers]),
    )


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


def _capex(offers: Offers) -> NDArray[np.float64]:
    """USD per node paid at the start, shape [offer]."""
    return np.zeros(len(offers.first)) if offers.capex_usd_per_node is None else offers.capex_usd_per_node


def _idle(offers: list[Offers], hours: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """USD per node of the energy of one that runs nothing, shape [offer]; None where all of them are off."""
    idle = np.concatenate([offer.idle_usd_per_node(hours) for offer in offers])
    return idle if idle.any() else None


def _channel(instance: Instance, sold: _Sold, where: slice, node: Node, parts: int) -> ChannelOffers:
    offers = sold.offers
    increment_nodes, available_share = _increment(offers, node, parts)
    return ChannelOffers(
        hardware=sold.place,
        name=sold.name,
        kind=sold.channel.kind,
        term=offers.term,
        offers=where,
        minimum_nodes=offers.minimum_nodes,
        maximum_nodes=offers.maximum_nodes,
        maximum_key="" if offers.limit is None else offers.limit.key,
        raisable_nodes=np.inf if offers.limit is None else offers.limit.raisable_nodes,
        increment_nodes=increment_nodes,
        grain=offers.grain,
        overlap=offers.overlap,
        maximum_new_nodes=offers.maximum_new_nodes,
        maximum_new_nodes_per_week=offers.maximum_new_nodes_per_week,
        available_share=available_share,
        loss=offers.loss,
        lendable=offers.lendable,
        draws_on=offers.draws_on,
        draw_usd_per_node_hour=offers.draw_usd_per_node_hour,
        site=instance.site_of(sold.hardware, sold.name),
        provider=sold.channel.provider,
        first_stage=sold.channel.traits.committed,
    )


def _increment(offers: Offers, node: Node, parts: int) -> tuple[float, float]:
    """Nodes of one increment, and the share of them that serve."""
    if offers.grain is Grain.GPU:
        return 1.0 / parts, offers.available_share
    usable = node.usable_share if offers.grain is Grain.DOMAIN else 1.0
    return float(offers.increment_nodes), offers.available_share * usable
