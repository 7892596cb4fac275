"""Facts with what the records of the plan cost, by the audit, and with what the question takes for granted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

from planner.instance.doubts import doubts
from planner.rates.doubts import rate_doubts
from planner.rates.unused_nodes import unused_nodes
from planner.verify.audit.costs import record_terms
from planner.verify.audit.facts import Facts, facts_of
from planner.verify.audit.risk import risk_terms

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates


@dataclass(frozen=True)
class CostedFacts(Facts):
    """Facts, and the cost of the plan in the currency of the instance."""

    @cached_property
    def cost_terms(self) -> dict[str, float]:
        """Cost by term as the audit computes it, the risk premium included."""
        return record_terms(self) | risk_terms(self)

    @property
    def cost(self) -> float:
        """Total cost as the audit computes it."""
        return sum(self.cost_terms.values())

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """What the question and its rates take for granted, in their own words."""
        of_rates = rate_doubts(self.instance, self.rates)
        return (*doubts(self.instance), *of_rates, *unused_nodes(self.instance))


def costed_facts_of(instance: Instance, plan: Plan, rates: Rates) -> CostedFacts:
    """Collect what the rules look at."""
    facts = facts_of(instance, plan, rates)
    return CostedFacts(**{field.name: getattr(facts, field.name) for field in fields(facts)})
