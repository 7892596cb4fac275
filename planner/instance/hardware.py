"""Hardware of an instance: a name of the catalog, facts that override it, or a machine of one's own."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from planner.instance.base import NonNegative, Positive, PositiveCount, Strict
from planner.instance.name import Name


class Hardware(Strict):
    """Facts of one hardware that differ from the catalog, or that the catalog does not have."""

    like: Name | None = None
    """Catalog entry to start from; absent: the entry of the same name, where there is one."""
    gpus_per_node: PositiveCount | None = None
    """GPUs of the node as it is bought."""
    nodes_per_domain: PositiveCount | None = None
    """Nodes of a scale-up domain, such as a rack of 18 nodes of 4 GPUs; absent: those of the catalog."""
    usable_nodes_per_domain: PositiveCount | None = None
    """Nodes of a domain that run units while the others stand by, such as 16 of 18; absent: all."""
    power_kw_per_node: Positive | None = None
    """Power of a node in use, for energy and power limits."""
    idle_power_kw_per_node: NonNegative | None = None
    """Power of a node that is held and runs nothing, for energy, carbon and power limits; nodes of a rack that stand by
    and the idle part of a node that units share draw it too. Of nodes lent, the taker answers for the energy and carbon
    above it. Absent: what runs nothing is switched off, at no power."""
    failures_per_node_year: NonNegative | None = None
    """Failures that take a node out of service, per node and year."""
    repair_hours: Positive | None = None
    """Mean time until a failed node serves again."""
    swap_hours: NonNegative | None = None
    """Mean time until a unit that lost a node runs again on a spare one; absent: it waits for the repair.

    The spare one is of the unit that is needed least, which stands still then. Units of one node or less gain nothing
    by it, and wait for the repair in any case."""
    site: Name | None = None
    """Where its nodes stand, where no channel says otherwise."""
    kv_cache: Name | None = None
    """Kind of its KV caches: units hand them over within one kind. Absent: the maker of the accelerator, where `sites`
    are given or some hardware says its kind; else all are of one kind."""
    accelerator: dict[str, Any] | None = None
    """Facts of the accelerator that override the catalog, in its own keys."""

    @model_validator(mode="after")
    def _usable_within_the_domain(self) -> Self:
        whole, usable = self.nodes_per_domain, self.usable_nodes_per_domain
        if whole is not None and usable is not None and usable > whole:
            raise ValueError(f"usable_nodes_per_domain {usable} is more than nodes_per_domain {whole}")
        return self

    @model_validator(mode="after")
    def _idle_within_use(self) -> Self:
        busy, idle = self.power_kw_per_node, self.idle_power_kw_per_node
        if busy is not None and idle is not None and idle > busy:
            raise ValueError(f"idle_power_kw_per_node {idle:g} is more than power_kw_per_node {busy:g}")
        return self
