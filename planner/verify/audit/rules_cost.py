"""Rules on money: every record, every cost term and the total cost what they must, to half a cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.verify.audit.costs import (
    cost_of_commitment,
    cost_of_holding,
    credit_of,
    known_terms,
    list_cost_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.costed import CostedFacts
    from planner.verify.audit.facts import Facts

HALF_A_CENT = 0.005
FLOAT_NOISE = 1e-11


def _near(stated: float, computed: float) -> bool:
    """Within half a cent, and what doubles of that size leave open."""
    return abs(stated - computed) <= HALF_A_CENT + FLOAT_NOISE * abs(computed)


def differs(where: str, stated: float, computed: float) -> Iterator[Broken]:
    """An amount that is not what it must be."""
    if not _near(stated, computed):
        yield where, f"stated {stated:,.2f}, computed {computed:,.2f}", abs(stated - computed)


def records(facts: Facts) -> Iterator[Broken]:
    """Every record costs or earns what the instance says."""
    for holding in facts.plan.holdings:
        cost = cost_of_holding(facts, holding)
        if cost is not None:
            where = f"{holding.hardware}.{holding.channel} periods {holding.first}-{holding.last}"
            yield from differs(where, holding.cost, cost)
    for sale in facts.plan.outsourced:
        if sale.vendor in facts.instance.vendors and sale.workload in facts.asked:
            yield from differs(f"{sale.workload} at {sale.vendor}", sale.list_cost, list_cost_of(facts, sale))
    for loan in facts.plan.lent:
        if loan.lending in facts.instance.lending and facts.within(loan.first, loan.last):
            where = f"{loan.lending} periods {loan.first}-{loan.last}"
            yield from differs(where, loan.credit, credit_of(facts, loan))
    for promise in facts.plan.committed:
        known = promise.commitment in facts.instance.spend_commitments
        if known and facts.within(promise.first, promise.last):
            cost = cost_of_commitment(facts, promise)
            where = f"{promise.commitment} periods {promise.first}-{promise.last}"
            yield from differs(where, promise.cost, promise.cost if cost is None else cost)


def terms(facts: CostedFacts) -> Iterator[Broken]:
    """Every term of the breakdown is what the records cost."""
    for term in sorted({*facts.cost_terms, *facts.plan.cost_terms}):
        stated, computed = facts.plan.cost_terms.get(term, 0.0), facts.cost_terms.get(term, 0.0)
        yield from differs(f"term {term}", stated, computed)


def only_known_terms(facts: Facts) -> Iterator[Broken]:
    """No term but those that a plan can have."""
    for term in sorted(set(facts.plan.cost_terms) - known_terms()):
        yield f"term {term}", "no such term of cost", facts.plan.cost_terms[term]


def total(facts: CostedFacts) -> Iterator[Broken]:
    """The terms sum to the total, and the total is what the records cost."""
    stated, summed = facts.plan.cost, sum(facts.plan.cost_terms.values())
    if not _near(stated, summed):
        yield "cost", f"stated {stated:,.2f}, its terms sum to {summed:,.2f}", abs(stated - summed)
    yield from differs("cost", stated, facts.cost)


cost_rules = (
    ("holding cost", records),
    ("cost terms", terms),
    ("known terms", only_known_terms),
    ("total cost", total),
)
