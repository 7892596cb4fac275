"""Hundreds of small random questions: bound <= optimum <= plan, the optimum from two engines.

    python tests/bench/decompose_validity.py --from 0 --to 300 [--starts]

Prints every violation, and how far bound and plan are from the optimum; exit code 1 on any violation.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from planner.decompose.fleet import FleetCost, FleetSearch, first_fleet
from planner.decompose.hours import HourModel
from planner.decompose.hybrid import WholeModel
from planner.decompose.plan_values import units_on, values_for
from planner.decompose.slots import slots_of
from planner.decompose.start_prices import rooted
from planner.decompose.starts.fleet_bounds import FleetBounds
from planner.decompose.structure import structure_of
from planner.decompose.tree import Tree
from planner.engines import EngineOptions, EnginePool
from planner.model.decode import cost_terms_of
from planner.solution import Solution, Status
from tests.decompose.small import question

STEPS, TRIES = 60, 150
ROUNDING = 1e-7
ENGINES = ("highs", "cpsat")


@dataclass(frozen=True)
class Verdict:
    """One question: what was proven of it, and what was found wrong."""

    bound_gap: float
    plan_gap: float
    faults: tuple[str, ...]


def judge(pool: EnginePool, seed: int, starts: bool) -> Verdict | None:
    """Bound, optimum and plan of one question; None where both sides agree that it has no plan."""
    sets = question(seed, starts)
    structure, whole = structure_of(sets), WholeModel(sets)
    options = EngineOptions(time_limit_s=20, threads=1, relative_gap=1e-7)
    runs = [pool.submit(whole.program, engine, options) for engine in ENGINES]
    root = rooted(structure, sets.periods)
    tree = None if root is None else Tree(structure, root, sets.periods)
    for _ in range(STEPS):
        if tree is not None and not tree.done:
            tree.step()
    solutions: list[Solution] = [run.result() for run in runs]
    if root is None or tree is None:
        feasible = [s for s in solutions if s.status is not Status.INFEASIBLE]
        return Verdict(0.0, 0.0, ("called infeasible, and has a plan",)) if feasible else None
    best = min(solution.cost for solution in solutions)
    proven = max(solution.bound for solution in solutions)
    faults = []
    bound = max(tree.bound, bound_by_patterns(tree)) if starts else tree.bound
    if bound > best * (1 + ROUNDING):
        faults.append(f"bound {bound} above the plan {best} of an engine")
    cost = FleetCost(HourModel(structure, slots_of(structure, sets.periods, up=True)), root.plain)
    search = FleetSearch(cost, first_fleet(cost, root.plain), seed)
    for _ in range(TRIES):
        search.try_one()
    plan = best
    on = units_on(cost.model, cost.use(search.best).nodes)
    values = values_for(sets, structure, search.best, on) if np.isfinite(search.best_cost) else None
    if values is not None:
        plan = sum(cost_terms_of(sets, values).values())
        if not whole.accepts(values):
            faults.append("the plan breaks a row of the model")
        if plan < proven * (1 - 1e-6):
            faults.append(f"plan {plan} below the bound {proven} of an engine")
    return Verdict((best - bound) / best, (plan - best) / best, tuple(faults))


def bound_by_patterns(tree: Tree) -> float:
    """Where the same steps, of every fleet by itself, get from where the tree ended."""
    fleets = FleetBounds.begin(tree)
    if fleets is None:
        return tree.bound
    for _ in range(STEPS):
        if not fleets.done:
            fleets.step()
    return fleets.bound


def main() -> int:
    """Judge a range of seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--to", dest="last", type=int, default=300)
    parser.add_argument("--starts", action="store_true")
    asked = parser.parse_args()
    verdicts, faults = [], 0
    with EnginePool(workers=2) as pool:
        for seed in range(asked.first, asked.last):
            verdict = judge(pool, seed, asked.starts)
            if verdict is None:
                continue
            verdicts.append(verdict)
            for fault in verdict.faults:
                faults += 1
                print(f"seed {seed}: {fault}", flush=True)
    bounds = np.array([verdict.bound_gap for verdict in verdicts])
    plans = np.array([verdict.plan_gap for verdict in verdicts])
    print(f"{len(verdicts)} feasible questions, {faults} faults")
    print(f"bound below the optimum: median {np.median(bounds):.3%}, worst {bounds.max():.3%}")
    print(f"plan above the optimum:  median {np.median(plans):.3%}, worst {plans.max():.3%}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
