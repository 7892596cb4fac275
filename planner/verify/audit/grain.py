"""What channels sell one by one, as the audit reads it from their fields: GPUs, nodes, or whole scale-up domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from planner.instance.channels import Node


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


def gpus_sold_together(channel: Any, node: Node) -> int:
    """GPUs that come at once: one, those of nodes, or those of whole domains."""
    if by_the_gpu(channel):
        return 1
    nodes = int(channel.increment_nodes)
    if by_the_domain(channel, node):
        while nodes % node.nodes_per_domain:
            nodes += int(channel.increment_nodes)
    return nodes * node.gpus


def serving_share(channel: Any, node: Node) -> float:
    """Share of what is paid that serves: some nodes of a domain stand by, and what is interrupted restarts."""
    usable = node.usable_nodes_per_domain / node.nodes_per_domain if by_the_domain(channel, node) else 1.0
    return usable * seller_of(channel).serving(channel)
