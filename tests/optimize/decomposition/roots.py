"""The linear relaxation at the root, with the best prices of starts: both steps of it at once."""

from __future__ import annotations

from planner.optimize.decomposition.bound.start_prices import (
    LinearRoot,
    root_with_starts,
    root_without_starts,
)
from planner.optimize.decomposition.parameters import DEFAULTS, BoundParameters
from planner.optimize.decomposition.problem.structure import Structure


def rooted(
    structure: Structure, most: int, parameters: BoundParameters = DEFAULTS.bound
) -> LinearRoot | None:
    """Relaxation on about `most` groups with the best prices of starts; None where it has no solution.

    Raises Unsolved where the engine does not find its optimum.
    """
    parameters = parameters.override(price_groups=most)
    plain = root_without_starts(structure, parameters)
    return None if plain is None else root_with_starts(structure, parameters, plain)
