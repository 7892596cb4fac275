"""What halving and doubling parameters of the decomposition does to its bound and its plan, on generated days.

    python tests/bench/parameter_effects.py --seconds 4 --hardware 5 --seeds 1 2 [--parameters bound.groups ...]

The two sides of a run are measured by themselves and by processor time, so that other work on the machine matters
little: the bound (relaxation, tree, then single fleets where starts cost) for parameters of `bound` and `starts`, the
plan (fleets, then schedules) for those of `heuristic`. Prints a row for the defaults, solved twice so that what lies
between equal runs is seen, and two for each parameter: the gap to the plan of the defaults, and the difference in it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.start_prices import root_with_starts, root_without_starts
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.heuristic.fleet_schedules import FleetSchedules
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, FleetSearch, first_fleet
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.starts.fleet_enumeration import FleetEnumeration
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.project.parameters import parameters

if TYPE_CHECKING:
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure

FIRST = (
    "bound.price_groups",
    "bound.price_steps",
    "bound.start_price_steps",
    "bound.quick_limit",
    "bound.full_limits",
    "bound.quick_combinations",
    "bound.full_combinations",
    "bound.split_candidates",
    "starts.smoothing",
    "starts.accuracy_share",
    "starts.table_first_share",
    "starts.role_covers",
    "heuristic.plan_groups",
    "heuristic.limits",
    "heuristic.many_hardware_limits",
    "heuristic.combinations",
    "heuristic.candidates",
    "heuristic.near_periods",
    "heuristic.fruitless_tries",
    "heuristic.other_fleet_share",
)
"""Parameters that are measured where none are named."""


@dataclass(frozen=True)
class Clock:
    """Processor time from now on, in shares of a budget."""

    began: float
    seconds: float

    @property
    def spent(self) -> float:
        """Share of the budget."""
        return (time.process_time() - self.began) / self.seconds


def scaled(path: str, factor: float) -> DecompositionParameters:
    """The defaults with all numbers of one parameter times a factor, within what is accepted."""
    found = {name: (default, known) for name, default, known in parameters()}
    default, known = found[path]

    def times(number: float) -> Any:
        return type(number)(min(max(number * factor, known.least), known.most))

    value = tuple(dict.fromkeys(map(times, default))) if isinstance(default, tuple) else times(default)
    return DEFAULTS.override(**{path.replace(".", "__"): value})


def bounded(structure: Structure, given: DecompositionParameters, cutoff: float, seconds: float) -> float:
    """The bound after so much processor time, a third of it in the tree."""
    clock = Clock(time.process_time(), seconds)
    plain = root_without_starts(structure, given.bound)
    assert plain is not None
    tree = Tree(structure, root_with_starts(structure, given.bound, plain), given.bound)
    tree.cutoff = cutoff
    tree.tighten()
    while not tree.done and clock.spent < 1 / 3:
        tree.step()
    fleets = None if tree.done else FleetEnumeration.begin(tree, given.starts)
    while not tree.done and clock.spent < 1.0:
        if fleets is None:
            tree.step()
        elif fleets.done:
            break
        else:
            fleets.step()
    return max(tree.bound, -np.inf if fleets is None else fleets.bound)


def planned(structure: Structure, given: DecompositionParameters, seconds: float) -> float:
    """The cost of the plan after so much processor time, a third of it for fleets."""
    root = root_without_starts(structure, DEFAULTS.bound)
    assert root is not None
    clock = Clock(time.process_time(), seconds)
    model = HourModel(structure, aggregated(structure, given.heuristic.plan_groups, up=True), given.bound)
    cost = FleetCost(model, root.prices, given.heuristic, root.aggregation.of)
    search = FleetSearch(cost, first_fleet(cost, root.prices), seed=1)
    while clock.spent < 1 / 3:
        search.try_one()
    schedules = FleetSchedules(cost, structure.unit_start_usd, 1, lambda: clock.spent >= 1.0, search.steps)
    schedules.consider(search.best)
    while schedules.best is not None and clock.spent < 1.0:
        schedules.try_one()
    return np.inf if schedules.best is None else schedules.best.cost


def main() -> None:
    """Measure one parameter after another."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=float, default=4.0, help="processor time of a side")
    asked.add_argument("--periods", type=int, default=24)
    asked.add_argument("--hardware", type=int, default=5)
    asked.add_argument("--starts", type=float, default=3.0, help="USD of a start per node")
    asked.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    asked.add_argument("--parameters", nargs="+", default=FIRST)
    given = asked.parse_args()
    questions = []
    for seed in given.seeds:
        hardness = Hardness(given.periods, given.hardware, seed, start_usd_per_node=given.starts)
        instance = generated(hardness)
        structure = structure_of(sets_of(instance, compute_rates(instance)))
        questions.append(structure.priced_in(structure.typical_usd))
    plans = [planned(one, DEFAULTS, given.seconds) for one in questions]

    def gap(side: str, with_these: DecompositionParameters) -> float:
        pairs = list(zip(questions, plans, strict=True))
        if side == "heuristic":
            return float(np.mean([planned(one, with_these, given.seconds) / plan - 1 for one, plan in pairs]))
        return float(
            np.mean([1 - bounded(one, with_these, plan, given.seconds) / plan for one, plan in pairs])
        )

    print("| parameter | gap | difference |\n|---|---|---|", flush=True)
    base = {side: gap(side, DEFAULTS) for side in ("bound", "heuristic")}
    for side, found in base.items():
        again = gap(side, DEFAULTS)
        print(f"| defaults, {side} | {found:.3%} | {again - found:+.3%} when solved again |", flush=True)
    for path in given.parameters:
        side = "heuristic" if path.startswith("heuristic") else "bound"
        for name, factor in (("halved", 0.5), ("doubled", 2.0)):
            found = gap(side, scaled(path, factor))
            print(f"| {path} {name} | {found:.3%} | {found - base[side]:+.3%} |", flush=True)


if __name__ == "__main__":
    main()
