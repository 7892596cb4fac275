"""Every decision: name, axes, domain, unit.

    acquire[offer]            integer   increments of nodes taken of an offer
    on[unit, period]          integer   units switched on, those starting included
    start[unit, period]       integer   units switched on at the beginning of the period
    busy[unit, work, period]  >= 0      units' worth of time spent on a work, for units that share their time;
                                        tokens served = rate * busy
    shed[workload, period]    0..1      share of the requests left unserved, every phase of them
    use[channel, period]      >= 0      nodes of a channel in use, where that costs extra or counts at a site

Those of vendors, lending, spend commitments and limits: `planner.model.market_variables`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pulp

from planner.model.market_variables import market_variables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.model.grid import Grid
    from planner.model.sets import Sets

Term = tuple[pulp.LpVariable, float]


def affine(terms: Iterable[Term]) -> pulp.LpAffineExpression:
    """Sum of coefficient times variable; a variable may come up more than once."""
    total: dict[pulp.LpVariable, float] = {}
    for variable, coefficient in terms:
        total[variable] = total.get(variable, 0.0) + coefficient
    return pulp.LpAffineExpression(total)


@dataclass
class Variables:
    """PuLP variables by name and position; `start` is empty where starts do not matter."""

    acquire: list[pulp.LpVariable]
    on: list[list[pulp.LpVariable]]
    start: list[list[pulp.LpVariable]]
    busy: dict[tuple[int, int, int], pulp.LpVariable]
    shed: dict[tuple[int, int], pulp.LpVariable]
    use: dict[tuple[int, int], pulp.LpVariable] = field(default_factory=dict)
    market: dict[str, Grid] = field(default_factory=dict)

    def at(self, name: str, position: tuple[int, ...]) -> pulp.LpVariable:
        """The variable of that name at a position on its axes."""
        grid = self.market[name] if name in self.market else getattr(self, name)
        if isinstance(grid, dict):
            return grid[position]
        for index in position:
            grid = grid[index]
        return grid

    def usable(self, sets: Sets, unit: int, period: int, factor: float = 1.0) -> list[Term]:
        """Terms of `factor * busy_limit * (on - start-up time lost)`: units' worth of time to serve in."""
        factor *= float(sets.busy_limit[unit, period])
        terms: list[Term] = [(self.on[unit][period], factor)]
        before = period
        for lost in sets.lost_share:
            if before < 0:
                break
            terms.append((self.start[unit][before], -factor * float(lost)))
            before = int(sets.timeline.previous[before])
        return terms

    def unserved(self, sets: Sets, work: int, period: int) -> list[Term]:
        """Terms of what is shed of a work, in multiples of demand_scale."""
        share = self.shed.get((sets.market.workload_of[work], period))
        scaled = float(sets.demand[work, period] / sets.demand_scale[work, period])
        return [] if share is None else [(share, scaled)]

    def held(self, sets: Sets, channel: int, period: int) -> list[Term]:
        """Terms of the nodes that a channel holds in a period."""
        increment = sets.channels[channel].increment_nodes
        return [(self.acquire[offer], float(increment)) for offer in sets.covering(channel, period)]

    def serving(self, sets: Sets, channel: int, period: int) -> list[Term]:
        """Terms of the nodes of a channel that serve in a period, its expected interruptions taken off."""
        share = sets.channels[channel].available_share
        return [(variable, factor * share) for variable, factor in self.held(sets, channel, period)]


def _grid(
    problem: pulp.LpProblem, name: str, limit: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> list[list[pulp.LpVariable]]:
    """Integer variables name_row_column between 0 and `limit`."""
    return [
        [
            problem.add_variable(f"{name}_{row}_{column}", 0, int(high), pulp.LpInteger)
            for column, high in enumerate(highs)
        ]
        for row, highs in enumerate(limit)
    ]


def _acquire(problem: pulp.LpProblem, sets: Sets) -> list[pulp.LpVariable]:
    """Increments per offer; a channel's limits are bounds where they need no rows."""
    limits = zip(sets.acquire_least.tolist(), sets.acquire_most.tolist(), strict=True)
    return [
        problem.add_variable(f"acquire_{offer}", least, most, pulp.LpInteger)
        for offer, (least, most) in enumerate(limits)
    ]


def variables_of(problem: pulp.LpProblem, sets: Sets) -> Variables:
    """Create every variable of the model in a problem."""
    busy = {
        (unit, int(work), period): problem.add_variable(f"busy_{unit}_{work}_{period}", 0)
        for unit in sets.shared_units
        for work in np.flatnonzero(sets.rate[unit])
        for period in range(sets.periods)
    }
    shed = {
        (workload, period): problem.add_variable(f"shed_{workload}_{period}", 0, 1)
        for workload in sets.shed_workloads
        for period in range(sets.periods)
    }
    use = {
        (channel, period): problem.add_variable(f"use_{channel}_{period}", 0)
        for hardware in sets.metered_hardware
        for channel in sets.channels_of(hardware)
        for period in range(sets.periods)
    }
    return Variables(
        acquire=_acquire(problem, sets),
        on=_grid(problem, "on", sets.on_limit),
        start=_grid(problem, "start", sets.on_limit) if sets.has_starts else [],
        busy=busy,
        shed=shed,
        use=use,
        market=market_variables(problem, sets),
    )
