"""The form in which engines get a program - tightened, without columns that follow from others, scaled - and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.optimize.engines.scaling import scale
from planner.optimize.engines.substitute import no_substitution, substitute_limited
from planner.optimize.engines.tighten import tighten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.optimize.engines.program import LinearProgram
    from planner.optimize.engines.protocol import Outcome


class EngineForm:
    """One program in the form of the engines: `program` is what they solve."""

    def __init__(self, program: LinearProgram) -> None:
        # duals belong to the rows as given, so a program without integers goes as it is
        mixed = bool(program.integer.any())
        self._substitution = substitute_limited(tighten(program)) if mixed else no_substitution(program)
        self._scaling = scale(self._substitution.program)
        self.program = self._scaling.program

    def to_engine(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A plan as the engines see it: without the columns taken out, in their scale."""
        return self._scaling.scaled(self._substitution.part(values))

    def from_engine(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A plan of an engine as one of the program given."""
        if values.shape != self._scaling.columns.shape:
            return values  # no plan of this program; the judge says so
        return self._substitution.whole(self._scaling.values(values))

    def bound(self, bound: float) -> float:
        """A bound of an engine in USD."""
        return self._scaling.bound(bound)

    def outcome(self, outcome: Outcome) -> Outcome:
        """What an engine ended with, in terms of the program given."""
        scaling, values = self._scaling, outcome.values
        duals, reduced = outcome.row_duals, outcome.reduced_costs
        return replace(
            outcome,
            bound=scaling.bound(outcome.bound),
            values=None if values is None else self.from_engine(values),
            row_duals=None if duals is None else scaling.row_duals(duals),
            reduced_costs=None if reduced is None else scaling.reduced_costs(reduced),
        )
