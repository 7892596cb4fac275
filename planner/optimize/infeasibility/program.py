"""The elastic program: the one formulation, with slack on every limit that a user can move.

    row + coefficient * slack <= limit,   0 <= slack <= most        every limit that can move
    sum_u serve[w,u,t] + shed[workload(w),t] * demand[w,t] >= demand[w,t]      every work, priced or not

A question is which slacks may be used and what they cost: bounds and an objective on the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack

from planner.model import build
from planner.model.families import relaxable_limits
from planner.optimize.engines import IndexedProgram, program_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.relaxable import RelaxableLimit
    from planner.model.sets import Sets


@dataclass(frozen=True)
class ElasticProgram:
    """The arrays, and where the slacks stand: `slack[m]` and `shed[w, t]` are columns, -1 where none is.
    The works of a workload share those of `shed`.

    `priced[w]` marks the works that the instance itself lets go unserved.
    """

    program: IndexedProgram
    sets: Sets
    limits: tuple[RelaxableLimit, ...]
    slack: NDArray[np.int64]
    shed: NDArray[np.int64]
    priced: NDArray[np.bool_]

    def question(self, allowed: list[int], shed: bool, cost: NDArray[np.float64]) -> IndexedProgram:
        """The program where only the `allowed` limits may move, and demand be shed if `shed`."""
        upper = self.program.upper.copy()
        forbidden = np.setdiff1d(np.arange(len(self.limits)), allowed)
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
    limits = relaxable_limits(sets)
    loose = _loose(sets)
    program = _with_slack(_true_limits(sets, program_of(build(loose, "elastic"))), limits)
    shed = program.index.column_grid((len(sets.market.workloads), sets.periods), "shed")
    return ElasticProgram(
        program=program,
        sets=sets,
        limits=limits,
        slack=np.arange(program.column_count - len(limits), program.column_count),
        shed=shed[list(sets.market.workload_of)],
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


def _true_limits(sets: Sets, program: IndexedProgram) -> IndexedProgram:
    """The rows of channel maxima at their true values again."""
    upper = program.row_upper.copy()
    maxima = program.index.row_grid((len(sets.channels), sets.periods), "procurement", "max")
    for rows, channel in zip(maxima, sets.channels, strict=True):
        upper[rows[rows >= 0]] = float(channel.maximum_nodes or 0)
    return replace(program, row_upper=upper)


def _with_slack(program: IndexedProgram, limits: tuple[RelaxableLimit, ...]) -> IndexedProgram:
    """One more column for each limit that can move."""
    entries = [
        (row, place, coefficient)
        for place, limit in enumerate(limits)
        for (part, at), coefficient in limit.rows.items()
        if (row := program.index.row(limit.family, *at, part=part)) is not None
    ]
    rows, columns, coefficients = (
        (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    more = csr_array((coefficients, (rows, columns)), shape=(program.row_count, len(limits)))
    return replace(
        program,
        objective=np.concatenate([program.objective, np.zeros(len(limits))]),
        lower=np.concatenate([program.lower, np.zeros(len(limits))]),
        upper=np.concatenate([program.upper, [limit.most for limit in limits]]),
        integer=np.concatenate([program.integer, np.array([limit.whole for limit in limits], dtype=bool)]),
        matrix=hstack([program.matrix, more], format="csr"),
        groups=None,
        column_names=(*program.column_names, *(f"slack_{place}" for place in range(len(limits)))),
    )
