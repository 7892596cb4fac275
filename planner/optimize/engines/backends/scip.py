"""SCIP through OR-Tools' MathOpt, by its protocol buffers: streams incumbents, can be interrupted."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.protocol import EngineOptions
    from planner.optimize.engines.raw import RawProgram

DISTRIBUTION = "ortools"
PROOFS = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE, Claim.UNBOUNDED})
EXACT = True


def version() -> str:
    """Version of OR-Tools, which carries SCIP; loads the solver."""
    import ortools
    from ortools.math_opt.core.python import solver  # noqa: F401 (loaded to see that it can be)

    return str(ortools.__version__)


def refusal(program: RawProgram) -> str | None:
    """SCIP takes every program."""
    return None


def run(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Solve; see `Backend.run`. SCIP here works on one thread, whatever `options.threads` says."""
    from ortools.math_opt import callback_pb2, parameters_pb2, result_pb2
    from ortools.math_opt.core.python import solver
    from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

    interrupter = PySolveInterrupter()
    channel.on_interrupt(interrupter.interrupt)

    def listen(data: Any) -> Any:
        channel.report(values=_dense(data.primal_solution_vector, program.column_count))
        return callback_pb2.CallbackResultProto()

    events = [callback_pb2.CALLBACK_EVENT_MIP_SOLUTION] if program.integer.any() else []
    result = solver.solve(
        _model(program),
        parameters_pb2.SOLVER_TYPE_GSCIP,
        parameters_pb2.SolverInitializerProto(),
        _parameters(options, channel),
        _hint(options),
        None,
        callback_pb2.CallbackRegistrationProto(request_registration=events),
        listen if events else None,
        interrupter,
    )
    outcome = _outcome(result, program.column_count)
    if result.termination.reason == result_pb2.TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED:
        return _infeasible_or_unbounded(program, options, channel)
    return outcome


def _infeasible_or_unbounded(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """SCIP saw that the program is infeasible or unbounded; without costs only the first is left."""
    if not program.objective.any():
        return Outcome(claim=Claim.INFEASIBLE, bound=math.inf)
    feasibility = replace(program, objective=np.zeros(program.column_count))
    outcome = run(feasibility, replace(options, hint=None), channel)
    if outcome.claim is Claim.OPTIMAL:
        return Outcome(claim=Claim.UNBOUNDED)
    return outcome if outcome.claim is Claim.INFEASIBLE else Outcome(limit=outcome.limit)


def _model(program: RawProgram) -> Any:
    from ortools.math_opt import model_pb2

    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(program.column_count))
    model.variables.lower_bounds.extend(program.lower.tolist())
    model.variables.upper_bounds.extend(program.upper.tolist())
    model.variables.integers.extend(program.integer.tolist())
    used = np.flatnonzero(program.objective)
    model.objective.offset = program.offset
    model.objective.linear_coefficients.ids.extend(used.tolist())
    model.objective.linear_coefficients.values.extend(program.objective[used].tolist())
    model.linear_constraints.ids.extend(range(program.row_count))
    model.linear_constraints.lower_bounds.extend(program.row_lower.tolist())
    model.linear_constraints.upper_bounds.extend(program.row_upper.tolist())
    model.linear_constraint_matrix.row_ids.extend(program.rows.tolist())
    model.linear_constraint_matrix.column_ids.extend(program.columns.tolist())
    model.linear_constraint_matrix.coefficients.extend(program.coefficients.tolist())
    return model


def _parameters(options: EngineOptions, channel: HostChannel) -> Any:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto(
        random_seed=options.seed, relative_gap_tolerance=options.relative_gap
    )
    if math.isfinite(channel.seconds_left):
        parameters.time_limit.FromMicroseconds(int(channel.seconds_left * 1e6))
    return parameters


def _hint(options: EngineOptions) -> Any:
    from ortools.math_opt import model_parameters_pb2

    parameters = model_parameters_pb2.ModelSolveParametersProto()
    if options.hint is not None:
        known = np.flatnonzero(~np.isnan(options.hint))
        hint = parameters.solution_hints.add()
        hint.variable_values.ids.extend(known.tolist())
        hint.variable_values.values.extend(options.hint[known].tolist())
    return parameters


def _dense(vector: Any, count: int) -> NDArray[np.float64]:
    values = np.zeros(count)
    values[np.array(vector.ids, dtype=np.int64)] = np.array(vector.values, dtype=np.float64)
    return values


def _outcome(result: Any, count: int) -> Outcome:
    from ortools.math_opt import result_pb2, solution_pb2

    end = result.termination
    claims = {
        result_pb2.TERMINATION_REASON_OPTIMAL: Claim.OPTIMAL,
        result_pb2.TERMINATION_REASON_INFEASIBLE: Claim.INFEASIBLE,
        result_pb2.TERMINATION_REASON_UNBOUNDED: Claim.UNBOUNDED,
    }
    limits = {
        result_pb2.LIMIT_TIME: "time",
        result_pb2.LIMIT_MEMORY: "memory",
        result_pb2.LIMIT_INTERRUPTED: "interrupt",
    }
    if end.reason in (
        result_pb2.TERMINATION_REASON_NUMERICAL_ERROR,
        result_pb2.TERMINATION_REASON_OTHER_ERROR,
    ):
        raise RuntimeError(f"SCIP ended with {end.detail or end.reason}")
    # words that a later version may add say nothing about the bound beside them
    bounded = end.reason in (
        result_pb2.TERMINATION_REASON_OPTIMAL,
        result_pb2.TERMINATION_REASON_FEASIBLE,
        result_pb2.TERMINATION_REASON_NO_SOLUTION_FOUND,
    )
    feasible = [
        solution.primal_solution.variable_values
        for solution in result.solutions
        if solution.primal_solution.feasibility_status == solution_pb2.SOLUTION_STATUS_FEASIBLE
    ]
    return Outcome(
        claim=claims.get(end.reason, Claim.NOTHING),
        bound=end.objective_bounds.dual_bound if bounded else -math.inf,
        values=_dense(feasible[0], count) if feasible else None,
        limit=limits.get(end.limit),
    )
