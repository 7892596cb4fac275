"""Solve one program, in processes that live for this one solve."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from planner.engines.contest import Contest
from planner.engines.process import EngineProcess
from planner.engines.protocol import EngineOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.engines.program import LinearProgram
    from planner.engines.protocol import CancelToken, Event
    from planner.solution import Solution

RACE = "race"
_RIVALS = ("cpsat", "highs")
_LP_ENGINE = "highs"


def solve(
    program: LinearProgram,
    engine: str = RACE,
    options: EngineOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
) -> Solution:
    """Solve `program` with one engine, or with two that race (`engine="race"`).

    A race shares plans and takes the best of both bounds; it ends when together they reach the gap. A program
    without integers goes to HiGHS alone, which also gives duals. Ctrl-C, `cancel`, a limit or a crash end the
    solve with the best plan so far and say so in `Solution.limit`. `on_event` is called in this thread.

    Raises SolverUnavailable (no such engine, not installed, or it does not take this program), EngineCrashed
    (it died without a plan), PlannerError (the cost has no lower limit).
    """
    options = options or EngineOptions()
    names = contestants(program, engine)
    shared = options.with_threads(max(1, options.threads // len(names)))
    with contextlib.ExitStack() as stack:
        processes = []
        for name in names:
            processes.append(EngineProcess(name))
            stack.callback(processes[-1].end)
        return Contest(program, shared, processes, on_event, cancel).run()


def contestants(program: LinearProgram, engine: str) -> tuple[str, ...]:
    """The engines that `engine` stands for on this program."""
    if engine != RACE:
        return (engine,)
    return _RIVALS if program.integer.any() else (_LP_ENGINE,)
