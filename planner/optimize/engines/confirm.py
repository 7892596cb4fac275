"""What an engine claims of a small program is solved once more: without presolve, by the engine that proves.

Engines rewrite a program before they search it, and that is where false optima came from (`presolve_rules.py`). A
program of at most SMALL_CELLS cells is soon solved without. The second run begins with the plan of the first; what it
finds and proves passes the same judge. Where it finds a plan that the first claim rules out, the claim counts for
nothing: its plan and its bound stand, and the remark says so. What it does not decide in its time stays as it was.
So is a program on which an engine ended by itself short of the gap that was asked for: each stops within tolerances of
its own, and the better bound of both counts.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.solution import PRECISION, Status
from planner.optimize.engines.judge import Judge
from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.core.solution import Solution
    from planner.optimize.engines.program import LinearProgram
    from planner.optimize.engines.protocol import EngineOptions

SMALL_CELLS = 250_000
"""Rows times columns of a program that is solved twice, such as 500 x 500."""
LEAST_CHECK_S = 2.0
"""What the second run may take, however soon the first was over; else as long as that, within the limit of both."""

_CLAIMS = {Status.OPTIMAL: Claim.OPTIMAL, Status.INFEASIBLE: Claim.INFEASIBLE}
_WORD = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE})


def confirmed(
    program: LinearProgram,
    solution: Solution,
    options: EngineOptions,
    again: Callable[[EngineOptions], Solution],
) -> Solution:
    """The solution after a second one without presolve, where it is asked for and the program is small.

    `again` solves the program by the prover with the options that it is given.
    """
    small = bool(program.integer.any()) and program.row_count * program.column_count <= SMALL_CELLS
    ended = solution.status in _CLAIMS or solution.limit == PRECISION
    if not (options.confirm and small and ended):
        return solution
    limit_s = max(LEAST_CHECK_S, solution.seconds)
    if options.time_limit_s is not None:
        limit_s = min(limit_s, options.time_limit_s - solution.seconds)
    if limit_s <= 0.0:
        return solution
    began = time.monotonic()
    second = again(
        replace(options, time_limit_s=limit_s, hint=solution.values, presolve=False, confirm=False)
    )
    return _judged(program, solution, second, options.relative_gap, time.monotonic() - began)


def _judged(
    program: LinearProgram, first: Solution, second: Solution, asked_gap: float, seconds: float
) -> Solution:
    """Both before one judge."""
    names = first.engine, f"{second.engine} without presolve"
    judge = Judge(program, asked_gap, dict.fromkeys(names, _WORD))
    for solution, name in zip((first, second), names, strict=True):
        claim = _CLAIMS.get(solution.status, Claim.NOTHING)
        bound = solution.bound if claim is not Claim.INFEASIBLE else math.inf
        judge.receive(Outcome(claim=claim, bound=bound, values=solution.values), name)
    if not judge.remarks and first.status in _CLAIMS:
        return first
    status = judge.status
    return replace(
        first,
        status=status,
        values=judge.values,
        cost=judge.cost,
        bound=judge.bound,
        limit=None if status in _CLAIMS else PRECISION,
        seconds=first.seconds + seconds,
        remarks=(*first.remarks, *judge.remarks),
    )
