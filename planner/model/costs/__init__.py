"""Cost terms, one file each. A new one is a file here and its line in `COSTS`.

`discounted_weight[t]` is how often a period occurs, at present value (`planner/instance/present_value.py`).
A term says which variable it prices and at what, as an array on the axes of that variable. The objective and
the cost breakdown of a plan both come from these arrays. With `cost_term` it says its lines in the breakdown, how
exports spread them over time, and what the decomposition may do with it; one that does not say so is not covered: the
whole formulation is solved at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.costs import (
    carbon,
    egress,
    holding,
    idle,
    lending,
    outsource,
    risk,
    running,
    shed,
    spend,
    start,
)
from planner.model.costs.priced import CostTerm, Priced, cost_term

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.model.sets import Sets

COSTS: tuple[Callable[[Sets], dict[str, Priced]], ...] = (
    *(holding.usd, spend.usd, idle.usd, running.usd, carbon.usd, carbon.idle_usd, start.usd),
    *(outsource.usd, lending.usd, shed.usd, egress.usd, risk.usd),
)


def priced_terms(sets: Sets) -> dict[str, Priced]:
    """Every cost term of the data by name."""
    return {name: priced for cost in COSTS for name, priced in cost(sets).items()}


def term_of(line: str) -> CostTerm | None:
    """The cost term that a line of a breakdown belongs to; None for those of the channels, and for unknown ones."""
    return next((cost for cost in COSTS if isinstance(cost, CostTerm) and line in cost.lines), None)


__all__ = ["COSTS", "CostTerm", "Priced", "cost_term", "priced_terms", "term_of"]
