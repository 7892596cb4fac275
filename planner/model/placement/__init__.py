"""Placement: which units lie on which nodes and domains, hour by hour with few moves."""

from planner.model.placement.place import placed_of

__all__ = ["placed_of"]
