"""What a node is: facts of the instance before those of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.channels import Node
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from planner.instance import Instance


def node_of(instance: Instance, hardware: str) -> Node:
    """GPUs and power of a node of this hardware."""
    own = instance.hardware.get(hardware)
    if own is not None and own.gpus_per_node is not None and own.power_kw_per_node is not None:
        return Node(gpus=own.gpus_per_node, power_kw=own.power_kw_per_node)
    accelerator = accelerator_of(instance, hardware)
    gpus = own.gpus_per_node if own is not None else None
    power = own.power_kw_per_node if own is not None else None
    if accelerator is None:
        if gpus is None:
            raise KeyError(hardware)
        return Node(gpus=gpus, power_kw=power)
    return Node(
        gpus=gpus if gpus is not None else accelerator.gpus_per_node,
        power_kw=power if power is not None else accelerator.node_power_kw,
    )
