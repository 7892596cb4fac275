"""Cost by scenario and the risk premium, as the audit computes them: the records of each scenario, costed alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.costs import record_terms
from planner.verify.audit.within import held_beside, records_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts


def scenario_costs(facts: Facts) -> NDArray[np.float64]:
    """Cost of the plan in each scenario, what is decided before any is known included, shape [scenario]."""
    probability = np.array([scenario.probability for scenario in facts.instance.scenarios.values()])
    recourse = np.array([_recourse(facts, place) for place in range(len(probability))])
    first_stage = _expected(facts) - recourse.sum()
    return np.asarray(first_stage + recourse / probability)


def _recourse(facts: Facts, scenario: int) -> float:
    """What is paid in a scenario, by its probability, for what is decided once it is known, and for power drawn."""
    here = facts.calendar.scenario == scenario
    alone = records_within(facts.plan, here)
    return _expected(replace(facts, plan=alone, beside=held_beside(facts.plan, alone, here)))


def cvar(facts: Facts, costs: NDArray[np.float64]) -> float:
    """Mean cost of the dearest share 1 - level of all outcomes."""
    probability = np.array([scenario.probability for scenario in facts.instance.scenarios.values()])
    order = np.argsort(-costs)
    share = 1.0 - facts.instance.risk.level
    before = np.concatenate([[0.0], np.cumsum(probability[order])[:-1]])
    mass = np.clip(share - before, 0.0, probability[order])
    return float(mass @ costs[order] / share)


def risk_terms(facts: Facts) -> dict[str, float]:
    """The premium above the expected cost, where one is asked for."""
    risk = facts.instance.risk
    if risk.neutral or not facts.instance.scenarios:
        return {}
    costs, expected = scenario_costs(facts), _expected(facts)
    if risk.measure == "worst_case":
        return {"risk_premium": float(costs.max()) - expected}
    if risk.measure == "cvar":
        return {"risk_premium": risk.weight * (cvar(facts, costs) - expected)}
    return {"risk_premium": 0.0}


def cvar_limit(facts: Facts) -> Iterator[Broken]:
    """The CVaR stays within its limit."""
    limit = facts.instance.risk.cvar_limit_usd
    if limit is None or not facts.instance.scenarios:
        return
    value = cvar(facts, scenario_costs(facts))
    if value > limit * (1 + 1e-6) + 0.01:
        yield "cvar", f"is {value:.2f}, at most {limit:.2f} is allowed", value - limit


def _expected(facts: Facts) -> float:
    """Expected cost of the records of a plan over all scenarios."""
    return sum(record_terms(facts).values())


risk_rules = (("cvar limit", cvar_limit),)
