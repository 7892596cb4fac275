"""What the risk family needs: the measure, the probabilities, and the scenario that a decision belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pulp
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.model.market_variables import Grid
    from planner.model.sets import Sets

FIRST_STAGE = -1
RISK_VARIABLES = ("premium", "tail", "excess")


@dataclass(frozen=True)
class RiskSet:
    """Measure and its parameters (see `planner.instance.scenario.Risk`), and probability[scenario]."""

    measure: str
    level: float
    weight: float
    cvar_limit_usd: float | None
    probability: NDArray[np.float64]

    @property
    def looks_at_tail(self) -> bool:
        """Whether the CVaR is needed."""
        return self.measure == "cvar" or self.cvar_limit_usd is not None


def risk_of(instance: Instance) -> RiskSet | None:
    """None where only the expected cost counts."""
    risk = instance.risk
    if risk.neutral or not instance.scenarios:
        return None
    return RiskSet(
        measure=risk.measure,
        level=risk.level,
        weight=risk.weight,
        cvar_limit_usd=risk.cvar_limit_usd,
        probability=np.array([scenario.probability for scenario in instance.scenarios.values()]),
    )


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
