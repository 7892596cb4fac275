"""CP-SAT on a whole-number relaxation: its bounds hold for the program, its plans are checked in the host."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.engines.integral.ranges import upper_bounds
from planner.optimize.engines.integral.scale import to_whole
from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.integral.scale import WholeProgram
    from planner.optimize.engines.protocol import EngineOptions
    from planner.optimize.engines.raw import RawProgram

DISTRIBUTION = "ortools"
PROOFS = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE})
EXACT = False

_INFINITE = 2**62


def race_threads(threads: int) -> int:
    """All but one, two at least: with one it loses the neighbourhood searches that find its plans."""
    return max(2, threads - 1)


def version() -> str:
    """Version of OR-Tools; loads CP-SAT's core, not its modelling layer (which brings pandas)."""
    import ortools
    from ortools.sat.python import cp_model_helper  # noqa: F401 (loaded to see that it can be)

    return str(ortools.__version__)


def refusal(program: RawProgram) -> str | None:
    """CP-SAT takes programs with integers."""
    return None if program.integer.any() else "CP-SAT is for programs with integers"


def run(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Solve; see `Backend.run`. Raises SolverUnavailable when no whole-number form can be made."""
    from ortools.sat.python import cp_model_helper as helper

    upper, escape = upper_bounds(program)
    whole = to_whole(program, upper)
    if (whole.rows.lower > whole.rows.upper).any():
        return _infeasible(escape)  # no whole number lies between the sides of a row
    model = _model(helper, whole)
    _give_hint(model, whole, options)
    wrapper = helper.SolveWrapper()
    wrapper.set_parameters(_parameters(helper, options, channel))
    listener = _listener(helper, whole, escape, channel)  # must outlive the solve
    wrapper.add_solution_callback(listener)
    proven = [-math.inf]  # what the search said on its way: a status without a plan carries a bound of 0

    def raise_bound(bound: float) -> None:
        proven.append(max(proven.pop(), min(bound, escape)))
        channel.report(proven[0])

    wrapper.add_best_bound_callback(raise_bound)
    channel.on_interrupt(wrapper.stop_search)
    response: Any = wrapper.solve(model)  # type: ignore[no-untyped-call]
    wrapper.clear_solution_callback(listener)
    return _outcome(helper, response, whole, escape, proven[0], channel)


def _model(helper: Any, whole: WholeProgram) -> Any:
    model = helper.CpModelProto()
    for most in whole.levels.tolist():
        model.variables.add().domain.extend([0, most])
    rows = whole.rows
    starts, columns, coefficients = rows.starts.tolist(), rows.columns.tolist(), rows.coefficients.tolist()
    lowers, uppers = rows.lower.tolist(), rows.upper.tolist()
    for row, (lower, upper) in enumerate(zip(lowers, uppers, strict=True)):
        linear = model.constraints.add().linear
        linear.vars.extend(columns[starts[row] : starts[row + 1]])
        linear.coeffs.extend(coefficients[starts[row] : starts[row + 1]])
        linear.domain.extend([_whole_side(lower), _whole_side(upper)])
    used = np.flatnonzero(whole.objective)
    model.objective.vars.extend(used.tolist())
    model.objective.coeffs.extend(whole.objective[used].tolist())
    model.objective.offset = whole.offset
    model.objective.scaling_factor = 1.0 / whole.scale
    return model


def _whole_side(side: float) -> int:
    return int(side) if math.isfinite(side) else int(math.copysign(_INFINITE, side))


def _give_hint(model: Any, whole: WholeProgram, options: EngineOptions) -> None:
    if options.hint is None:
        return
    hint = options.hint
    known = np.flatnonzero(~np.isnan(hint))
    point = whole.point(np.nan_to_num(hint))
    model.solution_hint.vars.extend(known.tolist())
    model.solution_hint.values.extend(point[known].tolist())


def _parameters(helper: Any, options: EngineOptions, channel: HostChannel) -> Any:
    parameters = helper.SatParameters()
    parameters.num_workers = options.threads
    parameters.random_seed = options.seed
    parameters.relative_gap_limit = options.relative_gap
    parameters.absolute_gap_limit = 0.0
    if math.isfinite(channel.seconds_left):
        parameters.max_time_in_seconds = channel.seconds_left
    return parameters


def _listener(helper: Any, whole: WholeProgram, escape: float, channel: HostChannel) -> Any:
    class Listener(helper.SolutionCallback):  # type: ignore[misc]
        def OnSolutionCallback(self) -> None:
            channel.report(min(self.BestObjectiveBound(), escape), _plan(self.Response(), whole))

    return Listener()


def _infeasible(escape: float) -> Outcome:
    """Nothing keeps the rows within the ranges searched."""
    return Outcome(claim=Claim.INFEASIBLE if escape == math.inf else Claim.NOTHING, bound=escape)


def _plan(response: Any, whole: WholeProgram) -> NDArray[np.float64]:
    return whole.plan(np.array(list(response.solution), dtype=np.int64))


def _outcome(
    helper: Any, response: Any, whole: WholeProgram, escape: float, bound: float, channel: HostChannel
) -> Outcome:
    """`escape` is the least cost of plans beyond the ranges searched: no claim reaches further.

    `bound` is the best that the search said on its way; that of the response counts beside a plan only.
    """
    states = helper.CpSolverStatus
    if response.status == states.INFEASIBLE:
        return _infeasible(escape)
    if response.status == states.MODEL_INVALID:
        raise RuntimeError("CP-SAT does not accept the whole-number form of the program")
    optimal = response.status == states.OPTIMAL
    found = optimal or response.status == states.FEASIBLE
    stopped = "interrupt" if channel.interrupted else "time"
    return Outcome(
        claim=Claim.OPTIMAL if optimal else Claim.NOTHING,
        bound=max(bound, min(response.best_objective_bound, escape)) if found else bound,
        values=_plan(response, whole) if found else None,
        limit=None if optimal else stopped,
    )
