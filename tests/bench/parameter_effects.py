"""What halving and doubling parameters of the decomposition does to cost, bound and gap, on generated days.

    python tests/bench/parameter_effects.py --limit 10 --hardware 6 --seeds 1 2 [--parameters bound.groups]

Prints a line for the defaults, solved twice so that what lies between equal runs is seen, and two for each parameter:
the gap in percent of the cost, and cost and bound beside those of the first run of the defaults, each the mean of the
seeds. A share is kept below one. Times mean something only on an idle machine.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.model.prepare import sets_of
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.project.parameters import parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.optimize.decomposition.parameters import DecompositionParameters

FIRST = (
    "bound.price_groups",
    "bound.price_steps",
    "bound.full_combinations",
    "bound.full_limits",
    "bound.split_candidates",
    "starts.enumerated_fleets",
    "starts.smoothing",
    "starts.accuracy_share",
    "heuristic.plan_groups",
    "heuristic.combinations",
    "heuristic.candidates",
    "heuristic.fruitless_tries",
    "run.fleet_share",
    "run.early_start_pricing_cells",
    "run.rest",
)
"""Parameters that are measured where none are named."""


def scaled(path: str, factor: float) -> DecompositionParameters:
    """The defaults with all numbers of one parameter times a factor, within what is accepted."""
    found = {name: (default, known) for name, default, known in parameters()}
    default, known = found[path]

    def times(number: float) -> Any:
        return type(number)(min(max(number * factor, known.least), known.most))

    value = tuple(times(number) for number in default) if isinstance(default, tuple) else times(default)
    return DEFAULTS.override(**{path.replace(".", "__"): value})


def solved(questions: list[Sets], limit_s: float, given: DecompositionParameters) -> NDArray[np.float64]:
    """Cost, bound and gap of each question, shape [question, 3]; nothing stops before the limit but a proof."""
    options = EngineOptions(time_limit_s=limit_s, relative_gap=0.0, threads=2)
    found = [decompose(sets, options, parameters=given).solution for sets in questions]
    return np.array([(one.cost, one.bound, 1.0 - one.bound / one.cost) for one in found])


def line(name: str, found: NDArray[np.float64], base: NDArray[np.float64]) -> str:
    """One row of the table."""
    cost, bound = (found[:, :2] / base[:, :2] - 1.0).mean(axis=0)
    return f"| {name} | {found[:, 2].mean():.3%} | {cost:+.3%} | {bound:+.3%} |"


def main() -> None:
    """Measure one parameter after another."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--limit", type=float, default=10.0, help="seconds of a solve")
    asked.add_argument("--periods", type=int, default=24)
    asked.add_argument("--hardware", type=int, default=6)
    asked.add_argument("--starts", type=float, default=3.0, help="USD of a start per node")
    asked.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    asked.add_argument("--parameters", nargs="+", default=FIRST)
    given = asked.parse_args()
    questions = []
    for seed in given.seeds:
        instance = generated(Hardness(given.periods, given.hardware, seed, start_usd_per_node=given.starts))
        questions.append(sets_of(instance, compute_rates(instance)))
    base = solved(questions, given.limit, DEFAULTS)
    print("| parameter | gap | cost | bound |\n|---|---|---|---|")
    print(line("defaults", base, base), flush=True)
    print(line("defaults again", solved(questions, given.limit, DEFAULTS), base), flush=True)
    for path in given.parameters:
        for name, factor in (("halved", 0.5), ("doubled", 2.0)):
            found = solved(questions, given.limit, scaled(path, factor))
            print(line(f"{path} {name}", found, base), flush=True)


if __name__ == "__main__":
    main()
