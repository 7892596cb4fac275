"""Decisions of the model as arrays, from an engine, the decomposition or an earlier plan."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from planner.model.families import declared_variables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets


NEGLIGIBLE = 1e-7
"""Share of what is asked for: at or below it a value is what an engine's tolerance leaves behind, and nothing."""


@dataclass(frozen=True)
class Values:
    """Decisions as arrays, on the axes and in the units of `planner.model.variables`."""

    acquire: NDArray[np.int64]
    on: NDArray[np.int64]
    start: NDArray[np.int64]
    busy: NDArray[np.float64]
    shed: NDArray[np.float64]
    use: NDArray[np.float64]
    market: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def at(self, name: str) -> NDArray[np.float64]:
        """Values of the variables of that name."""
        return self.market[name] if name in self.market else np.asarray(getattr(self, name))


def none_of_the_market(sets: Sets) -> dict[str, NDArray[np.float64]]:
    """The field `market` of decisions that make no use of it: every variable without a field of its own, at 0."""
    own = {one.name for one in fields(Values)}
    declared = declared_variables()
    return {name: np.zeros(declared[name].shape(sets)) for name in declared if name not in own}
