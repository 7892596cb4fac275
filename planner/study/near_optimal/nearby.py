"""Plans near one at hand that are better at a goal: what is left free is small enough to be searched to its end.

    channels         units run as they do; which channels hold their nodes, and what is signed, is free
    some hardware    the units of one or two kinds of hardware are free, those of the others run as they do

one after another, each from the best found so far. A goal that one channel can serve for a few dollars (one node fewer
reserved, hired in the hours that need it) is found here, where a search of the whole program often ends before.
"""

from __future__ import annotations

import time
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.model.sets import Sets
    from planner.optimize.engines import IndexedProgram

    Solve = Callable[[IndexedProgram, float, NDArray[np.float64]], Solution]

UNITS = "on"
FEW_HARDWARE = 5
"""Up to so many kinds of hardware are freed two at a time, more one at a time."""
LEAST_SECONDS = 0.5
BETTER = 1e-9


def held_columns(sets: Sets, program: IndexedProgram) -> Iterator[NDArray[np.bool_]]:
    """Columns that stay as they are, shape [column], the fewest free first."""
    units = program.index.column_block(UNITS, 2)
    hardware = sets.hardware_of[units.at[:, 0]]
    kinds = np.unique(hardware).tolist()
    together = 2 if 2 < len(kinds) <= FEW_HARDWARE else 1
    for some in ((), *combinations(kinds, together)):
        if len(some) < len(kinds):
            held = np.zeros(program.column_count, dtype=bool)
            held[units.number[~np.isin(hardware, some)]] = True
            yield held


def better_nearby(
    sets: Sets, program: IndexedProgram, start: NDArray[np.float64], seconds: float, solve: Solve
) -> NDArray[np.float64]:
    """The best values near `start`, one a column, by the objective of the program; `start` where none is better."""
    began, best = time.monotonic(), start
    left_open = list(held_columns(sets, program))
    for place, held in enumerate(left_open):
        left = seconds - (time.monotonic() - began)
        share = left / (len(left_open) - place)
        if share < LEAST_SECONDS and place:
            break
        found = solve(program.held(held, best), share, best).values
        if found is not None and _is_better(program, found, best):
            best = found
    return best


def _is_better(program: IndexedProgram, found: NDArray[np.float64], best: NDArray[np.float64]) -> bool:
    """Whether the objective is lower by more than rounding leaves."""
    before = float(program.objective @ best)
    return float(program.objective @ found) < before - BETTER * max(abs(before), 1.0)
