"""Small random instances whose units share nodes, some hired by the GPU, some lent: no GPU hired alone can be lent."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.generate import instance_of

Data = dict[str, Any]


def lent_instance_of(seed: int) -> Data:
    """The packed instance of a seed: where units share nodes, own nodes that may be lent beside others by the GPU."""
    instance, draw = instance_of(seed, packed=True), Random(f"lent {seed}")
    lent = {lending["hardware"] for lending in instance.get("lending", {}).values()}
    for hardware in sorted(_shared(instance)):
        fleet = instance["fleet"].setdefault(hardware, {})
        if all(channel["kind"] != "existing" for channel in fleet.values()):
            fleet["mine"] = {"kind": "existing", "nodes": draw.randint(1, 4)}
        for channel in fleet.values():
            by_the_hour = channel["kind"] == "on_demand" and "increment_nodes" not in channel
            if by_the_hour and draw.random() < 0.7:
                channel["sold_by"] = "gpu"
        if hardware not in lent:
            price = draw.choice([0.5, 2.0, 8.0])
            taker = {"hardware": hardware, "price_usd_per_node_hour": price, "max_nodes": draw.randint(1, 4)}
            instance.setdefault("lending", {})[f"of_{hardware}"] = taker
    return instance


def _shared(instance: Data) -> set[str]:
    """Hardware of units that are smaller than a node."""
    return {
        unit["hardware"]
        for unit in instance["deployments"]
        if unit.get("ep", unit.get("gpus", 1e9)) < instance["hardware"][unit["hardware"]]["gpus_per_node"]
    }
