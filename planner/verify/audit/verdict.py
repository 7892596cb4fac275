"""The audit: every rule again, in plain numpy, from the instance, the rates and the records of a plan.

It shares no code with the formulation and never imports it or a solver, so it can judge any plan, whoever
made it; prices, demand, periods and headroom are worked out by arithmetic of its own. A rule is one function
that yields violations; `RULES` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.instance.length_choices import as_planned
from planner.rates.compute import compute_rates
from planner.verify.audit.costed import CostedFacts, costed_facts_of
from planner.verify.audit.risk import risk_rules
from planner.verify.audit.rules_cash import cash_rules
from planner.verify.audit.rules_change import change_rules
from planner.verify.audit.rules_cost import cost_rules
from planner.verify.audit.rules_deferral import deferral_rules
from planner.verify.audit.rules_fleet import fleet_rules
from planner.verify.audit.rules_lengths import length_rules
from planner.verify.audit.rules_market import market_rules
from planner.verify.audit.rules_placement import placement_rules
from planner.verify.audit.rules_proof import proof_rules
from planner.verify.audit.rules_records import record_rules
from planner.verify.audit.rules_service import caches_not_judged, service_rules
from planner.verify.audit.rules_sites import site_rules
from planner.verify.audit.rules_standing import standing_rules
from planner.verify.audit.rules_statement import statement_rules
from planner.verify.audit.rules_warnings import warning_rules, words_not_judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates


MOST_NAMED = 5


@dataclass(frozen=True)
class Violation:
    """A rule that a plan breaks: which, where, and by how much."""

    rule: str
    where: str
    message: str
    amount: float

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.message}"


@dataclass(frozen=True)
class Audit:
    """The verdict: what is violated, and the cost as the audit computes it; `warnings` say what it could not judge."""

    violations: tuple[Violation, ...]
    cost: float
    rules: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is violated."""
        return not self.violations


Rule = tuple[str, "Callable[[CostedFacts], Iterator[tuple[str, str, float]]]"]
RULES: tuple[Rule, ...] = (
    *(
        *fleet_rules,
        *placement_rules,
        *service_rules,
        *length_rules,
        *standing_rules,
        *deferral_rules,
        *site_rules,
        *market_rules,
    ),
    *(*change_rules, *risk_rules, *cost_rules, *cash_rules),
    *(*record_rules, *statement_rules, *warning_rules, *proof_rules),
)


def check(instance: Instance, plan: Plan, rates: Rates | None = None) -> Audit:
    """Audit a plan against an instance; rates are computed from the instance where none are given.

    Where the instance leaves it to the plan how lengths are split, it is read as the plan says.
    """
    read = as_planned(instance, plan.question)
    instance, rates = read, rates if read is instance else None
    facts = costed_facts_of(instance, plan, rates if rates is not None else compute_rates(instance))
    violations = [
        Violation(rule=name, where=where, message=message, amount=amount)
        for name, rule in RULES
        for where, message, amount in rule(facts)
    ]
    rules = tuple(name for name, _ in RULES)
    return Audit(tuple(violations), facts.cost, rules, tuple(_not_judged(facts)))


def _not_judged(facts: CostedFacts) -> Iterator[str]:
    """What a plan says of itself that the instance does not know, and what no rule holds it to."""
    yield from caches_not_judged(facts)
    yield from words_not_judged(facts)
    plan = facts.plan
    if plan.own_constraints:
        names = ", ".join(plan.own_constraints[:MOST_NAMED])
        more = ", ..." if len(plan.own_constraints) > MOST_NAMED else ""
        yield (
            f"{len(plan.own_constraints)} constraints of the plan's own are not checked ({names}{more}): the instance"
            " does not know them, nor whether the bound would hold without them"
        )
