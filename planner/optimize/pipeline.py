"""Solve: the pipeline from an instance to an audited plan."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status
from planner.instance.length_choices import split_choices
from planner.model.assemble import plan_of
from planner.model.prepare import sets_of
from planner.optimize.availability_bound import LIMIT, UNPROVEN
from planner.optimize.customize import USE_FACTOR, stated_by
from planner.optimize.engines import Event
from planner.optimize.infeasibility.unservable import unservable
from planner.optimize.length_split import cheapest_split
from planner.optimize.search import PlanSearch, Solved, TimeLimit
from planner.optimize.solve_options import SolveOptions
from planner.optimize.verdict import audited, judged, with_margins
from planner.rates.compute import compute_rates
from planner.verify.certificate.question import question_of as certifiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.optimize.customize import Customize
    from planner.optimize.engines import CancelToken, EnginePool
    from planner.plan.certificate import Certificate
    from planner.plan.plan import Plan
    from planner.rates import Rates


def solve(
    instance: Instance,
    options: SolveOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    start: Plan | None = None,
    pool: EnginePool | None = None,
    customize: Customize | None = None,
    on_certificate: Callable[[Certificate], None] | None = None,
) -> Plan:
    """Find the cheapest plan of an instance, prove how good it is, and audit it.

    Calls `on_event` with every better plan or bound of the search, which no audit has judged yet (`Event.audited`),
    and at last with the plan, if its audit accepts it. `start` is a plan to begin from, of this instance or of
    one like it. With a `pool` the direct method takes one of its running engines, without events and never as a
    race. `customize` is given the model before it is solved and adds linear constraints of the user's own to it (see
    `planner.model.Model`). Such a question is solved directly, status and bound are those of the question with the
    constraints, and the plan names them (`own_constraints`); the audit knows the instance alone.
    The plan's `status` is `infeasible` when no plan exists (its `reasons` say what is short, where, and the
    cheapest repairs; without a pool), `no_plan` when a limit came before any plan was found, `refused` when
    its audit does not accept what was found (its `reasons` are the violations).
    `on_certificate` is given what proves the plan's bound, if there is one. Then no bound counts that a certificate
    cannot express, the question is decomposed whatever method is asked for, and InstanceError says why one cannot.
    Of an instance that leaves it to the plan where lengths are split every reading is solved and audited, without
    events until the cheapest is known.
    Raises SolverUnavailable, EngineCrashed when the engine died without a plan, and PlannerError where `customize` does
    more than add.
    """
    options = options or SolveOptions()
    if on_certificate is not None:
        certifiable(instance)
    if choices := list(split_choices(instance)):

        def within(one: Instance, seconds: float | None) -> Plan:
            return solve(one, replace(options, time_limit_s=seconds), None, cancel, start, pool, customize)

        return _reported(judged(cheapest_split(choices, within, options.time_limit_s, cancel)), on_event)
    began = time.monotonic()
    rates = compute_rates(instance)
    factor = 1 if customize is None else USE_FACTOR
    sets = replace(sets_of(instance, rates), signed=options.signed, use_factor=factor)
    if unservable(sets):
        solved = Solved(_infeasible(options), None, "direct", "some work has no unit at all")
    else:
        clock = TimeLimit.after_preparation(options.time_limit_s, began)
        search = PlanSearch(instance, rates, sets, options, clock, on_event, cancel, start, pool, customize)
        solved = search.found() if on_certificate is None else search.certified(on_certificate)
    if solved.plan is not None:
        plan = with_margins(instance, rates, solved.plan)
        return _reported(replace(plan, seconds=time.monotonic() - began), on_event)
    plan = _without(instance, rates, sets, solved, options, explain=pool is None)
    plan = replace(plan, seconds=time.monotonic() - began)
    plan = with_margins(instance, rates, audited(instance, rates, sets, judged(plan)))
    return _reported(plan, on_event)


def _without(
    instance: Instance, rates: Rates, sets: Sets, solved: Solved, options: SolveOptions, explain: bool
) -> Plan:
    """The record of a search that has no audited plan, with the reasons why where it can `explain` them."""
    plan = plan_of(instance, sets, solved.solution, solved.values, solved.method, solved.reason)
    if plan.status is Status.NO_PLAN and plan.limit == LIMIT:
        plan = replace(plan, reasons=(*plan.reasons, UNPROVEN))
    if solved.added.names:
        plan = replace(plan, **stated_by(plan, solved.added))
    elif plan.status is Status.INFEASIBLE and explain:
        from planner.optimize.infeasibility.reasons import infeasible_reasons

        plan = replace(plan, reasons=infeasible_reasons(instance, rates, sets, seed=options.seed))
    return replace(plan, gap_asked=options.relative_gap, recommended_gap=options.recommended_gap)


def _reported(plan: Plan, on_event: Callable[[Event], None] | None) -> Plan:
    """The plan, after its event."""
    if on_event is not None and plan.usable:
        on_event(Event(plan.seconds, plan.solver, plan.cost, plan.bound, None, audited=True))
    return plan


def _infeasible(options: SolveOptions) -> Solution:
    return Solution(
        status=Status.INFEASIBLE,
        values=None,
        cost=math.inf,
        bound=-math.inf,
        limit=None,
        seconds=0.0,
        engine="none",
        engine_version="",
        threads=options.threads,
        seed=options.seed,
    )
