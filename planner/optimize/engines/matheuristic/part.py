"""A part of a program: some columns free, the others held, solved by HiGHS in this process on one thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.engines.matheuristic.structure import WHOLE
from planner.optimize.engines.presolve_rules import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.optimize.engines.matheuristic.structure import ProgramStructure


@dataclass(frozen=True)
class PartLimits:
    """How long and how exactly one part is solved: seconds, the gaps at which it ends, HiGHS's share for heuristics."""

    seconds: float
    relative_gap: float = 0.0
    absolute_gap: float = 0.0
    heuristic_effort: float = 0.05


@dataclass(frozen=True, eq=False)
class PartAnswer:
    """Values of all columns, None where none were found; whether the part ended by proof, and by that of no values."""

    values: NDArray[np.float64] | None
    proven: bool
    infeasible: bool = False


@dataclass(frozen=True, eq=False)
class Near:
    """Bounds of columns, shape [n] each, within those of the program."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


class PartSolver:
    """Solves parts of one program, one after another."""

    def __init__(self, structure: ProgramStructure, seed: int, interrupted: Callable[[], bool]) -> None:
        self.structure, self.seed, self.interrupted = structure, seed, interrupted

    def plan(
        self, values: NDArray[np.float64], free: NDArray[np.bool_], limits: PartLimits, start: bool
    ) -> PartAnswer:
        """The same with every free integer column whole: leaders are decided first, followers beside them."""
        structure = self.structure
        answer = self.solve(values, free, structure.leaders, limits, start)
        if answer.values is None or self._whole(answer.values, free & structure.followers):
            return answer
        rest = self.solve(
            answer.values,
            free & ~structure.leaders,
            structure.program.integer,
            PartLimits(limits.seconds),
            False,
        )
        return PartAnswer(rest.values, answer.proven and rest.values is not None)

    def solve(
        self,
        values: NDArray[np.float64],
        free: NDArray[np.bool_],
        whole: NDArray[np.bool_],
        limits: PartLimits,
        start: bool,
        near: Near | None = None,
    ) -> PartAnswer:
        """The cheapest values of the free columns, integer where `whole`, the others held at `values`[n].

        `start` says that `values` keeps all rows: the search then begins there. Free columns stay `near`.
        """
        import highspy

        structure, program = self.structure, self.structure.program
        at = np.flatnonzero(free)
        part = structure.columns[:, at]
        touched = np.zeros(program.row_count, dtype=bool)
        touched[part.indices] = True
        rows = np.flatnonzero(touched)
        place = np.zeros(program.row_count, dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        rest = (structure.rows @ np.where(free, 0.0, values))[rows]
        integer = whole[at]
        least, most = (program.lower, program.upper) if near is None else (near.lower, near.upper)
        solver = self._solver(limits)
        status = solver.passModel(
            len(at),
            len(rows),
            len(part.data),
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            program.objective[at],
            least[at],
            most[at],
            program.row_lower[rows] - rest,
            program.row_upper[rows] - rest,
            part.indptr.astype(np.int32),
            place[part.indices],
            part.data,
            integer.astype(np.int32),
        )
        if status == highspy.HighsStatus.kError:
            raise ValueError("HiGHS does not accept a part of the program")
        if start:
            solver.setSolution(len(at), np.arange(len(at), dtype=np.int32), values[at])
        solver.run()
        return _answer(solver, values, at, integer)

    def _whole(self, values: NDArray[np.float64], columns: NDArray[np.bool_]) -> bool:
        chosen = values[columns]
        if (np.abs(chosen - np.round(chosen)) > WHOLE).any():
            return False
        values[columns] = np.round(chosen)
        return True

    def _solver(self, limits: PartLimits) -> Any:
        import highspy

        solver = highspy.Highs()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", self.seed),
            ("mip_rel_gap", limits.relative_gap),
            ("mip_abs_gap", limits.absolute_gap),
            ("mip_heuristic_effort", limits.heuristic_effort),
            ("small_matrix_value", 1e-12),
            ("presolve_rule_off", LEFT_OUT),
            ("time_limit", max(0.01, limits.seconds)),
        ):
            solver.setOptionValue(name, value)
        for event in (solver.cbSimplexInterrupt, solver.cbIpmInterrupt, solver.cbMipInterrupt):
            event.subscribe(lambda event: event.interrupt(self.interrupted()))
        return solver


def _answer(
    solver: Any, values: NDArray[np.float64], at: NDArray[np.int64], integer: NDArray[np.bool_]
) -> PartAnswer:
    import highspy

    state, feasible = solver.getModelStatus(), int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if state in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return PartAnswer(None, True, infeasible=True)
    if solver.getInfo().primal_solution_status != feasible:
        return PartAnswer(None, False)
    found = np.array(solver.getSolution().col_value)
    answer = values.copy()
    answer[at] = np.where(integer, np.round(found), found)
    return PartAnswer(answer, state == highspy.HighsModelStatus.kOptimal)
