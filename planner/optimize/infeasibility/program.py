"""The elastic program: the one formulation, with slack on every limit that a user can move.

    row + coefficient * slack <= limit,   0 <= slack <= most        every relaxable limit
    sum_u serve[w,u,t] + shed[workload(w),t] * demand[w,t] >= demand[w,t]      every work, priced or not

A question is which slacks may be used and what they cost: bounds and an objective on the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack

from planner.model import build
from planner.optimize.engines import LinearProgram, from_pulp
from planner.optimize.infeasibility.relaxable_limits import RelaxableLimit, relaxable_limits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets


@dataclass(frozen=True)
class ElasticProgram:
    """The arrays, and where the slacks stand: `slack[m]` and `shed[w, t]` are columns, -1 where none is.
    The works of a workload share those of `shed`.

    `priced[w]` tells the works that the instance itself lets go unserved.
    """

    program: LinearProgram
    sets: Sets
    relaxable_limits: tuple[RelaxableLimit, ...]
    slack: NDArray[np.int64]
    shed: NDArray[np.int64]
    priced: NDArray[np.bool_]

    def question(self, allowed: list[int], shed: bool, cost: NDArray[np.float64]) -> LinearProgram:
        """The program where only the `allowed` limits may move, and demand be shed if `shed`."""
        upper = self.program.upper.copy()
        forbidden = np.setdiff1d(np.arange(len(self.relaxable_limits)), allowed)
        upper[self.slack[forbidden]] = 0.0
        if not shed:
            columns = self.shed[~self.priced]
            upper[columns[columns >= 0]] = 0.0
        return self.program.with_bounds(upper=upper).with_objective(cost)

    def zeros(self) -> NDArray[np.float64]:
        """A cost of nothing, one entry a column."""
        return np.zeros(self.program.column_count)


def elastic_program(sets: Sets) -> ElasticProgram:
    """Build the formulation of `sets` with slack."""
    relaxable_limits = relaxable_limits_of(sets)
    loose = _loose(sets)
    program = _with_slack(_true_limits(sets, from_pulp(build(loose, "elastic").problem)), relaxable_limits)
    column = {name: index for index, name in enumerate(program.column_names)}
    shed = np.full((len(sets.works), sets.periods), -1, dtype=np.int64)
    for work, period in np.ndindex(*shed.shape):
        shed[work, period] = column.get(f"shed_{sets.market.workload_of[work]}_{period}", -1)
    return ElasticProgram(
        program=program,
        sets=sets,
        relaxable_limits=relaxable_limits,
        slack=np.arange(program.column_count - len(relaxable_limits), program.column_count),
        shed=shed,
        priced=np.isfinite(sets.shed_usd),
    )


def _loose(sets: Sets) -> Sets:
    """The sets with every work sheddable, and channel limits as rows wide enough to be moved."""
    channels = tuple(
        replace(
            channel,
            overlap=True,
            maximum_nodes=None
            if channel.maximum_nodes is None
            else max(channel.maximum_nodes, int(sets.node_limit[channel.hardware]), channel.minimum_nodes),
        )
        for channel in sets.channels
    )
    free = np.where(np.isfinite(sets.shed_usd), sets.shed_usd, 0.0)
    return replace(sets, channels=channels, shed_usd=free)


def _true_limits(sets: Sets, program: LinearProgram) -> LinearProgram:
    """The rows of channel maxima at their true values again."""
    upper = program.row_upper.copy()
    for row, name in enumerate(program.row_names):
        if name.startswith("procurement_max_"):
            upper[row] = float(sets.channels[int(name.split("_")[2])].maximum_nodes or 0)
    return replace(program, row_upper=upper)


def _with_slack(program: LinearProgram, relaxable_limits: tuple[RelaxableLimit, ...]) -> LinearProgram:
    """One more column for each relaxable limit."""
    row = {name: index for index, name in enumerate(program.row_names)}
    entries = [
        (row[name], place, coefficient)
        for place, relaxable in enumerate(relaxable_limits)
        for name, coefficient in relaxable.rows.items()
        if name in row
    ]
    rows, columns, coefficients = (
        (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    more = csr_array((coefficients, (rows, columns)), shape=(program.row_count, len(relaxable_limits)))
    return LinearProgram(
        objective=np.concatenate([program.objective, np.zeros(len(relaxable_limits))]),
        lower=np.concatenate([program.lower, np.zeros(len(relaxable_limits))]),
        upper=np.concatenate([program.upper, [relaxable.most for relaxable in relaxable_limits]]),
        integer=np.concatenate(
            [program.integer, np.array([relaxable.whole for relaxable in relaxable_limits], dtype=bool)]
        ),
        matrix=hstack([program.matrix, more], format="csr"),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        column_names=(*program.column_names, *(f"slack_{place}" for place in range(len(relaxable_limits)))),
        row_names=program.row_names,
    )
