"""The workloads that share units, run through them once: one seed, counted by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.engine.build import Kinds, build, with_room
from planner.verify.simulation.engine.run import run
from planner.verify.simulation.engine.streams import chunks
from planner.verify.simulation.engine.world import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.instance import Instance
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.engine.fleet import Fleet
    from planner.verify.simulation.engine.streams import OwnRequests
    from planner.verify.simulation.engine.world import World
    from planner.verify.simulation.limits import Limit
    from planner.verify.simulation.schedule import ReplayClock
    from planner.verify.simulation.traffic import Traffic

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

ROUNDING = 1e-3
"""Rates are rounded to whole slots, which moves the time per token by less than this share."""


@dataclass(frozen=True)
class Counted:
    """One workload after one seed.

    `came`, `written`, `good` [period]: requests that arrived, of those that were written, and within all limits;
    `within` [limit, period]: of those that arrived (time per token: were written) within it, in the order of its
    limits. `ttft_bins`, `tpot_bins` are histograms (`world`). `prefill_busy`, `decode_busy` [period]: work of prompts
    over what full passes would do, and slots taken, of the units that serve it.
    """

    came: Counts
    written: Counts
    good: Counts
    within: Counts
    ttft_bins: Counts
    tpot_bins: Counts
    prefill_busy: Array
    decode_busy: Array
    steps: int


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
        fleet.types,
        fleet.type_of,
        fleet.windows,
        _kinds(instance, traffic, limits, clock),
        clock.period_s,
        clock.periods,
        router,
        ranks,
    )
    for arrivals, until in chunks(instance, traffic, shapes, clock, rng, as_it_is):
        world = with_room(world, len(arrivals))
        run(world, arrivals, until)
        on_progress(until / (clock.period_s * clock.periods))
    run(world, arrivals[:0], np.inf)
    return {
        entry.workload: _counted(world, fleet, place, entry, limits[entry.workload], clock)
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


def _counted(
    world: World, fleet: Fleet, place: int, entry: Traffic, limits: Sequence[Limit], clock: ReplayClock
) -> Counted:
    seen = world.seen[place]
    first = iter(range(world.within.shape[1]))
    within = [
        world.within[place, next(first)] if one.of_first_token else seen["written_in_time"] for one in limits
    ]
    open_s = fleet.open_s(clock.period_s, clock.periods)

    def busy(used: str, given: str, of_full: Array) -> Array:
        mine = (world.given[given][:, place].any(axis=1)).astype(float)
        time, work = mine @ open_s, (mine * of_full) @ world.used[used][:, :-1]
        return np.asarray(np.divide(work, time, out=np.zeros_like(time), where=time > 0.0))

    return Counted(
        came=seen["came"].copy(),
        written=seen["written"].copy(),
        good=seen["good"].copy(),
        within=np.array(within, dtype=np.int64).reshape(len(limits), clock.periods),
        ttft_bins=world.bins[place, 0].copy(),
        tpot_bins=world.bins[place, 1].copy(),
        prefill_busy=busy("prompt_work", "reads", np.ones(len(fleet.types))),
        decode_busy=busy(
            "room_time", "writes", np.array([_of_slots(one.slots, one.times.ranks) for one in fleet.types])
        ),
        steps=int(world.counters[STEPS]),
    )


def _of_slots(slots: Array, ranks: int) -> float:
    """Slots of a unit as its rate counts them over those that whole requests can take."""
    most = float(slots.max(initial=0.0)) * ranks
    return max(most / max(np.floor(most + 0.5), 1.0), 1e-9)
