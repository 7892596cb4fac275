"""The workloads that share units, run through them once: one seed, counted by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.engine.build import Kinds, build, with_room
from planner.verify.simulation.engine.counted import Counted, counted
from planner.verify.simulation.engine.run import run
from planner.verify.simulation.engine.streams import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.instance import Instance
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.engine.fleet import Fleet
    from planner.verify.simulation.engine.streams import OwnRequests
    from planner.verify.simulation.limits import Limit
    from planner.verify.simulation.schedule import ReplayClock
    from planner.verify.simulation.traffic import Traffic

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

ROUNDING = 1e-3
"""Rates are rounded to whole slots, which moves the time per token by less than this share."""


def run_group(
    instance: Instance,
    traffic: Sequence[Traffic],
    limits: Mapping[str, Sequence[Limit]],
    fleet: Fleet,
    shapes: Mapping[str, Shape],
    clock: ReplayClock,
    rng: np.random.Generator,
    router: str,
    ranks: str,
    as_it_is: Mapping[str, OwnRequests],
    on_progress: Callable[[float], None],
) -> dict[str, Counted]:
    """Draw the requests of a seed and step the units until all are done."""
    world = build(
        fleet.by_parts(clock.parts),
        fleet.type_of,
        fleet.windows,
        _kinds(instance, traffic, limits, clock),
        clock.part_s,
        clock.periods * clock.parts,
        router,
        ranks,
        clock.pace,
        clock.parts,
    )
    for arrivals, until in chunks(instance, traffic, shapes, clock, rng, as_it_is):
        world = with_room(world, len(arrivals))
        run(world, arrivals, until)
        on_progress(until / (clock.period_s * clock.periods))
    run(world, arrivals[:0], np.inf)
    return {
        entry.workload: counted(world, fleet, place, limits[entry.workload], clock)
        for place, entry in enumerate(traffic)
    }


def _kinds(
    instance: Instance, traffic: Sequence[Traffic], limits: Mapping[str, Sequence[Limit]], clock: ReplayClock
) -> Kinds:
    late = {
        entry.workload: [one for one in limits[entry.workload] if one.of_first_token] for entry in traffic
    }
    ttft = np.full((len(traffic), max(1, *(len(some) for some in late.values()))), np.inf)
    tpot = np.full(len(traffic), np.inf)
    for place, entry in enumerate(traffic):
        for column, one in enumerate(late[entry.workload]):
            ttft[place, column] = one.seconds(clock)
        for one in limits[entry.workload]:
            if not one.of_first_token:
                tpot[place] = one.seconds(clock) * (1.0 + ROUNDING)
    return Kinds(
        has_prefill=np.array([entry.first is not None for entry in traffic]),
        has_decode=np.array([entry.second is not None for entry in traffic]),
        urgency=np.array([instance.workloads[entry.workload].priority for entry in traffic]),
        ttft_s=ttft,
        tpot_s=tpot,
        output=np.array([_mean_output(entry) for entry in traffic]),
    )


def _mean_output(entry: Traffic) -> float:
    return 0.0 if entry.decode is None else float(entry.decode @ entry.per_s / entry.per_s.sum())
