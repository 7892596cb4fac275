"""The cheapest units of one period as small integer programs, every unit with its own price.

    min sum_u cost[u] x[u] + sum_s usd[s] n[s]
    sum_u rate[u] x[u] >= demand by role,   sum_u nodes[u] x[u] <= sum_s n[s] by hardware,   n[s] <= nodes[s]

Its proven bound is a bound of the period at these prices. The engine is not believed alone: it solves each program
once more without presolve, begun with the units found, and the lower bound of both counts; units found in a period
before are priced anew by arithmetic at every later call, and a bound above what they cost, or an infeasibility beside
them, is none. It loads HiGHS, so it is for a process of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.decomposition.tolerances import HOUR_SAFETY_SHARE, HOUR_WITNESSES
from planner.optimize.engines.presolve_rules import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.starts.patterns import Source

log = logging.getLogger(__name__)

OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_allow_restart": False,
    "presolve_rule_off": LEFT_OUT,
    # good units are at hand, it is the proof that is wanted
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
}
"""Options of HiGHS for programs of some dozens of columns: exact, nothing printed."""


@dataclass(frozen=True, eq=False)
class Found:
    """Proven bound, infinite where nothing serves the period, and the units found, None where there are
    none.
    """

    bound: float
    units: NDArray[np.int64] | None


class HourPrograms:
    """One program a period, kept; only prices and supply change."""

    def __init__(self, structure: Structure, accuracy_usd: float, seconds: float) -> None:
        """Each program takes so many seconds at most."""
        self.structure, self.accuracy_usd = structure, accuracy_usd
        self.options = {**OPTIONS, "mip_abs_gap": accuracy_usd, "time_limit": seconds}
        self.programs: dict[int, Any] = {}
        self.known: dict[int, list[NDArray[np.int64]]] = {}

    def solve(self, period: int, cost: NDArray[np.float64], sources: Sequence[Source]) -> Found:
        """Bound one period at cost[unit] and sources, the same number of them in every call."""
        import highspy

        units = len(cost)
        program = self.programs.get(period)
        if program is None:
            program = self.programs[period] = self._program(highspy, period, sources)
        usd = np.array([source.usd[period] for source in sources])
        most = np.where(np.isfinite(usd), [float(source.nodes) for source in sources], 0.0)
        columns = np.arange(units + len(sources), dtype=np.int32)
        program.changeColsCost(
            len(columns), columns, np.concatenate([cost, np.where(np.isfinite(usd), usd, 0.0)])
        )
        program.changeColsBounds(len(sources), columns[units:], np.zeros(len(sources)), most)
        program.clearSolver()
        program.run()
        status, info = program.getModelStatus(), program.getInfo()
        if status == highspy.HighsModelStatus.kInfeasible:
            proven = self._confirmed(highspy, program) and self._believed(period, cost, sources, np.inf)
            return Found(np.inf if proven else -np.inf, None)
        found = None
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            found = np.rint(np.asarray(program.getSolution().col_value)[:units]).astype(np.int64)
            self._remember(period, found)
        bound = min(float(info.mip_dual_bound), self._again(period, program))
        if not np.isfinite(bound):
            return Found(-np.inf, found)
        prices = float(np.abs(cost).max(initial=0.0)), float(usd[np.isfinite(usd)].max(initial=0.0))
        bound -= HOUR_SAFETY_SHARE * max(abs(bound), *prices)
        return Found(bound if self._believed(period, cost, sources, bound) else -np.inf, found)

    def known_cost(self, period: int, cost: NDArray[np.float64], sources: Sequence[Source]) -> float:
        """Cost of the cheapest known units that these nodes can bear: no bound is above it. Inf without any."""
        usd = np.array([source.usd[period] for source in sources])
        nodes = np.where(np.isfinite(usd), [float(source.nodes) for source in sources], 0.0)
        hardware = np.array([source.hardware for source in sources])
        return min(
            (
                float(cost @ units) + self._cost_of_nodes(units, usd, nodes, hardware)
                for units in self.known.get(period, ())
            ),
            default=np.inf,
        )

    def _cost_of_nodes(
        self,
        units: NDArray[np.int64],
        usd: NDArray[np.float64],
        nodes: NDArray[np.float64],
        hardware: NDArray[np.int64],
    ) -> float:
        """The nodes under units from the cheapest sources, shape [source]; inf where there are too few."""
        total = 0.0
        for place in range(self.structure.hardware):
            mine = np.flatnonzero((hardware == place) & (nodes > 0))
            mine = mine[np.argsort(usd[mine])]
            under = self.structure.unit_hardware == place
            need = float(self.structure.unit_nodes[under] @ units[under])
            before = np.cumsum(nodes[mine]) - nodes[mine]
            taken = np.where(usd[mine] < 0, nodes[mine], np.clip(need - before, 0.0, nodes[mine]))
            if float(nodes[mine].sum()) < need:
                return np.inf
            total += float(usd[mine] @ taken)
        return total

    def _believed(
        self, period: int, cost: NDArray[np.float64], sources: Sequence[Source], bound: float
    ) -> bool:
        """Whether no known units of the period are cheaper than what is claimed to bound them."""
        known = self.known_cost(period, cost, sources)
        if bound > known:
            log.warning(
                "a bound of %g of period %d is not believed: units at %g are known", bound, period, known
            )
        return bound <= known

    def _remember(self, period: int, units: NDArray[np.int64]) -> None:
        """Keep units that serve the period, by arithmetic of our own."""
        known = self.known.setdefault(period, [])
        served = np.bincount(self.structure.unit_role, weights=self.structure.unit_rate * units, minlength=2)
        serves = bool((served[:2] >= self.structure.demand[:2, period]).all())
        if serves and not any(np.array_equal(units, other) for other in known):
            known.append(units)
            del known[:-HOUR_WITNESSES]

    def _confirmed(self, highspy: Any, program: Any) -> bool:
        """Whether the program is infeasible for the search itself too: a presolve alone is not believed."""
        program.clearSolver()
        _run_without_presolve(program)
        return bool(program.getModelStatus() == highspy.HighsModelStatus.kInfeasible)

    def _again(self, period: int, program: Any) -> float:
        """The bound of the search itself; units that it finds are kept."""
        import highspy

        before = program.getSolution()
        program.clearSolver()
        program.setSolution(before)
        _run_without_presolve(program)
        info = program.getInfo()
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            units = np.asarray(program.getSolution().col_value)[: len(self.structure.unit_rate)]
            self._remember(period, np.rint(units).astype(np.int64))
        return float(info.mip_dual_bound)

    def _program(self, highspy: Any, period: int, sources: Sequence[Source]) -> Any:
        structure = self.structure
        program = highspy.Highs()
        for name, value in self.options.items():
            program.setOptionValue(name, value)
        units = len(structure.unit_rate)
        columns = units + len(sources)
        none = np.zeros(0, dtype=np.int32)
        program.addCols(
            columns,
            np.zeros(columns),
            np.zeros(columns),
            np.full(columns, np.inf),
            0,
            none,
            none,
            np.zeros(0),
        )
        program.changeColsIntegrality(
            columns, np.arange(columns, dtype=np.int32), np.full(columns, highspy.HighsVarType.kInteger)
        )
        for role in (0, 1):
            units_of = np.flatnonzero(structure.unit_role == role).astype(np.int32)
            demand = float(structure.demand[role, period])
            scale = min(float(structure.unit_rate[units_of].max(initial=0.0)), demand) or 1.0
            need = demand / scale
            # one unit that does more than is asked does enough: the row holds for the same whole numbers
            rate = (
                np.minimum(structure.unit_rate[units_of] / scale, need)
                if need > 0
                else np.zeros(len(units_of))
            )
            program.addRow(need, np.inf, len(units_of), units_of, rate)
        for hardware in range(structure.hardware):
            mine = np.flatnonzero(structure.unit_hardware == hardware)
            supply = units + np.flatnonzero([source.hardware == hardware for source in sources])
            entries = np.concatenate([structure.unit_nodes[mine].astype(np.float64), -np.ones(len(supply))])
            at = np.concatenate([mine, supply]).astype(np.int32)
            program.addRow(-np.inf, 0.0, len(at), at, entries)
        return program


def _run_without_presolve(program: Any) -> None:
    """Solve what stands in a program, nothing rewritten."""
    program.setOptionValue("presolve", "off")
    program.run()
    program.setOptionValue("presolve", "choose")
