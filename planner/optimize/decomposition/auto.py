"""Which method suits a question, with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.whole_model import cells_of

if TYPE_CHECKING:
    from planner.model import Sets
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.coverage import LeftOut


def choose(
    sets: Sets, pooled: bool = False, parameters: DecompositionParameters = DEFAULTS
) -> tuple[str, str]:
    """`("direct" | "decompose" | "matheuristic", reason)`; an engine of a pool (`pooled`) takes more cells than one to
    be started.

    Small programs close directly; from a day of three kinds of hardware on, the packing of units hour by hour
    keeps an engine from proof (`tests/bench/decompose_bench.py`). What the hourly problem has only in part is searched
    by parts of the whole program (`tests/bench/matheuristic_bench.py`).
    """
    cells = cells_of(sets)
    size = f"{cells} whole unit counts over {sets.periods} periods"
    whole = "direct" if pooled or cells <= parameters.run.whole_cells else "matheuristic"
    try:
        structure = structure_of(sets, parameters.problem)
    except NotCovered as reason:
        return whole, f"{reason}, which the hourly relaxation does not cover ({size})"
    beyond = structure.left_out + structure.mended
    if structure.left_out or (structure.mended and cells <= parameters.run.most_whole_cells):
        if cells > parameters.run.most_whole_cells and not pooled:
            return "decompose", f"{size} are too many to search as a whole; {_beyond(beyond)}"
        return whole, f"{_beyond(beyond)} ({size})"
    if cells <= (parameters.run.concurrent_cells if pooled else parameters.run.direct_cells):
        return "direct", f"{size} are few enough to solve at once"
    return "decompose", f"{size} are too many to prove at once"


def _beyond(left_out: tuple[LeftOut, ...]) -> str:
    """Which parts of the question are beyond the hourly problem, by name."""
    return f"the hourly problem has only in part: {', '.join(dict.fromkeys(one.part for one in left_out))}"
