"""The risk premium of decisions that are made: what worst case or CVaR add to the expected cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.costs import priced_terms
from planner.model.families import declared_variables
from planner.model.risk import FIRST_STAGE, RISK_VARIABLES, scenarios_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.risk_set import RiskSet
    from planner.model.sets import Sets
    from planner.model.values import Values


def tight_premium(sets: Sets, values: Values) -> float:
    """Premium that the decisions call for, whatever slack an engine left in it."""
    risk = sets.risk
    assert risk is not None
    terms, declared = np.zeros(len(risk.probability) + 1), declared_variables()
    for priced in priced_terms(sets).values():
        if priced.variable in RISK_VARIABLES:
            continue
        amounts = priced.usd * values.at(priced.variable)
        scenarios = scenarios_of(sets, declared[priced.variable].axes, np.argwhere(amounts))
        np.add.at(terms, scenarios, amounts[np.nonzero(amounts)])
    return premium_of(risk, terms[FIRST_STAGE] + terms[:FIRST_STAGE] / risk.probability)


def premium_of(risk: RiskSet, costs: NDArray[np.float64]) -> float:
    """Premium above the expected cost of the costs of the scenarios, shape [scenario]."""
    expected = float(risk.probability @ costs)
    if risk.measure == "worst_case":
        return float(costs.max() - expected)
    if risk.measure == "cvar":
        return float(risk.weight * (cvar_of(costs, risk.probability, risk.level) - expected))
    return 0.0


def cvar_of(costs: NDArray[np.float64], probability: NDArray[np.float64], level: float) -> float:
    """Mean of the dearest share 1 - level of outcomes, costs and probabilities of shape [scenario]."""
    order = np.argsort(-costs)
    before = np.concatenate([[0.0], np.cumsum(probability[order])[:-1]])
    mass = np.clip(1.0 - level - before, 0.0, probability[order])
    return float(mass @ costs[order] / (1.0 - level))
