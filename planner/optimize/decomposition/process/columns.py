"""Where the variables of the model stand among the columns of its program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import LinearProgram

BY_PERIOD = {"on": 1, "start": 1, "use": 1, "shed": 1, "busy": 2, "outsource": 2}
"""Position of the period among the axes of a variable."""


class Columns:
    """Columns of a program by kind, position and period."""

    def __init__(self, sets: Sets, program: LinearProgram) -> None:
        self.sets = sets
        self.kind: list[str] = []
        self.position: list[tuple[int, ...]] = []
        for name in program.column_names:
            kind, *axes = name.split("_")
            self.kind.append(kind)
            self.position.append(tuple(map(int, axes)))
        self.period = np.array([self._period(k, p) for k, p in zip(self.kind, self.position, strict=True)])

    def _period(self, kind: str, position: tuple[int, ...]) -> int:
        """Period of a column, -1 for those that span several."""
        if kind == "acquire":
            first, last = int(self.sets.first[position[0]]), int(self.sets.last[position[0]])
            return first if first == last and self.sets.periods > 1 else -1
        return position[BY_PERIOD[kind]] if kind in BY_PERIOD else -1

    def vector(self, values: Values) -> NDArray[np.float64]:
        """Values as one number a column."""
        places = zip(self.kind, self.position, strict=True)
        return np.array([float(values.at(kind)[position]) for kind, position in places])

    def inside(self, periods: NDArray[np.int64]) -> NDArray[np.int64]:
        """Columns that belong to some periods."""
        return np.flatnonzero(np.isin(self.period, periods))
