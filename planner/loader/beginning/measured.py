"""A replica that was measured, for a first instance: its rate at the lengths and within the promises there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError, tried
from planner.instance import Role
from planner.instance.demand_series import cache_hit_share
from planner.loader.beginning.names import hardware_named, model_named
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

NEARLY_ALL = 0.8
"""Share of the most requests a second that a promise which is proposed leaves, at least."""
MOST_LOADS_SHOWN = 8
MOST_FAILED = 0.01
"""Largest share of a run's requests that may have failed."""
_THERE, _HERE = "--accelerator", "--hardware"
"""The option of `planner import rates`, and that of `planner init`, for the same."""


@dataclass(frozen=True)
class LoadTest:
    """The loads of a test in their order, and what replica it was of."""

    sweep: list[BenchmarkPoint]
    facts: BenchmarkFacts

    def times_per_token(self) -> str:
        """What a promise of time per output token costs in requests, for who has not made one."""
        loads = [
            (point.tpot_ms[name], point.requests_per_s)
            for point in self.sweep
            if (name := next((one for one in ("p99", "mean") if one in point.tpot_ms), None)) is not None
        ]
        if not loads:
            return "the load test tells no time per output token: promise one by --tpot-ms"
        rising = np.maximum.accumulate([rate for _, rate in loads])
        kept = int(np.argmax(rising >= NEARLY_ALL * rising[-1])) + 1
        least = float(np.interp(NEARLY_ALL * rising[-1], rising[:kept], [tpot for tpot, _ in loads[:kept]]))
        measured = ", ".join(f"{tpot:,.3g} ms at {rate:,.3g}" for tpot, rate in loads[:MOST_LOADS_SHOWN])
        return (
            f"nobody promised a time per output token; the load test has {measured} requests/s (99 of 100 requests, "
            f"where it tells): --tpot-ms {math.ceil(least)} keeps {NEARLY_ALL:.0%} of its most requests"
        )

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


def read_load_test(files: Sequence[Path], hardware: list[str], given: Given) -> LoadTest:
    """The results of a test; where they say no hardware they are of the only one named.

    Raises InstanceError with what is wrong or not said, in the words of `planner init`.
    """
    faults, told = list[Fault](), list[Fault]()
    stated = [] if given.accelerator is None else [given.accelerator]
    names = tried(faults, lambda: hardware_named(hardware)) or []
    only = next(
        iter(tried(faults, lambda: hardware_named(stated)) or (names if len(names) == 1 else [])), None
    )
    misnamed = ["accelerator"] * bool(faults)
    model = None if given.model is None else tried(faults, lambda: model_named(given.model or ""))
    misnamed += ["model"] * (model is None and given.model is not None)
    points = tried(told, lambda: read_points(files)) or []
    facts = (
        tried(told, lambda: facts_of(points, replace(given, accelerator=only, model=model)))
        if points
        else None
    )
    sweep = tried(told, lambda: in_order(points, MOST_FAILED)) if points else None
    here = f"{_THERE}, which of --hardware it is of" if names else _HERE
    told = [
        replace(one, message=one.message.replace(_THERE, here)) for one in told if one.path not in misnamed
    ]
    faults += [one for one in told if one not in faults]
    if faults or facts is None or sweep is None:
        raise InstanceError(faults)
    if names and facts.accelerator not in names:
        wrong = f"is of {facts.accelerator}, which --hardware does not name"
        raise InstanceError([Fault(wrong, "--load-test")])
    origins = {name: _HERE if said == _THERE else said for name, said in facts.origins.items()}
    return LoadTest(sweep, replace(facts, origins=origins))
