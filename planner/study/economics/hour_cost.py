"""What the demand of each hour costs, capacity included: its price at the margin times its amount.

The relaxation of the plan (units and nodes divisible) has a price for every work and period, the dual of its
demand row. Price times demand, summed over works, is what the hour's customers would pay were each charged
the cost that one more token causes: nights pay for energy and rent, the peak for capacity that is ready all day.
By strong duality the hours sum to the relaxation's cost, less what limits earn (`elsewhere`). Duals can be
degenerate: where two hours share a peak, how they split its cost is not unique.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import PlannerError
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, program_of, prover
from planner.optimize.engines import solve as run_engine
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    from planner.instance import Instance

RELAXATION_S = 60.0
"""Seconds that the relaxation may take."""


@dataclass(frozen=True)
class HourCosts:
    """USD by period, what of the cost lies elsewhere (limits, minimums), and the cost of the relaxation."""

    periods: tuple[str, ...]
    usd: tuple[float, ...]
    elsewhere: float
    total: float

    @property
    def peak(self) -> str:
        """The period whose demand costs most."""
        return self.periods[int(np.argmax(self.usd))]


def hour_costs(instance: Instance) -> HourCosts:
    """Attribute the cost of the relaxation to the periods that cause it.

    Raises
    ------
    PlannerError
        The relaxation has no solution, or none was found within the time limit.
    """
    sets = sets_of(instance, compute_rates(instance))
    relaxed = program_of(build(sets, instance.name)).relaxed()
    options = EngineOptions(time_limit_s=RELAXATION_S, relative_gap=0.0, threads=1, seed=1)
    solution = run_engine(relaxed, prover(), options)
    if solution.row_duals is None:
        raise PlannerError(f"the cost by hour needs the relaxation, which is {solution.status}")
    row = relaxed.index.row_grid(
        sets.demand_scale.shape, "demand"
    )  # [work, period], -1 where there is no demand
    asked = row >= 0
    priced = solution.row_duals[row[asked]] * relaxed.row_lower[row[asked]]
    usd = np.bincount(np.nonzero(asked)[1], priced, sets.periods).astype(np.float64)
    elsewhere = solution.cost - float(usd.sum())
    return HourCosts(tuple(instance.labels()), tuple(usd.tolist()), elsewhere, solution.cost)
