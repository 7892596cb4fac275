"""What channels sell one by one, as the audit reads it from their fields: GPUs, nodes, or whole scale-up domains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.instance.channels import Node
    from planner.rates import Rates


def by_the_domain(channel: Any, node: Node) -> bool:
    """Whether whole racks or supernodes are sold: said so, or their nodes come together."""
    if channel.sold_by is not None:
        return bool(channel.sold_by == "domain")
    return node.nodes_per_domain > 1 and channel.increment_nodes % node.nodes_per_domain == 0


def by_the_gpu(channel: Any) -> bool:
    """Whether parts of nodes are sold: said so, or hired by the period at a price per GPU, no number of nodes given."""
    if channel.sold_by is not None:
        return bool(channel.sold_by == "gpu")
    priced = getattr(channel, "price_usd_per_gpu_hour", None) is not None
    return seller_of(channel).by_the_period and priced and "increment_nodes" not in channel.model_fields_set


def smallest_lot(instance: Instance, hardware: str, node: Node) -> int:
    """GPUs of a node that come at once where they are sold one by one: a divisor of every unit that shares nodes."""
    lot = node.gpus
    for deployment in instance.deployments:
        if hardware not in deployment.on_hardware(tuple(instance.fleet)):
            continue
        if deployment.exclusive or deployment.nodes is not None:
            continue
        for size in deployment.sizes:
            lot = math.gcd(lot, size) if size < node.gpus else lot
    return lot


def gpus_sold_together(channel: Any, node: Node, lot: int) -> int:
    """GPUs that come at once: the smallest lot, those of nodes, or those of whole domains."""
    if by_the_gpu(channel):
        return lot
    nodes = int(channel.increment_nodes)
    if by_the_domain(channel, node):
        while nodes % node.nodes_per_domain:
            nodes += int(channel.increment_nodes)
    return nodes * node.gpus


def shares_nodes(rates: Rates, hardware: str) -> bool:
    """Whether some unit of a hardware is smaller than a node and shares it."""
    return any(unit.hardware == hardware and unit.nodes < 1 for unit in rates.units)


def serving_share(channel: Any, node: Node) -> float:
    """Share of what is paid that serves: some nodes of a domain stand by, and what is interrupted restarts."""
    usable = node.usable_nodes_per_domain / node.nodes_per_domain if by_the_domain(channel, node) else 1.0
    return usable * seller_of(channel).serving(channel)
