"""Hardware of an instance: a name of the catalog, facts that override it, or a machine of one's own."""

from __future__ import annotations

from typing import Any

from planner.instance.base import Name, NonNegative, Positive, PositiveCount, Strict


class Hardware(Strict):
    """Facts of one hardware that differ from the catalog, or that the catalog does not have."""

    like: Name | None = None
    """Catalog entry to start from; absent: the entry of the same name, where there is one."""
    gpus_per_node: PositiveCount | None = None
    """GPUs of the node as it is bought."""
    power_kw_per_node: Positive | None = None
    """Power of a node in use, for energy and power limits."""
    failures_per_node_year: NonNegative | None = None
    """Failures that take a node out of service, per node and year."""
    repair_hours: Positive | None = None
    """Mean time until a failed node serves again."""
    swap_hours: NonNegative | None = None
    """Mean time until a unit that lost a node runs again on a spare one; absent: it waits for the repair."""
    accelerator: dict[str, Any] | None = None
    """Facts of the accelerator that override the catalog, in its own keys."""
