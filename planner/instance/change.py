"""Limits on change: how far a plan may depart from an earlier one.

A pool is all units of one deployment on one hardware; its size in a period is the nodes under its running
units. A node moves when it joins a pool or leaves one; a node that goes from one pool to another moves once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.errors import Fault, InstanceError
from planner.instance.base import Count, Name, Strict, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.instance import Instance
    from planner.plan import Plan


class Change(Strict):
    """An earlier plan, and how far from it this one may be. Absent limits do not bind."""

    plan: Text | None = None
    """File of the earlier plan (plan.json), relative to the instance file; its pools are read from it."""
    pools: dict[Name, tuple[Count, ...]] = {}
    """Nodes of each pool in every period of the earlier plan, by the name of the unit."""
    max_nodes_moved: Count | None = None
    """At most so many nodes join pools, and at most so many leave them, in any period."""
    max_pools_changed: Count | None = None
    """At most so many pools have another size in any period."""


def pools_of(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Nodes of each pool of a plan in every period."""
    return {unit.unit: tuple(count * unit.nodes for count in unit.on) for unit in plan.units}


def with_change(
    instance: Instance, plan: Plan, max_nodes_moved: int | None = None, max_pools_changed: int | None = None
) -> Instance:
    """The instance with limits on change against `plan`: those given here, else those the instance states.

    Without any the instance stays as it is. Raises InstanceError when the plan has other periods.
    """
    stated = instance.limits.change or Change()
    nodes = stated.max_nodes_moved if max_nodes_moved is None else max_nodes_moved
    pools = stated.max_pools_changed if max_pools_changed is None else max_pools_changed
    if nodes is None and pools is None:
        return instance
    change = Change(pools=pools_of(plan), max_nodes_moved=nodes, max_pools_changed=pools)
    limits = instance.limits.model_copy(update={"change": change})
    changed = instance.model_copy(update={"limits": limits})
    faults = [Fault(message, path=".".join(map(str, path))) for path, message in change_findings(changed)]
    if faults:
        raise InstanceError(faults)
    return changed


def change_findings(instance: Instance) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Pools whose series do not fit the horizon."""
    change, periods = instance.limits.change, instance.periods
    for name, nodes in change.pools.items() if change is not None else ():
        if len(nodes) != periods:
            message = f"the earlier plan has {len(nodes)} periods, the horizon has {periods}"
            yield ("limits", "change", "pools", name), message
