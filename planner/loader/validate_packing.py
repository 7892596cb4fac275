"""Checks of what is to be packed: units whose sizes fill nodes or racks in more ways than can be listed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from planner.instance.channels import Grain
from planner.loader.validate_market import hardware_known
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.instance.channels import Node
    from planner.loader.finding import PathFinding

MOST_FILLINGS = 5_000


def packing_findings(instance: Instance) -> Iterator[PathFinding]:
    """Hardware on which the sizes of units fill a node, or a domain that is sold as a whole, in too many ways."""
    for hardware, channels in instance.fleet.items():
        if not hardware_known(instance, hardware):
            continue
        node = node_of(instance, hardware)
        grains = {channel.grain(node) for channel in channels.values()}
        nodes, domains = _sizes(instance, hardware, node)
        for what, sizes, capacity, sold in (
            ("node", nodes, node.gpus, grains - {Grain.GPU}),
            ("domain", domains, node.usable_nodes_per_domain, grains & {Grain.DOMAIN}),
        ):
            count = fillings(sizes, capacity) if sold and not _divide_each_other(sizes) else 0
            if count > MOST_FILLINGS:
                some = ", ".join(map(str, sizes[:8])) + (", ..." if len(sizes) > 8 else "")
                yield (
                    ("fleet", hardware),
                    f"units of {some} {'GPUs' if what == 'node' else 'nodes'} fill a {what} of {capacity} in {count:,} "
                    f"ways, {MOST_FILLINGS:,} are the most: give fewer sizes, or sizes that divide each other",
                )


def fillings(sizes: list[int], capacity: int) -> int:
    """Ways to fill a container so that no further item fits: those whose sum leaves less than the smallest size."""
    ways = [1] + [0] * capacity
    for size in sizes:
        for total in range(size, capacity + 1):
            ways[total] += ways[total - size]
    return sum(ways[max(0, capacity - min(sizes, default=1) + 1) :])


def _sizes(instance: Instance, hardware: str, node: Node) -> tuple[list[int], list[int]]:
    """GPUs of units that share a node, and nodes of those that lie in one domain, the largest first."""
    shared: set[int] = set()
    together: set[int] = set()
    for deployment in instance.deployments:
        if hardware in deployment.on_hardware(tuple(instance.fleet)):
            whole = (
                [deployment.nodes]
                if deployment.nodes
                else [-(-gpus // node.gpus) for gpus in deployment.sizes]
            )
            together |= {nodes for nodes in whole if 1 < nodes <= node.usable_nodes_per_domain}
            if not deployment.exclusive and not deployment.nodes:
                shared |= {gpus for gpus in deployment.sizes if gpus < node.gpus}
    return sorted(shared, reverse=True), sorted(together, reverse=True)


def _divide_each_other(sizes: list[int]) -> bool:
    return all(large % small == 0 for large, small in pairwise(sizes))
