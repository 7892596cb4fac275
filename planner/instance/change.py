"""Limits on change: how far a plan may depart from an earlier one.

A pool is all units of one deployment on one hardware; its size in a period is the nodes under its running
units. A node moves when it joins a pool or leaves one; a node that goes from one pool to another moves once.
"""

from __future__ import annotations

from planner.instance.base import Count, NonNegative, Strict, Text
from planner.instance.name import Name


class Change(Strict):
    """An earlier plan, and how far from it this one may be. Absent limits do not bind."""

    plan: Text | None = None
    """File of the earlier plan (plan.json), relative to the instance file; its pools are read from it."""
    pools: dict[Name, tuple[NonNegative, ...]] = {}
    """Nodes of each pool in every period of the earlier plan, by the name of the unit; of shared nodes its part."""
    max_nodes_moved: Count | None = None
    """At most so many nodes join pools, and at most so many leave them, in any period."""
    max_pools_changed: Count | None = None
    """At most so many pools have another size in one period or more, counted over the whole plan."""
