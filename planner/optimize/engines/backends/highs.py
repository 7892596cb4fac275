"""HiGHS through highspy: streams incumbents and bounds, takes plans from elsewhere, gives LP duals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.engines.presolve_rules import LEFT_OUT
from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.protocol import EngineOptions
    from planner.optimize.engines.raw import RawProgram

DISTRIBUTION = "highspy"
PROOFS = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE, Claim.UNBOUNDED})
EXACT = True
PROVER = True


def race_threads(threads: int) -> int:
    """One: its search uses little more."""
    return 1


def version() -> str:
    """Version of the HiGHS that highspy carries."""
    import highspy

    return str(highspy.Highs().version())


def refusal(program: RawProgram) -> str | None:
    """HiGHS takes every program."""
    return None


def run(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Solve; see `Backend.run`."""
    import highspy

    solver = _solver(program, options, channel.seconds_left, channel)
    if program.integer.any():
        _give_hint(solver, program, options, channel)
        _listen(solver, channel)
        solver.setOptionValue("time_limit", channel.seconds_left)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        return _infeasible_or_unbounded(program, options, channel)
    return _outcome(solver, program)


def _infeasible_or_unbounded(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Presolve saw that the program is infeasible or unbounded; without costs only the first is left.

    Nobody listens to this run: its bounds are those of another program.
    """
    feasibility = replace(program, objective=np.zeros(program.column_count), offset=0.0)
    solver = _solver(feasibility, options, channel.seconds_left, channel)
    solver.run()
    outcome = _outcome(solver, feasibility)
    if outcome.claim is Claim.OPTIMAL:
        return Outcome(claim=Claim.UNBOUNDED)
    return outcome if outcome.claim is Claim.INFEASIBLE else Outcome(limit=outcome.limit)


def _solver(program: RawProgram, options: EngineOptions, seconds: float, channel: HostChannel) -> Any:
    import highspy

    solver = highspy.Highs()
    # the thread pool belongs to the process; a running process may be asked for another number of threads
    solver.resetGlobalScheduler(True)
    for name, value in (
        ("output_flag", False),
        ("threads", options.threads),
        ("random_seed", options.seed),
        ("mip_rel_gap", options.relative_gap),
        ("mip_abs_gap", 0.0),
        ("small_matrix_value", 1e-12),
        ("presolve_rule_off", LEFT_OUT),
        ("presolve", "choose" if options.presolve else "off"),
        ("time_limit", seconds),
    ):
        solver.setOptionValue(name, value)
    _pass(solver, program)
    for event in (solver.cbSimplexInterrupt, solver.cbIpmInterrupt, solver.cbMipInterrupt):
        event.subscribe(lambda event: event.interrupt(channel.interrupted))
    return solver


def _pass(solver: Any, program: RawProgram) -> None:
    import highspy

    status = solver.passModel(
        program.column_count,
        program.row_count,
        len(program.columns),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        program.offset,
        program.objective,
        program.lower,
        program.upper,
        program.row_lower,
        program.row_upper,
        program.starts,
        program.columns,
        program.coefficients,
        program.integer.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
        raise ValueError("HiGHS does not accept the program")


def _listen(solver: Any, channel: HostChannel) -> None:
    solver.cbMipImprovingSolution.subscribe(
        lambda event: channel.report(
            _bound(event.data_out.mip_dual_bound), np.array(event.data_out.mip_solution)
        )
    )
    solver.cbMipLogging.subscribe(lambda event: channel.report(_bound(event.data_out.mip_dual_bound)))

    def offer(event: Any) -> None:
        hint = channel.take_hint()
        if hint is not None:
            event.data_in.setSolution(hint)

    solver.cbMipUserSolution.subscribe(offer)


def _give_hint(solver: Any, program: RawProgram, options: EngineOptions, channel: HostChannel) -> None:
    if options.hint is None:
        return
    hint = np.where(program.integer, np.round(options.hint), options.hint)
    if np.isnan(hint).any():
        completed = _completed(program, hint, options, channel)
        if completed is None:
            return
        hint = completed
    solver.setSolution(len(hint), np.arange(len(hint), dtype=np.int32), hint)


def _completed(
    program: RawProgram, hint: NDArray[np.float64], options: EngineOptions, channel: HostChannel
) -> NDArray[np.float64] | None:
    """A plan with the known values of `hint`, None when none is found in a tenth of the time left.

    HiGHS would do this itself, but then the callbacks report the bound of the program with those values held as
    if it were the bound of the whole: a false proof.
    """
    known = ~np.isnan(hint)
    held = replace(
        program,
        lower=np.where(known, np.clip(hint, program.lower, program.upper), program.lower),
        upper=np.where(known, np.clip(hint, program.lower, program.upper), program.upper),
    )
    solver = _solver(held, options, min(10.0, 0.1 * channel.seconds_left), channel)
    solver.run()
    return _outcome(solver, held).values


def _bound(value: float) -> float:
    """HiGHS says +-1e200 or inf where it has no bound; -inf says it plainly. +inf is left to the outcome."""
    return value if abs(value) < 1e100 else -math.inf


def _outcome(solver: Any, program: RawProgram) -> Outcome:
    import highspy

    states = highspy.HighsModelStatus
    state, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    if state == states.kInfeasible:
        return Outcome(claim=Claim.INFEASIBLE, bound=math.inf)
    if state in (states.kUnbounded, states.kUnboundedOrInfeasible):
        return Outcome(claim=Claim.UNBOUNDED if state == states.kUnbounded else Claim.NOTHING)
    optimal = state == states.kOptimal
    feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    mixed = bool(program.integer.any())
    if not optimal and state not in (states.kTimeLimit, states.kInterrupt):
        raise RuntimeError(f"HiGHS ended with {solver.modelStatusToString(state)}")
    return Outcome(
        claim=Claim.OPTIMAL if optimal else Claim.NOTHING,
        bound=_bound(
            info.mip_dual_bound if mixed else info.objective_function_value if optimal else -math.inf
        ),
        values=np.array(solution.col_value) if feasible else None,
        limit={states.kTimeLimit: "time", states.kInterrupt: "interrupt"}.get(state),
        row_duals=np.array(solution.row_dual) if optimal and not mixed else None,
        reduced_costs=np.array(solution.col_dual) if optimal and not mixed else None,
    )
