"""Scenarios weighed otherwise: what a measure of risk asks for, said by probabilities alone.

    premium + expected cost >= sum_s weight[s] cost[s],
    weight = p                                 only the expected cost counts
    weight any distribution                    worst_case
    weight = (1 - w) p + w q                   cvar, of level a:  sum q = 1,  0 <= q[s] <= p[s] / (1 - a)

The largest right side is the left side (Rockafellar and Uryasev, Journal of Risk 2, 2000). So whatever weights of this
kind are taken, the question with them in place of probabilities and without a premium costs no more, whichever plan is
looked at: a bound of it is a bound of the question.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.model.costs import priced_terms
from planner.model.families import declared_variables
from planner.model.risk import FIRST_STAGE, RISK_VARIABLES, scenarios_of
from planner.optimize.decomposition.problem.coverage import NotCovered
from planner.optimize.decomposition.tolerances import PROBABLE_SHARE, SAME_PRICE_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.costs import Priced
    from planner.model.risk_set import RiskSet
    from planner.model.sets import Sets


def dearest(risk: RiskSet, costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the measure under which costs[scenario] weigh most, all of them above zero."""
    probability, order = risk.probability, np.argsort(-costs, kind="stable")
    if risk.measure == "expected":
        return probability
    most, share = np.ones_like(probability), 1.0
    if risk.measure == "cvar":
        most, share = probability / (1.0 - risk.level), risk.weight
    before = np.concatenate([[0.0], np.cumsum(most[order])[:-1]])
    tail = np.empty_like(probability)
    tail[order] = np.clip(1.0 - before, 0.0, most[order])
    share = share * (1.0 - PROBABLE_SHARE)
    return np.asarray((1.0 - share) * probability + share * tail)


def weighed(sets: Sets, weight: NDArray[np.float64]) -> Sets:
    """The question with weight[scenario] in place of probabilities; of its risk only a limit is left.

    Raises NotCovered where that would not multiply what each scenario costs, and leave the first stage as it is.
    """
    risk = sets.risk
    assert risk is not None
    factor = weight / risk.probability
    timeline, first = sets.timeline, sets.timeline.scenario[sets.first]
    alone = first == timeline.scenario[sets.last]
    scale, idle = np.where(alone, factor[first], 1.0), sets.offer_idle
    left = None if risk.cvar_limit_usd is None else replace(risk, measure="expected")
    changed = replace(
        sets,
        timeline=replace(timeline, weight=timeline.weight * factor[timeline.scenario]),
        offer_price=sets.offer_price * scale,
        offer_idle=None if idle is None else idle * scale,
        risk=left,
    )
    _check(sets, changed, factor)
    return changed


def _check(sets: Sets, changed: Sets, factor: NDArray[np.float64]) -> None:
    """Every cost of a scenario is `factor` times what it was, and every other what it was."""
    by_scenario = np.append(factor, 1.0)
    assert FIRST_STAGE == -1  # the last of them
    before, after = _priced(sets), _priced(changed)
    for name, priced in before.items():
        at = np.argwhere(priced.usd)
        scenario = scenarios_of(sets, declared_variables()[priced.variable].axes, at)
        place = tuple(at.T)
        expected = priced.usd[place] * by_scenario[scenario]
        same = name in after and np.allclose(after[name].usd[place], expected, SAME_PRICE_SHARE, 0.0)
        if not same or np.count_nonzero(after[name].usd) != len(at):
            raise NotCovered(f"scenarios cannot be weighed otherwise in the cost term {name}")
    if set(after) != set(before):
        raise NotCovered("scenarios that weigh otherwise have other cost terms")


def _priced(sets: Sets) -> dict[str, Priced]:
    return {
        name: priced for name, priced in priced_terms(sets).items() if priced.variable not in RISK_VARIABLES
    }
