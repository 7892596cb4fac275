"""Hundreds of small random questions: bound <= optimum <= plan, the optimum from two engines.

    python tests/bench/decompose_validity.py --from 0 --to 300 [--starts | --odd | --promised]

`--odd` asks with spot losses, increments, limits off the increment, minimum quantities, hours and phases without
demand, limits on change, channels that offer nothing in some periods, start-up time, scenarios and odd amounts of
money; `--promised` with headroom by hour and availability. Prints every violation, and how far bound and plan are from
the optimum; exit code 1 on any violation.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import InstanceError
from planner.model.decode import cost_terms_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, FleetSearch, first_fleet
from planner.optimize.decomposition.heuristic.plan_values import units_on, values_for
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.row_check import broken
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.optimize.decomposition.starts.fleet_enumeration import FleetEnumeration
from planner.optimize.engines import EngineOptions, EnginePool
from tests.optimize.decomposition import odd
from tests.optimize.decomposition.promised import promised
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import question

if TYPE_CHECKING:
    from planner.core.solution import Solution
    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.decomposition.bound.start_prices import LinearRoot
    from planner.optimize.decomposition.problem.structure import Structure

STEPS, TRIES = 60, 150
ROUNDING = 1e-7
ENGINES = ("highs", "cpsat")


@dataclass(frozen=True)
class Verdict:
    """One question: what was proven of it, and what was found wrong."""

    bound_gap: float
    plan_gap: float
    faults: tuple[str, ...]


def judge(pool: EnginePool, sets: Sets, seed: int) -> Verdict | None:
    """Bound, optimum and plan of one question; None where both sides agree that it has no plan.

    Raises NotCovered.
    """
    structure, whole = structure_of(sets), WholeModel(sets)
    usd = structure.typical_usd
    options = EngineOptions(time_limit_s=20, threads=1, relative_gap=1e-7)
    runs = [pool.submit(whole.program, engine, options) for engine in ENGINES]
    relative = structure.priced_in(usd)
    root = rooted(relative, sets.periods)
    tree = None if root is None else Tree(relative, root, DEFAULTS.bound.override(groups=sets.periods))
    for _ in range(STEPS):
        if tree is not None and not tree.done:
            tree.step()
    solutions: list[Solution] = [run.result() for run in runs]
    best = min(solution.cost for solution in solutions)
    if root is None or tree is None:
        return Verdict(0.0, 0.0, ("called infeasible, and has a plan",)) if np.isfinite(best) else None
    faults = []
    starts = bool(sets.start_usd.any())
    bound = usd * (max(tree.bound, bound_by_patterns(tree)) if starts else tree.bound)
    if bound > best + ROUNDING * abs(best):
        faults.append(f"bound {bound} above the plan {best} of an engine")
    values = searched(relative.of_plans(), sets, root, seed)
    if not structure.left_out and values is not None:
        faults += faults_of(sets, whole, values, max(solution.bound for solution in solutions))
    if not np.isfinite(best):
        return Verdict(0.0, 0.0, tuple(faults)) if faults else None
    plan = best if values is None else sum(cost_terms_of(sets, values).values())
    return Verdict((best - bound) / max(best, 1e-300), (plan - best) / max(best, 1e-300), tuple(faults))


def searched(structure: Structure, sets: Sets, root: LinearRoot, seed: int) -> Values | None:
    """The plan of a short search, None where it finds none."""
    cost = FleetCost(
        HourModel(structure, aggregated(structure, sets.periods, up=True), DEFAULTS.bound),
        root.plain,
        DEFAULTS.heuristic,
    )
    search = FleetSearch(cost, first_fleet(cost, root.plain), seed)
    for _ in range(TRIES):
        search.try_one()
    if not np.isfinite(search.best_cost):
        return None
    return values_for(sets, structure, search.best, units_on(cost.model, cost.use(search.best).nodes))


def faults_of(sets: Sets, whole: WholeModel, values: Values, proven: float) -> list[str]:
    """What is wrong with a plan where the relaxation has all families."""
    faults = []
    plan = sum(cost_terms_of(sets, values).values())
    if not whole.accepts(values):
        faults.append("the plan breaks a row of the model")
    if broken(sets, values) is not None:
        faults.append(f"the plan breaks {broken(sets, values)}")
    if plan < proven - 1e-6 * abs(proven):
        faults.append(f"plan {plan} below the bound {proven} of an engine")
    return faults


def bound_by_patterns(tree: Tree) -> float:
    """Where the same steps, of every fleet by itself, get from where the tree ended."""
    fleets = FleetEnumeration.begin(tree, DEFAULTS.starts)
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
    parser.add_argument("--odd", action="store_true")
    parser.add_argument("--promised", action="store_true")
    asked = parser.parse_args()
    verdicts, faults, small = [], 0, promised if asked.promised else question
    not_covered = 0
    with EnginePool(workers=2) as pool:
        for seed in range(asked.first, asked.last):
            try:
                sets = odd.question(seed) if asked.odd else small(seed, asked.starts)
                verdict = judge(pool, sets, seed)
            except (InstanceError, NotCovered):
                not_covered += 1
                continue
            if verdict is None:
                continue
            verdicts.append(verdict)
            for fault in verdict.faults:
                faults += 1
                print(f"seed {seed}: {fault}", flush=True)
    bounds = np.array([verdict.bound_gap for verdict in verdicts])
    plans = np.array([verdict.plan_gap for verdict in verdicts])
    print(f"{len(verdicts)} feasible questions, {faults} faults; {not_covered} not covered or no question")
    print(f"bound below the optimum: median {np.median(bounds):.3%}, worst {bounds.max():.3%}")
    print(f"plan above the optimum:  median {np.median(plans):.3%}, worst {plans.max():.3%}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
