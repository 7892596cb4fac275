"""Rules on money: every cost term and the total are what the records cost, and the bound is below them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.audit.facts import Facts

CENT = 0.01
Broken = tuple[str, str, float]


def _near(stated: float, computed: float) -> bool:
    return math.isclose(stated, computed, rel_tol=1e-6, abs_tol=CENT)


def holdings(facts: Facts) -> Iterator[Broken]:
    """Every holding costs what its offer says."""
    for record in facts.plan.holdings:
        price = facts.offer_price(record.hardware, record.channel, record.first, record.last)
        if price is not None and not _near(record.cost, price * record.nodes):
            where = f"{record.hardware}.{record.channel} periods {record.first}-{record.last}"
            yield where, f"stated {record.cost:.2f}, computed {price * record.nodes:.2f}", record.cost


def terms(facts: Facts) -> Iterator[Broken]:
    """Every term of the breakdown is what the records cost."""
    for term in sorted({*facts.cost_terms, *facts.plan.cost_terms}):
        stated, computed = facts.plan.cost_terms.get(term, 0.0), facts.cost_terms.get(term, 0.0)
        if not _near(stated, computed):
            yield f"term {term}", f"stated {stated:.2f}, computed {computed:.2f}", abs(stated - computed)


def total(facts: Facts) -> Iterator[Broken]:
    """The terms sum to the total, and the total is what the records cost."""
    stated, summed = facts.plan.cost, sum(facts.plan.cost_terms.values())
    if not _near(stated, summed):
        yield "cost", f"stated {stated:.2f}, its terms sum to {summed:.2f}", abs(stated - summed)
    if not _near(stated, facts.cost):
        yield "cost", f"stated {stated:.2f}, computed {facts.cost:.2f}", abs(stated - facts.cost)


def bound(facts: Facts) -> Iterator[Broken]:
    """No lower bound lies above the cost of a plan."""
    plan = facts.plan
    if plan.bound > plan.cost + CENT + 1e-6 * abs(plan.cost):
        yield "bound", f"{plan.bound:.2f} lies above the cost {plan.cost:.2f}", plan.bound - plan.cost


cost_rules = (
    ("holding cost", holdings),
    ("cost terms", terms),
    ("total cost", total),
    ("bound", bound),
)
