"""Terms of the cost that are not the price of nodes: what they are spread by, and what kind of charge they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rates.compute import compute_rates
from planner.study.economics.causes import idle_cost, running_cost, start_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan


def activity(plan: Plan, instance: Instance | None, term: str) -> NDArray[np.float64]:
    """What a term's cost is spread by, per hour, shape [period]; evenly where nothing happened or is known.

    Each term says it itself. Energy, running and starts are priced as the instance prices them where it is known.
    """
    from planner.model.costs import term_of  # loads the formulation: only where there is such a term

    known = term_of(term)
    weights = np.ones(len(plan.periods)) if known is None or known.activity is None else known.activity(plan)
    priced = PRICED.get(term)
    if instance is not None and priced is not None:
        cost = priced(instance, plan)
        weights = np.sum(list(cost.values()), axis=0) / instance.timeline.weighted_hours
    return weights if weights.any() else np.ones(len(plan.periods))


def _starts(instance: Instance, plan: Plan) -> dict[str, NDArray[np.float64]]:
    return start_cost(instance, plan, compute_rates(instance))


PRICED = {"idle_energy": idle_cost, "running": running_cost, "start": _starts}
"""Terms that are spread by what the instance asks for them in each period."""


def category_of(term: str, amount: float) -> str:
    """Category of the charge: unserved demand is not billed, and what is earned is a credit."""
    from planner.model.costs import term_of

    known = term_of(term)
    if known is not None and not known.billed:
        return "Adjustment"
    return "Credit" if amount < 0 else "Usage"
