"""Questions with families that the hourly relaxation leaves out: its bound, the whole model's plan.

Leaving constraints out keeps a bound valid, but a plan must respect them all. So an engine solves the
program, hinted at by the decomposition's plan, and the better of the two bounds counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.model import build
from planner.model.decode import values_of
from planner.model.encode import columns_of
from planner.optimize.decomposition.tolerances import ANY_GAP, ROW_TOLERANCE
from planner.optimize.engines import CancelToken, EngineOptions, confirmed_alone, program_of, solve
from planner.optimize.engines.sizes import violation

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.core.solution import Solution
    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import Event


def cells_of(sets: Sets) -> int:
    """Whole unit counts of a question: its size."""
    return int(np.count_nonzero(sets.on_limit))


class WholeModel:
    """The program of a question, its judge of plans, and an engine's run on it."""

    def __init__(self, sets: Sets) -> None:
        self.sets = sets
        self.program = program_of(build(sets))

    def accepts(self, values: Values) -> bool:
        """Whether a plan respects every family."""
        return violation(self.program, columns_of(self.program.index, values)) <= ROW_TOLERANCE

    def first_plan(self, seconds: float) -> Values | None:
        """Any plan at all, found in this process: no engine has to be started for it. None where none comes in time."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        program = self.program
        found = milp(
            program.objective,
            integrality=program.integer.astype(np.int64),
            bounds=Bounds(program.lower, program.upper),
            constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
            options={"time_limit": seconds, "mip_rel_gap": ANY_GAP},
        )
        if found.x is None:
            return None
        point = np.where(program.integer, np.round(found.x), found.x)
        values = values_of(self.sets, program.index, point)
        return values if self.accepts(values) else None

    def confirmed(
        self, values: Values, claim: Solution, options: EngineOptions
    ) -> tuple[Solution, Values | None]:
        """What an engine claims beside a plan, solved once more where that is soon done; a cheaper plan if any."""
        vector = columns_of(self.program.index, values)
        claim = replace(claim, values=vector, engine="the engine beside the decomposition")
        second = confirmed_alone(self.program, claim, options)
        if second.values is None or not second.cost < claim.cost:
            return second, None
        return second, values_of(self.sets, self.program.index, second.values)

    def run(
        self,
        hint: Values | None,
        options: EngineOptions,
        engine: str,
        on_event: Callable[[Event], bool],
        token: CancelToken | None = None,
    ) -> tuple[Solution, Values | None]:
        """Solve with an engine from a hint; `on_event` takes every event and says whether to stop, a `token` of
        the caller's stops it between events too.
        """
        token = token or CancelToken()

        def listen(event: Event) -> None:
            if on_event(event):
                token.cancel()

        vector = None if hint is None else columns_of(self.program.index, hint)
        whole = EngineOptions(
            time_limit_s=options.time_limit_s,
            relative_gap=options.relative_gap,
            threads=options.threads,
            seed=options.seed,
            hint=vector,
            memory_limit_mb=options.memory_limit_mb,
        )
        solution = solve(self.program, engine, whole, listen, token)
        if solution.values is None:
            return solution, None
        return solution, values_of(self.sets, self.program.index, solution.values)
