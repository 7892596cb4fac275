"""The linear relaxation at the root, with the best prices of starts: both steps of it at once."""

from __future__ import annotations

from planner.optimize.decomposition.start_prices import LinearRoot, plain_root, with_starts
from planner.optimize.decomposition.structure import Structure


def rooted(structure: Structure, most: int) -> LinearRoot | None:
    """Relaxation on about `most` slots with the best prices of starts; None where it has no solution.

    Raises Unsolved where the engine does not find its optimum.
    """
    plain = plain_root(structure, most)
    return None if plain is None else with_starts(structure, most, plain)
