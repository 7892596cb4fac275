"""What a node is: facts of the instance before those of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.channels import Node
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from kernels import Accelerator
    from planner.instance import Hardware, Instance


def node_of(instance: Instance, hardware: str) -> Node:
    """GPUs, power and scale-up domain of a node of this hardware."""
    own = instance.hardware.get(hardware)
    gpus = own.gpus_per_node if own is not None else None
    power = own.power_kw_per_node if own is not None else None
    stated = own is not None and None not in (gpus, power, own.nodes_per_domain)
    accelerator = None if stated else accelerator_of(instance, hardware)
    if accelerator is not None:
        gpus = gpus if gpus is not None else accelerator.gpus_per_node
        power = power if power is not None else accelerator.node_power_kw
    if gpus is None:
        raise KeyError(hardware)
    nodes, usable = _domain(own, accelerator, gpus)
    idle = own.idle_power_kw_per_node if own is not None else None
    return Node(gpus, power, nodes, usable, idle_kw=idle or 0.0)


def _domain(own: Hardware | None, accelerator: Accelerator | None, gpus: int) -> tuple[int, int]:
    """Nodes of a scale-up domain, at least one, and how many of them run units."""
    nodes = own.nodes_per_domain if own is not None else None
    if nodes is None:
        nodes = 1 if accelerator is None else max(1, accelerator.scale_up_domain_gpus // gpus)
    usable = own.usable_nodes_per_domain if own is not None else None
    return nodes, nodes if usable is None else min(usable, nodes)
