"""Solve one program, in processes that live for this one solve."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from planner.optimize.engines.confirm import confirmed
from planner.optimize.engines.contest import Contest
from planner.optimize.engines.process import EngineProcess
from planner.optimize.engines.protocol import Claim, EngineOptions
from planner.optimize.engines.registry import is_exact, proofs_of, prover, racers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.core.solution import Solution
    from planner.optimize.engines.program import LinearProgram
    from planner.optimize.engines.protocol import CancelToken, Event, OutsideBound

RACE = "race"
"""What stands for all the engines that race, in place of an engine's name."""


def solve(
    program: LinearProgram,
    engine: str = RACE,
    options: EngineOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    outside: OutsideBound | None = None,
) -> Solution:
    """Solve `program` with one engine, or with those that race (`engine="race"`).

    A race shares plans and takes the best of all bounds; it ends when together they reach the gap. A program
    without integers goes to the prover alone, which also gives duals. What an engine alone leaves open, because
    it may loosen rows, the prover closes in the time that is left. Ctrl-C, `cancel`, a limit or a crash end the
    solve with the best plan so far and say so in `Solution.limit`. `on_event` is called in this thread. Bounds from
    `outside` count like those of an engine that proves.

    Raises SolverUnavailable (no such engine, not installed, or it does not take this program), EngineCrashed
    (it died without a plan), PlannerError (the cost has no lower limit).
    """
    options = options or EngineOptions()
    with contextlib.ExitStack() as stack:
        start = partial(_started, stack)
        chosen = contestants(program, engine, options.threads)
        processes = {start(name): threads for name, threads in chosen.items()}
        witness = partial(start, prover()) if wants_witness(program, chosen) else None
        solution = Contest(program, options, processes, on_event, cancel, witness, outside).run()
        return confirmed(program, solution, options, partial(_again, program, start, processes, cancel))


def confirmed_alone(program: LinearProgram, solution: Solution, options: EngineOptions) -> Solution:
    """What somebody claims of a program, after a second solution as `confirmed` has it, in a process of its own."""
    with contextlib.ExitStack() as stack:
        return confirmed(
            program, solution, options, partial(_again, program, partial(_started, stack), (), None)
        )


def _started(stack: contextlib.ExitStack, engine: str) -> EngineProcess:
    """A process of an engine, which ends with the stack."""
    process = EngineProcess(engine)
    stack.callback(process.end)
    return process


def _again(
    program: LinearProgram,
    start: Callable[[str], EngineProcess],
    processes: Iterable[EngineProcess],
    cancel: CancelToken | None,
    options: EngineOptions,
) -> Solution:
    """What the prover makes of the program: in its process where one is left, else in one that is started."""
    idle = [process for process in processes if process.engine == prover() and process.alive]
    process = idle[0] if idle else start(prover())
    return Contest(program, options, {process: options.threads}, cancel=cancel).run()


def wants_witness(program: LinearProgram, chosen: Iterable[str]) -> bool:
    """Whether none of the engines keeps rows as they are given: the prover then closes what they leave open."""
    return bool(program.integer.any()) and not any(is_exact(name) for name in chosen)


def contestants(program: LinearProgram, engine: str, threads: int) -> dict[str, int]:
    """The engines that `engine` stands for on this program, and the threads each works on.

    An engine whose word is no proof gets the prover beside it, on one thread, to prove what it finds.
    """
    if engine != RACE:
        alone = Claim.OPTIMAL in proofs_of(engine)
        return {engine: threads} if alone else {engine: threads, prover(): 1}
    return racers(threads) if program.integer.any() else {prover(): threads}
