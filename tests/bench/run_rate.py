"""How much faster a year's schedule is improved on several processes: the same round, on each number asked for.

    python tests/bench/run_rate.py --hardware 3 --workers 1 2

Prints seconds, the ratio to the first, and whether the schedules are the same.
"""

from __future__ import annotations

import argparse
import time

from planner.core.executors.each import each
from planner.core.executors.local import LocalExecutor
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, first_fleet
from planner.optimize.decomposition.heuristic.schedule_search import ScheduleSearch
from planner.optimize.decomposition.heuristic.windows import Run, improved_by_runs
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.roots import rooted


def begun(hardware: int, periods: int) -> Run:
    """A generated question, its periods taken one by one."""
    instance = generated(Hardness(periods, hardware, 1, start_usd_per_node=3.0))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    cost = FleetCost(
        HourModel(structure, aggregated(structure, periods, up=True), DEFAULTS.bound),
        None,
        DEFAULTS.heuristic,
    )
    root = rooted(structure, 500)
    assert root is not None
    search = ScheduleSearch(cost, first_fleet(cost, root.prices), sets.start_usd, 0, lambda: False)
    search.begin(cost)
    return Run(search.stage, search.on, (search.on,), search.moves, (False, False), tries=10)


def main() -> None:
    """Time one round."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hardware", type=int, default=3)
    parser.add_argument("--periods", type=int, default=8760)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    whole = begun(asked.hardware, asked.periods)
    first: tuple[float, bytes] | None = None
    for workers in asked.workers:
        with LocalExecutor(workers) as executor:
            each(abs, [-1] * workers, executor)  # the processes are up
            began = time.monotonic()
            on = improved_by_runs(whole, 0, lambda: False, executor)
            seconds = time.monotonic() - began
        first = first or (seconds, on.tobytes())
        same = "the same" if on.tobytes() == first[1] else "NOT the same"
        print(
            f"{workers} processes: {seconds:.1f} s, {first[0] / seconds:.2f} times as fast, {same} schedule"
        )


if __name__ == "__main__":
    main()
