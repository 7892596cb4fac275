"""Verdicts on a plan: the status that its proof gives it, its audit, and what others may build on."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, PlanRefused
from planner.core.solution import PRECISION, Status, is_proven
from planner.model.families import unaudited
from planner.optimize.customize import named
from planner.plan.summary import summary_of
from planner.rates.drawn_energy import carbon_of, energy_of
from planner.verify.audit import check
from planner.verify.audit.facts import facts_of
from planner.verify.audit.margins import margins

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.model import Sets
    from planner.plan.plan import Plan
    from planner.rates import Rates

log = logging.getLogger(__name__)

MOST_REPORTED = 50


def judged(plan: Plan) -> Plan:
    """The plan with the status that its cost, its bound and the gap asked for give it, whatever an engine said."""
    if not plan.usable or plan.gap_asked is None:
        return plan
    if is_proven(plan.cost, plan.bound, plan.gap_asked):
        return replace(plan, status=Status.OPTIMAL, limit="interrupt" if plan.limit == "interrupt" else None)
    return replace(plan, status=Status.FEASIBLE, limit=plan.limit or PRECISION)


def summarised(instance: Instance, plan: Plan) -> Plan:
    """The plan with its summary."""
    summary = summary_of(instance, plan) | energy_of(instance, plan) | carbon_of(instance, plan)
    return replace(plan, summary=summary)


def with_margins(instance: Instance, rates: Rates, plan: Plan) -> Plan:
    """A plan that its audit accepts, with how far it is from breaking what it promises, as the audit has it."""
    if not plan.usable:
        return plan
    return replace(plan, summary={**plan.summary, **margins(facts_of(instance, plan, rates))})


def audited(instance: Instance, rates: Rates, sets: Sets, plan: Plan) -> Plan:
    """The plan with its summary; one that its audit does not accept is refused, with every violation reported.

    So is one of a formulation with a family of constraints that no rule of the audit looks at.
    """
    if not plan.usable:
        return plan
    plan = summarised(instance, plan)
    violations = violations_of(instance, rates, sets, plan)
    if not violations:
        return plan
    reported = [f"audit: {violation}" for violation in violations[:MOST_REPORTED]]
    if len(violations) > MOST_REPORTED:
        reported.append(f"audit: and {len(violations) - MOST_REPORTED} more")
    log.error("the audit refuses the plan, %d violations: %s", len(violations), violations[0])
    return replace(plan, status=Status.REFUSED, reasons=(*plan.reasons, *reported))


def violations_of(instance: Instance, rates: Rates, sets: Sets, plan: Plan) -> list[object]:
    """What speaks against a plan with its summary: the audit's violations, and families that no rule looks at."""
    audit = check(instance, plan, rates)
    nobody = [f"no rule looks at the family {name}" for name in unaudited(sets, audit.rules)]
    return [*nobody, *audit.violations]


def of_the_instance(plan: Plan, what: str) -> Plan:
    """The plan, for whoever lays it over the instance's formulation. Raises InstanceError where it was found under
    constraints of its own: its bound, and what binds it, are not the instance's.
    """
    if plan.own_constraints:
        message = (
            f"the plan was solved with {named(plan.own_constraints)}; {what} needs one of the instance alone"
        )
        raise InstanceError([Fault(message)])
    return plan


def sound(plan: Plan, what: str = "the plan") -> Plan:
    """The plan, for whoever builds on it. Raises PlanRefused with the violations where its audit refuses it."""
    if plan.status is Status.REFUSED:
        raise PlanRefused(what, plan.reasons)
    return plan
