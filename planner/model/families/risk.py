"""Risk: what the objective pays above the expected cost, so that bad scenarios weigh more.

    cost[s]   = first stage + recourse in s / probability[s],  expected = sum_s probability[s] * cost[s]

    premium >= cost[s] - expected                               all s          measure worst_case
    excess[s] >= cost[s] - tail                                 all s          measure cvar, or a limit on it
    cvar      = tail + sum_s probability[s] * excess[s] / (1 - level)
    premium  >= weight * (cvar - expected)                                     measure cvar
    cvar     <= limit                                                          where one is given

USD. The objective adds `premium`, so that it is the cost of the worst scenario, or the weighted mean of the
expected cost and the CVaR. Dual of the limit: USD per USD of tail cost allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PLAN, SCENARIO
from planner.model.costs import priced_terms
from planner.model.decision import DecisionVariable, Domain, domain, everywhere
from planner.model.relaxable import RelaxableLimit, rows_of
from planner.model.risk import FIRST_STAGE, RISK_VARIABLES, scenarios_of
from planner.model.treatment import Treatment, dropped, kept
from planner.model.variables import Term, Variables, affine, minus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _premium(sets: Sets) -> Domain:
    """Its upper bound, and those of the others, follow from what all priced variables can cost: see `_bound`."""
    return domain([(0,)], 1)


def _tail(sets: Sets) -> Domain:
    uses_tail = sets.risk is not None and sets.risk.looks_at_tail
    return domain([(0,)] if uses_tail else [], 1, lower=-np.inf)


def _excess(sets: Sets) -> Domain:
    uses_tail = sets.risk is not None and sets.risk.looks_at_tail
    return domain(everywhere((SCENARIO.length(sets) if uses_tail else 0,)), 1)


VARIABLES = (
    DecisionVariable("premium", (PLAN,), _premium, "USD", "added to the expected cost"),
    DecisionVariable("tail", (PLAN,), _tail, "USD", "the cost that the dearest scenarios exceed", free=True),
    DecisionVariable("excess", (SCENARIO,), _excess, "USD", "of a scenario's cost above the tail"),
)

AUDITED_BY = ("cvar limit", "cost terms")


def applies(sets: Sets) -> bool:
    """Where something besides the expected cost counts."""
    return sets.risk is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    if sets.risk is not None and sets.risk.cvar_limit_usd is not None:
        return dropped("a limit on what the dear scenarios cost is no part of the cost")
    return kept("bounds weigh scenarios as the measure would; plans have the premium of their decisions")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    if sets.risk is not None and sets.risk.cvar_limit_usd is not None:
        limit = sets.risk.cvar_limit_usd
        yield RelaxableLimit("risk.cvar_limit_usd", "USD", limit, rows_of("limit", [()]), np.inf, usd=1.0)


def _by_scenario(sets: Sets, variables: Variables) -> dict[int, list[Term]]:
    """Terms of the expected cost by scenario; FIRST_STAGE: decided before any is known."""
    assert sets.risk is not None
    terms: dict[int, list[Term]] = {place: [] for place in range(len(sets.risk.probability))}
    terms[FIRST_STAGE] = []
    for priced in priced_terms(sets).values():
        if priced.variable in RISK_VARIABLES:
            continue
        grid, axes = variables[priced.variable], variables.declared[priced.variable].axes
        scenarios = scenarios_of(sets, axes, np.argwhere(priced.usd))
        for (position, usd), scenario in zip(priced.entries(), scenarios.tolist(), strict=True):
            terms[scenario].append((grid[position], usd))
    return terms


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per scenario, and the rows that define the premium and bound the CVaR."""
    risk = sets.risk
    assert risk is not None
    by_scenario = _by_scenario(sets, variables)
    expected = [term for terms in by_scenario.values() for term in terms]
    premium = variables["premium"][0,]
    costs = [
        by_scenario[FIRST_STAGE] + [(variable, usd / probability) for variable, usd in by_scenario[scenario]]
        for scenario, probability in enumerate(risk.probability.tolist())
    ]
    _bound(variables, costs, expected)
    for scenario, cost in enumerate(costs):
        if risk.measure == "worst_case":
            yield "worst", (scenario,), affine([*cost, *minus(expected), (premium, -1.0)]) <= 0
        if risk.looks_at_tail:
            above = [(variables["excess"][scenario,], -1.0), (variables["tail"][0,], -1.0)]
            yield "excess", (scenario,), affine([*cost, *above]) <= 0
    if risk.looks_at_tail:
        yield from _tail_rows(sets, variables, expected)


def _bound(variables: Variables, costs: list[list[Term]], expected: list[Term]) -> None:
    """Bounds of the family's variables, from what each scenario can cost within the bounds of all that is priced.

    Some best tail is the cost of a scenario; excess and premium are then no more than their rows ask for.
    """
    least, most = (np.array([_extreme(cost, highest) for cost in costs]) for highest in (False, True))
    premium = max(0.0, float(most.max()) - _extreme(expected, False))
    variables["premium"][0,].upBound = premium
    for tail in variables["tail"].values():
        tail.lowBound, tail.upBound = float(least.min()), float(most.max())
    for (scenario,), excess in variables["excess"].items():
        excess.upBound = max(0.0, float(most[scenario] - least.min()))


def _extreme(terms: list[Term], highest: bool) -> float:
    """The least, or the highest, that terms can come to within the bounds of their variables, which are finite."""
    return sum(
        usd * float(variable.upBound if (usd > 0) == highest else variable.lowBound)
        for variable, usd in terms
    )


def _tail_rows(sets: Sets, variables: Variables, expected: list[Term]) -> Iterator[Row]:
    risk = sets.risk
    assert risk is not None
    share = risk.probability / (1.0 - risk.level)
    cvar: list[Term] = [(variables["tail"][0,], 1.0)]
    cvar += [(variables["excess"][place,], float(value)) for place, value in enumerate(share)]
    if risk.measure == "cvar":
        above = [(variable, risk.weight * factor) for variable, factor in (*cvar, *minus(expected))]
        yield "premium", (), affine([*above, (variables["premium"][0,], -1.0)]) <= 0
    if risk.cvar_limit_usd is not None:
        yield "limit", (), affine(cvar) <= risk.cvar_limit_usd
