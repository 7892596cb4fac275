"""Which weights of scenarios bound a question with a measure of risk best, by linear relaxations.

    max over weights of the measure:  the relaxation's cost with these weights

is concave in the weights, and what each scenario costs at an optimum is a gradient of it: towards the weights under
which those costs weigh most it rises. Steps of 1, 2/3, 1/2, ... from the probabilities on (Frank and Wolfe, Naval
Research Logistics Quarterly 3, 1956) end where these are the weights already. Whatever they end at is valid
(`planner.optimize.decomposition.problem.scenario_weights`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from planner.optimize.decomposition.bound.relaxation_program import RelaxationProgram
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.problem.scenario_weights import dearest, weighed
from planner.optimize.decomposition.problem.structure import structure_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure


def without_risk(sets: Sets, parameters: DecompositionParameters) -> Sets:
    """The question whose bound is one of a question with a measure of risk; itself where it has none.

    Raises NotCovered where scenarios cannot be weighed otherwise, and where the hourly relaxation has no place for it.
    """
    risk = sets.risk
    if risk is None:
        return sets
    weight = risk.probability
    best, highest, usd = weighed(sets, weight), -np.inf, 0.0
    for step in range(parameters.bound.weight_rounds):
        changed = weighed(sets, weight) if step else best
        structure = structure_of(changed, parameters.problem)
        usd = usd or structure.typical_usd  # one money for all steps
        found = _relaxed(structure.priced_in(usd), parameters)
        if found is None:  # there is no plan, or the engine failed: the best so far is as valid
            return best
        cost, by_period = found
        if cost > highest:
            best, highest = changed, cost
        by_scenario = np.bincount(changed.timeline.scenario, by_period, len(weight)) / weight
        towards = dearest(risk, by_scenario)
        if np.abs(towards - weight).max() <= parameters.bound.weight_step:
            return best
        weight = weight + (towards - weight) * 2.0 / (step + 2)
    return best


def _relaxed(
    structure: Structure, parameters: DecompositionParameters
) -> tuple[float, NDArray[np.float64]] | None:
    """Cost of the linear relaxation, and what it spends in every period beyond what is held throughout."""
    bound = parameters.bound
    aggregation = aggregated(structure, bound.price_groups)
    program = RelaxationProgram(structure, aggregation, bound.demand_peak, starts=False)
    at, columns, values = (np.concatenate(side) for side in zip(*program.rows.entries, strict=True))
    shape = (program.rows.count, len(program.cost))
    matrix = coo_array((values, (at, columns)), shape=shape).tocsr()
    held = LinearConstraint(matrix, np.concatenate(program.rows.lower), np.concatenate(program.rows.upper))
    found = milp(program.cost, bounds=Bounds(0.0, program.upper), constraints=held)
    if found.x is None:
        return None
    spent = program.cost * found.x
    by_group = np.zeros(aggregation.count)
    for block in (*program.hire_columns, *program.use_columns.values()):
        by_group += spent[block]
    rate = (by_group / aggregation.hours)[aggregation.of]
    return float(found.fun), rate * structure.weighted_hours
