"""Next best: what the plan would cost without a kind of hardware, a channel or a unit that it uses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions
from planner.study.explanation.case import EXACT
from planner.study.explanation.records import NextBest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.optimize.engines import EnginePool, LinearProgram
    from planner.study.explanation.case import ExplainedPlan

MOST_WHOLE = 6


def next_best_of(
    case: ExplainedPlan, engines: EnginePool, time_limit_s: float, seed: int = 1
) -> tuple[NextBest, ...]:
    """One record for each thing the plan uses.

    The `MOST_WHOLE` whose loss costs most when everything is divisible are solved again in whole numbers and
    share `time_limit_s` evenly; what they find may serve for the others too.
    """
    programs = {name: _without(case, columns) for name, columns in _bans(case).items()}
    queued = {name: engines.submit(program.relaxed(), options=EXACT) for name, program in programs.items()}
    relaxed = {name: future.result() for name, future in queued.items()}
    possible = [name for name, answer in relaxed.items() if answer.values is not None]
    chosen = sorted(possible, key=lambda name: -relaxed[name].cost)[:MOST_WHOLE]
    share = max(1.0, time_limit_s * engines.workers / max(1, len(chosen)))
    options = EngineOptions(time_limit_s=share, relative_gap=1e-3, threads=1, seed=seed)
    running = {name: engines.submit(programs[name], options=options) for name in chosen}
    whole = {name: future.result() for name, future in running.items()}
    plans = [answer.values for answer in whole.values() if answer.values is not None]
    records = [
        _record(case, name, relaxed[name], whole.get(name), _cheapest(program, plans))
        for name, program in programs.items()
    ]
    return tuple(sorted(records, key=lambda record: (record.possible is not False, -(record.relaxed or 0.0))))


def _bans(case: ExplainedPlan) -> dict[str, NDArray[np.int64]]:
    """Columns to hold at zero for each thing the plan uses."""
    sets, on, acquire = case.sets, case.on_columns, case.acquire_columns
    bans: dict[str, NDArray[np.int64]] = {}
    for hardware in np.flatnonzero(case.used_nodes.any(axis=1)).tolist():
        bans[f"hardware {sets.hardware[hardware]}"] = on[sets.hardware_of == hardware].ravel()
    for place in np.flatnonzero(case.held_nodes.any(axis=1)).tolist():
        channel = sets.channels[place]
        if channel.minimum_nodes == 0:
            bans[f"channel {channel.label(sets)}"] = acquire[channel.offers]
    for unit in np.flatnonzero(case.values.on.any(axis=1)).tolist():
        bans[f"unit {sets.units[unit].name}"] = on[unit]
    return bans


def _without(case: ExplainedPlan, columns: NDArray[np.int64]) -> LinearProgram:
    upper = case.program.upper.copy()
    upper[columns] = 0.0
    return case.program.with_bounds(upper=upper)


def _cheapest(program: LinearProgram, plans: list[NDArray[np.float64]]) -> float:
    """Cost of the cheapest plan that keeps the program's bounds: what one ban finds may serve another."""
    return min(
        (program.cost(plan) for plan in plans if (plan <= program.upper + 1e-6).all()), default=math.inf
    )


def _record(
    case: ExplainedPlan, name: str, relaxed: Solution, whole: Solution | None, found: float
) -> NextBest:
    """Differences that hold for certain: the plan's own cost and bound are taken on the safe sides.

    Where only plans near this one are admitted there is no lower one, and none is known to be impossible.
    """
    impossible = None if case.nearby else False
    if relaxed.values is None:
        return NextBest(name, impossible, None, None, None)
    extra = case.over_relaxed(relaxed)
    if whole is not None and whole.status is Status.INFEASIBLE:
        return NextBest(name, impossible, extra, None, None)
    known = math.isfinite(found)
    bound = relaxed.cost if whole is None else max(whole.bound, relaxed.cost)
    return NextBest(
        without=name,
        possible=True if known else None,
        relaxed=extra,
        at_least=None if case.nearby else max(0.0, bound - case.plan.cost),
        at_most=max(0.0, found - case.plan.bound) if known else None,
    )
