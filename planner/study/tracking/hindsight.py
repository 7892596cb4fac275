"""What the optimum would have cost on what happened, and what to change from here on.

Both count the demand that came and the prices paid. The optimum is of the whole horizon, once with what was signed,
once with everything free; where nothing is known yet demand is as planned. From the first period that no bill covers
on, the plan is made anew with demand off by as much as it was, nodes signed for kept, and few changes where that is
asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.local_clock import on_horizon_clock
from planner.model.signed import signed_of
from planner.optimize.pipeline import solve
from planner.optimize.verdict import sound
from planner.plan.change import with_change
from planner.study.tracking.happened import with_prices
from planner.study.uncertainty.committed import DayCommitments
from planner.study.uncertainty.drift import remaining, work_per_s
from planner.study.uncertainty.rolling import nodes_moved, without_first
from planner.study.uncertainty.worth import demand_times

if TYPE_CHECKING:
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan
    from planner.study.tracking.track import Tracking


@dataclass(frozen=True)
class Hindsight:
    """The horizon as it went (what is not billed yet as planned), and two optima of the same, money alike.

    Costs are of nodes and of the terms that bills tell. An optimum without a plan says why in its `reasons`.
    """

    went: float
    with_signed: Plan
    free: Plan
    terms: tuple[str, ...]

    @property
    def optima(self) -> dict[str, Plan]:
        """The two of them, in words."""
        return {
            "the optimum with what was signed": self.with_signed,
            "the optimum, all free": self.free,
        }

    def cost_of(self, plan: Plan) -> float:
        """What a plan costs of what the bills tell."""
        told = sum(plan.cost_terms.get(term, 0.0) for term in self.terms)
        return sum(one.cost for one in plan.holdings) + told


@dataclass(frozen=True)
class FromHere:
    """What is left of the horizon planned anew from a period on: the old plan of it and the new one, and the nodes that
    move at most in a period. `drift` is demand that came over planned, by workload."""

    first: int
    before: Plan
    plan: Plan
    moved: int
    drift: dict[str, float]

    @property
    def changes(self) -> list[tuple[str, str, int, int]]:
        """Kinds of units of which another number runs: the first period in which, planned and now; soonest first."""
        was, now = ({unit.unit: unit.on for unit in plan.units} for plan in (self.before, self.plan))
        none = (0,) * len(self.before.periods)
        rows = []
        for name in sorted({*was, *now}) if self.plan.usable else ():
            pairs = list(zip(was.get(name, none), now.get(name, none), strict=True))
            place = next((place for place, (old, new) in enumerate(pairs) if old != new), None)
            if place is not None:
                rows.append((place, name, *pairs[place]))
        return [(name, str(self.before.periods[place]), old, new) for place, name, old, new in sorted(rows)]


@dataclass(frozen=True)
class SolvedBeside:
    """What solves add to a tracked plan: the optimum of what happened, and what to change, or why there is no plan."""

    hindsight: Hindsight
    from_here: FromHere | str


def solved_beside(tracking: Tracking, max_nodes_moved: int | None, options: SolveOptions) -> SolvedBeside:
    """The solves. Raises what `hindsight_of` and `replanned` raise."""
    return SolvedBeside(hindsight_of(tracking, options), replanned(tracking, max_nodes_moved, options))


def hindsight_of(tracking: Tracking, options: SolveOptions) -> Hindsight:
    """Two solves. Raises PlanRefused where the audit does not accept a plan."""
    instance = with_prices(tracking.came.instance, _ratios(tracking))
    signed = replace(options, signed=signed_of(tracking.instance, tracking.plan))
    rest = 1.0 - float(tracking.covered.mean())
    planned = sum(float(cost[~tracking.covered].sum()) for cost in tracking.planned.cost.values())
    planned += rest * sum(tracking.plan.cost_terms.get(term, 0.0) for term in tracking.terms)
    return Hindsight(
        went=tracking.actual_cost + planned,
        with_signed=sound(solve(instance, signed, start=tracking.plan), "the optimum with what was signed"),
        free=sound(solve(instance, options, start=tracking.plan), "the optimum"),
        terms=tuple(tracking.terms),
    )


def replanned(tracking: Tracking, max_nodes_moved: int | None, options: SolveOptions) -> FromHere | str:
    """The rest of the horizon planned anew, or why it is not.

    Raises InstanceError where commitments or limits on change do not let it be asked.
    """
    first = int(np.flatnonzero(tracking.covered)[-1]) + 1
    if first >= tracking.grid.periods:
        return "bills cover the plan to its end: nothing is left to change"
    if any(workload.deferral is not None for workload in tracking.instance.workloads.values()):
        return "what may wait is not planned anew: files do not tell how much of it waits"
    drift = _drift(tracking)
    priced = with_prices(on_horizon_clock(tracking.instance), _ratios(tracking))
    commitments = DayCommitments(priced, tracking.plan)
    fleet, _ = commitments.day()
    scaled = fleet.override(
        {
            f"workloads.{name}.demand": demand_times(workload, tracking.grid.periods, drift[name])
            for name, workload in fleet.workloads.items()
        }
    )
    window, signed = commitments.window(remaining(scaled, first, 1.0), first)
    before = without_first(tracking.plan, first)
    narrow = with_change(window, before, max_nodes_moved=max_nodes_moved)
    plan = sound(solve(narrow, replace(options, signed=signed), start=before), "the plan from here on")
    return FromHere(first, before, plan, nodes_moved(before, plan) if plan.usable else 0, drift)


def _ratios(tracking: Tracking) -> dict[tuple[str, str], float]:
    """Price paid over price planned by channel, where both are known."""
    ratios = {}
    for key, nodes in tracking.outturn.nodes.items():
        due = float(np.nansum((nodes * tracking.planned.price[key])[tracking.covered]))
        paid = float(tracking.outturn.cost[key][tracking.covered].sum())
        if due > 0 and paid > 0:
            ratios[key] = 1.0 if abs(paid / due - 1.0) < 1e-9 else paid / due
    return ratios


def _drift(tracking: Tracking) -> dict[str, float]:
    """Demand that came over planned, by workload, in the periods in which both are known; 1 where none is."""
    drift = {}
    for name in tracking.instance.workloads:
        there = tracking.covered & tracking.came.told.get(name, np.zeros(tracking.grid.periods, dtype=bool))
        now, was = (
            float(work_per_s(one, name)[there].sum()) for one in (tracking.came.instance, tracking.instance)
        )
        drift[name] = now / was if was > 0 else 1.0
    return drift
