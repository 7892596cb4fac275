"""What a world has counted of one workload, by period: its parts by the time that each stands for.

    share[p] = sum_i w_i hits[p, i] / sum_i w_i came[p, i],     w of `ReplayClock.weights`

which is as certain as one of (sum_i w_i came_i)^2 / sum_i w_i^2 came_i requests that all count alike (L. Kish, Survey
Sampling, 1965, section 11.7), if each is late or not by itself. They wait together: of the same share by means of G
groups g of requests one after another (batch means: A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015, 9.5.3)

    variance[p] = sum_i w_i^2 G / (G - 1) sum_g (hits[p, i, g] - share[p, i] came[p, i, g])^2 / (sum_i w_i came[p, i])^2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.engine.world import GROUPS, STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.verify.simulation.engine.fleet import Fleet
    from planner.verify.simulation.engine.world import World
    from planner.verify.simulation.limits import Limit
    from planner.verify.simulation.schedule import ReplayClock

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


MEANS_OF = (GROUPS, GROUPS // 2, GROUPS // 4)
"""Groups of a part whose means tell how certain a share is: the fewer, the longer each."""


@dataclass(frozen=True)
class Counted:
    """One workload after one seed.

    `came`, `written`, `good` [period]: requests that arrived, of those that were written, and within all limits;
    `within` [limit, period]: of those that arrived (time per token: were written) within it, in the order of its
    limits; all as so many requests that count alike; `variance` [limit, period, way] of their share by means of groups,
    as many as `MEANS_OF` says. `ttft_bins`, `tpot_bins` are histograms (`world`), by the time
    that their parts stand for, of which the share `kept` [limit] is within each limit. `prefill_busy`,
    `decode_busy` [period]: work of prompts over what full passes would do, and slots taken, of the units that serve it.
    `requests` were replayed, `good_share` of all got what was promised, `good_per_s` of them in a real second,
    `unserved_share` never got a first token.
    """

    came: Array
    written: Array
    good: Array
    within: Array
    variance: Array
    ttft_bins: Array
    tpot_bins: Array
    kept: tuple[float, ...]
    prefill_busy: Array
    decode_busy: Array
    requests: int
    good_share: float
    good_per_s: float
    unserved_share: float
    steps: int


def counted(world: World, fleet: Fleet, place: int, limits: Sequence[Limit], clock: ReplayClock) -> Counted:
    """What was counted of the workload at a place."""
    seen, weights = world.seen[place], clock.weights
    came, written, good = (_by_period(seen[name], clock) for name in ("came", "written", "good"))
    alike, alike_written = _alike(came, weights), _alike(written, weights)
    first = iter(range(world.within.shape[1]))
    of_limit = [
        (world.within[place, next(first)], seen["came"])
        if one.of_first_token
        else (seen["written_in_time"], seen["written"])
        for one in limits
    ]
    hits = [_by_period(hit, clock) for hit, _ in of_limit]
    variance = [[variance_of_share(*one, clock, groups) for groups in MEANS_OF] for one in of_limit]
    within = [
        _of(hit, came, weights) * alike if one.of_first_token else _of(hit, written, weights) * alike_written
        for one, hit in zip(limits, hits, strict=True)
    ]
    bins = np.tensordot(world.bins[place], weights, axes=([1], [0]))
    stood_for = float((came @ weights).sum())
    seconds = float(weights.sum()) * clock.part_s * clock.periods
    return Counted(
        came=alike,
        written=alike_written,
        good=_of(good, came, weights) * alike,
        within=np.array(within).reshape(len(limits), clock.periods),
        variance=np.moveaxis(np.array(variance).reshape(len(limits), len(MEANS_OF), clock.periods), 1, 2),
        ttft_bins=bins[0],
        tpot_bins=bins[1],
        kept=tuple(
            float((hit @ weights).sum()) / max(float(bins[0 if one.of_first_token else 1].sum()), 1e-9)
            for one, hit in zip(limits, hits, strict=True)
        ),
        prefill_busy=_busy(world, fleet, place, "prompt_work", "reads", clock),
        decode_busy=_busy(world, fleet, place, "room_time", "writes", clock),
        requests=int(came.sum()),
        good_share=float((good @ weights).sum()) / stood_for if stood_for else 1.0,
        good_per_s=float((good @ weights).sum()) / seconds,
        unserved_share=max(0.0, 1.0 - float(bins[0].sum()) / stood_for) if stood_for else 0.0,
        steps=int(world.counters[STEPS]),
    )


def _by_period(counts: np.ndarray, clock: ReplayClock) -> Array:
    """All groups of each part together [period, part]."""
    return counts.reshape(clock.periods, clock.parts, -1).sum(axis=2).astype(np.float64)


def variance_of_share(hits: np.ndarray, counts: np.ndarray, clock: ReplayClock, groups: int) -> Array:
    """Squared standard error of the share of requests that are hits, by means of so many groups a part [period]."""
    hit, count = (
        one.reshape(clock.periods, clock.parts, groups, -1).sum(axis=3).astype(np.float64)
        for one in (hits, counts)
    )
    share = _over(hit.sum(axis=2), count.sum(axis=2))
    apart = groups / (groups - 1) * np.sum((hit - share[:, :, None] * count) ** 2, axis=2)
    return _over(apart @ clock.weights**2, (count.sum(axis=2) @ clock.weights) ** 2)


def _alike(counts: Array, weights: Array) -> Array:
    """So many requests that count alike are as certain [period]."""
    return _over((counts @ weights) ** 2, counts @ weights**2)


def _of(hits: Array, counts: Array, weights: Array) -> Array:
    return _over(hits @ weights, counts @ weights)


def _over(above: Array, below: Array) -> Array:
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0.0))


def _busy(world: World, fleet: Fleet, place: int, used: str, given: str, clock: ReplayClock) -> Array:
    """Work of the units that serve a workload over the time in which they are open, or end what they have [period]."""
    parts = clock.periods * clock.parts
    mine = world.given[given][:, place].any(axis=1).astype(float)
    of_full = np.ones(len(fleet.types))
    if given == "writes":
        of_full = np.array([_of_slots(one.slots, one.times.ranks) for one in fleet.types])
    time = mine @ (fleet.open_s(clock.part_s, parts) + world.used["closing_s"][:, :-1])
    work = (mine * of_full) @ world.used[used][:, :-1]
    return _of(_by_period(work, clock), _by_period(time, clock), clock.weights)


def _of_slots(slots: Array, ranks: int) -> float:
    """Slots of a unit as its rate counts them over those that whole requests can take."""
    most = float(slots.max(initial=0.0)) * ranks
    return max(most / max(np.floor(most + 0.5), 1.0), 1e-9)
