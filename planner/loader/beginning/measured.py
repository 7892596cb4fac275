"""A replica that was measured, for a first instance: its rate at the lengths and within the promises there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.instance import Role
from planner.instance.demand_series import cache_hit_share
from planner.loader.benchmarks.facts import facts_of
from planner.loader.benchmarks.limits import limits_of
from planner.loader.benchmarks.measured_rate import Wanted, measured_rate
from planner.loader.benchmarks.read import read_points
from planner.loader.benchmarks.sweep import best_within, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.instance import Instance
    from planner.loader.benchmarks.facts import BenchmarkFacts, Given
    from planner.loader.benchmarks.measured_rate import MeasuredRate
    from planner.loader.benchmarks.point import BenchmarkPoint

MOST_FAILED = 0.01
"""Largest share of a run's requests that may have failed."""


@dataclass(frozen=True)
class LoadTest:
    """The loads of a test in their order, and what replica it was of."""

    sweep: list[BenchmarkPoint]
    facts: BenchmarkFacts

    def rate_in(self, instance: Instance, workload: str) -> MeasuredRate:
        """The rate for a workload in tokens of an instance. Raises InstanceError where no load keeps its promises."""
        asked = instance.workloads[workload]
        limits, lengths = limits_of(asked), asked.lengths
        wanted = Wanted(
            workload,
            Role.COLOCATED,
            None if lengths is None else lengths.input_tokens,
            None if lengths is None else lengths.output_tokens,
            cache_hit_share(instance, workload),
            self.facts.cached_share,
        )
        return measured_rate(self.facts, best_within(self.sweep, limits), limits, wanted)


def read_load_test(files: Sequence[Path], given: Given) -> LoadTest:
    """Read the results of a test. Raises InstanceError with what is wrong or not said."""
    points = read_points(files)
    facts = facts_of(points, given)
    origins = {
        name: "--hardware" if said == "--accelerator" else said for name, said in facts.origins.items()
    }
    return LoadTest(in_order(points, MOST_FAILED), replace(facts, origins=origins))
