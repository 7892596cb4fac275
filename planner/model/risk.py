"""Variables of the risk family, and the scenario that a decision belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pulp

    from planner.model.grid import Grid
    from planner.model.sets import Sets

FIRST_STAGE = -1
RISK_VARIABLES = ("premium", "tail", "excess")


def risk_shapes(sets: Sets) -> dict[str, tuple[int, ...]]:
    """Axes: premium[0] and tail[0] in USD, excess[scenario] in USD."""
    scenarios = 0 if sets.risk is None else len(sets.risk.probability)
    return {"premium": (1,), "tail": (1,), "excess": (scenarios,)}


def risk_variables(problem: pulp.LpProblem, sets: Sets) -> dict[str, Grid]:
    """premium >= 0: what the objective adds to the expected cost; tail: the quantile of the CVaR, free;
    excess[scenario] >= 0: cost above the tail."""
    grids: dict[str, Grid] = {name: {} for name in RISK_VARIABLES}
    if sets.risk is None:
        return grids
    grids["premium"][0,] = problem.add_variable("premium_0", 0)
    if sets.risk.looks_at_tail:
        grids["tail"][0,] = problem.add_variable("tail_0")
        for scenario in range(len(sets.risk.probability)):
            grids["excess"][scenario,] = problem.add_variable(f"excess_{scenario}", 0)
    return grids


def scenario_of(sets: Sets, variable: str, position: tuple[int, ...]) -> int:
    """Scenario that a decision is taken in; FIRST_STAGE where it is taken before any is known."""
    first, last = _periods_of(sets, variable, position)
    scenario = sets.timeline.scenario
    return int(scenario[first]) if scenario[first] == scenario[last] else FIRST_STAGE


def _periods_of(sets: Sets, variable: str, position: tuple[int, ...]) -> tuple[int, int]:
    """First and last period that a decision is about."""
    if variable == "acquire":
        return int(sets.first[position[0]]), int(sets.last[position[0]])
    if variable == "lend":
        lending = sets.market.lendings[position[0]]
        return int(lending.first[position[1]]), int(lending.last[position[1]])
    if variable == "commit":
        commitment = sets.market.commitments[position[0]]
        return int(commitment.first[position[1]]), int(commitment.last[position[1]])
    if variable == "tier":
        inside = np.flatnonzero(sets.timeline.day == position[1])
        return int(inside[0]), int(inside[-1])
    return position[-1], position[-1]
