"""Next best: what the plan would cost without a kind of hardware, a channel or a unit that it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.engines import EngineOptions
from planner.explanation.case import EXACT
from planner.explanation.records import NextBest
from planner.solution import Status

if TYPE_CHECKING:
    from planner.engines import EnginePool, LinearProgram
    from planner.explanation.case import Case
    from planner.solution import Solution


def next_best_of(case: Case, pool: EnginePool, time_limit_s: float, seed: int = 1) -> tuple[NextBest, ...]:
    """One record for each thing the plan uses; whole-number re-solves share `time_limit_s` evenly."""
    bans = _bans(case)
    programs = {name: _without(case, columns) for name, columns in bans.items()}
    relaxed = {name: pool.submit(program.relaxed(), "highs", EXACT) for name, program in programs.items()}
    share = max(1.0, time_limit_s * pool.workers / max(1, len(bans)))
    options = EngineOptions(time_limit_s=share, relative_gap=1e-3, threads=1, seed=seed)
    whole = {
        name: pool.submit(program, "highs", options)
        for name, program in programs.items()
        if relaxed[name].result().values is not None
    }
    records = [
        _record(case, name, relaxed[name].result(), whole[name].result() if name in whole else None)
        for name in bans
    ]
    return tuple(sorted(records, key=lambda record: (record.possible is not False, -(record.relaxed or 0.0))))


def _bans(case: Case) -> dict[str, list[str]]:
    """Columns to hold at zero for each thing the plan uses."""
    sets = case.sets
    bans: dict[str, list[str]] = {}
    for hardware in np.flatnonzero(case.used_nodes.any(axis=1)).tolist():
        units = np.flatnonzero(sets.hardware_of == hardware).tolist()
        bans[f"hardware {sets.hardware[hardware]}"] = [
            f"on_{unit}_{period}" for unit in units for period in range(sets.periods)
        ]
    for place in np.flatnonzero(case.held_nodes.any(axis=1)).tolist():
        channel = sets.channels[place]
        if channel.minimum_nodes == 0:
            offers = range(channel.offers.start, channel.offers.stop)
            bans[f"channel {channel.label(sets)}"] = [f"acquire_{offer}" for offer in offers]
    for unit in np.flatnonzero(case.values.on.any(axis=1)).tolist():
        bans[f"unit {sets.units[unit].name}"] = [f"on_{unit}_{period}" for period in range(sets.periods)]
    return bans


def _without(case: Case, columns: list[str]) -> LinearProgram:
    upper = case.program.upper.copy()
    upper[[case.column[name] for name in columns]] = 0.0
    return case.program.with_bounds(upper=upper)


def _record(case: Case, name: str, relaxed: Solution, whole: Solution | None) -> NextBest:
    """Differences that hold for certain: the plan's own cost and bound stand on the safe sides."""
    if whole is None or whole.status is Status.INFEASIBLE:
        extra = case.over_relaxed(relaxed) if relaxed.values is not None else None
        return NextBest(name, False, extra, None, None)
    bound = max(whole.bound, relaxed.cost)
    found = whole.values is not None
    return NextBest(
        without=name,
        possible=True if found else None,
        relaxed=case.over_relaxed(relaxed),
        at_least=max(0.0, bound - case.plan.cost),
        at_most=max(0.0, whole.cost - case.plan.bound) if found else None,
    )
