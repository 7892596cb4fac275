"""The questions of a diagnosis, side by side, each starting from what is known already.

The shortage comes first. Where nothing is short in a period, its units are then held as that answer has them,
and each repair is sought with the units of the short periods alone; this finds a good repair at once, from
which the question proper starts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.optimize.engines import IndexedProgram
    from planner.optimize.infeasibility.program import ElasticProgram

FIRST_SHARE = 0.3
QUICK_SHARE = 0.5
SHORTEST_S = 1.0
NO_CHANGE = 1e-9
"""Repairs cost what they move, in money or steps of the limit: at most so much moves nothing."""


def ask(
    elastic: ElasticProgram,
    shortage: IndexedProgram,
    repairs: dict[str, IndexedProgram],
    time_limit_s: float,
    seed: int,
    workers: int,
) -> tuple[Solution, dict[str, Solution]]:
    """The answers to the shortage and to every repair, by its name; they share `time_limit_s`."""
    share = max(SHORTEST_S, time_limit_s * (1.0 - FIRST_SHARE) * workers / max(1, len(repairs)))
    options = EngineOptions(time_limit_s=share, relative_gap=1e-4, threads=1, seed=seed)
    first = replace(options, time_limit_s=max(SHORTEST_S, time_limit_s * FIRST_SHARE))
    with EnginePool(workers) as pool:
        least = pool.submit(shortage, options=first).result()
        if least.values is None:
            answers = pool.map(repairs.values(), options=options)
            return least, dict(zip(repairs, answers, strict=True))
        quick = replace(options, time_limit_s=max(SHORTEST_S, share * QUICK_SHARE), confirm=False)
        held = {name: _held(elastic, program, least.values) for name, program in repairs.items()}
        starts = {name: pool.submit(program, options=quick) for name, program in held.items()}
        found = {name: future.result() for name, future in starts.items()}
        proper = {
            name: pool.submit(program, options=replace(options, hint=found[name].values))
            for name, program in repairs.items()
        }
        solved = {name: future.result() for name, future in proper.items()}
        again = {
            name: pool.submit(repairs[name], options=replace(options, confirm=False))
            for name, answer in solved.items()
            if _changes_nothing(answer)
        }
        solved |= {name: future.result() for name, future in again.items()}
        return least, {name: _better(found[name], answer) for name, answer in solved.items()}


def _changes_nothing(answer: Solution) -> bool:
    """Whether a repair is none: of a question without a plan it keeps the rows only within a solver's tolerance.

    A second solve finds such ones where what is short is below the tolerance; the first, which rounded, is taken then.
    """
    return answer.values is not None and answer.cost <= NO_CHANGE


def _better(start: Solution, answer: Solution) -> Solution:
    """The answer; where it came to nothing in time, what it started from, and its bound."""
    if answer.values is not None or start.values is None:
        return answer
    return replace(answer, status=Status.FEASIBLE, values=start.values, cost=start.cost)


def _held(elastic: ElasticProgram, program: IndexedProgram, least: NDArray[np.float64]) -> IndexedProgram:
    """The program with units held as in `least` wherever that leaves nothing unserved."""
    columns = np.where(elastic.shed >= 0, elastic.shed, 0)
    unserved = (least[columns] > 1e-6) & (elastic.shed >= 0) & ~elastic.priced[:, None]
    on, kept = program.index.column_block("on", 2), np.zeros(program.column_count, dtype=bool)
    kept[on.number] = np.logical_not(unserved.any(axis=0))[on.at[:, 1]]
    return program.held(kept, np.round(least))
