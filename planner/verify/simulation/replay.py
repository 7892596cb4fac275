"""One replay: requests through prefill servers, the transfer of their KV cache, and decode slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.fifo import ServerPool, ServiceTimes, serve
from planner.verify.simulation.shared import Jobs, SharedPool, serve_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.verify.simulation.arrivals import Stream

    Array = NDArray[np.float64]

GOLDEN = (5.0**0.5 - 1.0) / 2.0  # its multiples spread evenly over the unit interval


@dataclass(frozen=True)
class PhasePool:
    """The pool of one phase for the works that share it.

    `streams[kind]` is the number of the stream that a kind of request belongs to, `fixed_s[unit, kind]` the
    delay that a unit type adds to a request, of prefill the transfer of its KV cache included, and
    `homes[kind, period, unit]` the share of a kind's requests that are meant for a type.
    """

    streams: Sequence[int]
    pool: SharedPool
    fixed_s: Array
    homes: Array

    def serves(self, stream: int) -> bool:
        """Whether requests of a stream pass through."""
        return stream in self.streams


@dataclass(frozen=True)
class StreamOutcome:
    """What became of each request of a stream; inf where it was never served.

    `ttft_s` runs from arrival to the first token: wait for prefill, prefill, transfer, wait for a decode slot;
    of work that may wait, from when it is let into its last phase until that begins. `tpot_s` is the time per
    generated token after it, restarts after failures included. `prefill_busy`, `decode_busy` [period] are the
    shares of their time that the units serving the stream are busy, with whatever work.
    """

    ttft_s: Array
    tpot_s: Array
    prefill_busy: Array
    decode_busy: Array


def replay(
    streams: Sequence[Stream],
    prefill: PhasePool | None,
    decode: PhasePool | None,
    period_s: float,
    periods: int,
    on_progress: Callable[[float], None] | None = None,
) -> list[StreamOutcome]:
    """Send the streams of works that share units through the stages there are.

    Parameters
    ----------
    streams
        One stream for every kind of request of the stages.
    prefill, decode
        The stages; None where there is no such work.
    period_s, periods
        Periods by which work is counted.
    on_progress
        Called with the share of both stages done, 0 to 1.
    """
    count = len(streams)
    ready = [stream.begin_s for stream in streams]
    tpot = [np.zeros(len(stream)) for stream in streams]
    prefill_busy, decode_busy = np.zeros((count, periods)), np.zeros((count, periods))
    if prefill is not None:
        work = [stream.prefill for stream in streams]
        passed = _pass(prefill, ready, work, period_s, periods, _half(on_progress, 0.0))
        for kind, k in enumerate(prefill.streams):
            ready[k], prefill_busy[k] = passed.ended[kind] + passed.fixed_s[kind], passed.busy[kind]
    if decode is not None:
        work = [stream.decode for stream in streams]
        ready = [
            stream.may_decode_s(ready[k]) if decode.serves(k) else ready[k]
            for k, stream in enumerate(streams)
        ]
        passed = _pass(decode, ready, work, period_s, periods, _half(on_progress, 0.5))
        for kind, k in enumerate(decode.streams):
            ready[k], decode_busy[k] = passed.begun[kind], passed.busy[kind]
            with np.errstate(invalid="ignore"):
                held = passed.ended[kind] - passed.begun[kind]
            tpot[k] = np.where(np.isfinite(ready[k]), held, np.inf) / streams[k].decode
    return [
        StreamOutcome(ready[k] - stream.due_to_begin_s, tpot[k], prefill_busy[k], decode_busy[k])
        for k, stream in enumerate(streams)
    ]


@dataclass(frozen=True)
class _Passed:
    """One stage of every kind: arrays [request] by kind, and how busy its units are, [kind, period]."""

    begun: list[Array]
    ended: list[Array]
    fixed_s: list[Array]
    busy: Array


def _pass(
    stage: PhasePool,
    ready: list[Array],
    work: list[Array],
    period_s: float,
    periods: int,
    on_progress: Callable[[float], None] | None,
) -> _Passed:
    """Send the streams of a stage through it, by the time they are ready for it."""
    jobs, order = _jobs(stage, [ready[k] for k in stage.streams], [work[k] for k in stage.streams], period_s)
    served = _serve(stage.pool, jobs, on_progress)
    unit = np.asarray(stage.pool.unit, dtype=np.int64)[served.group]
    begun, ended, fixed = (np.full(len(order.all), np.inf) for _ in range(3))
    begun[order.came], ended[order.came] = served.begun, served.ended
    fixed[order.came] = stage.fixed_s[unit, jobs.kind]
    edges = np.cumsum([len(ready[k]) for k in stage.streams])[:-1]
    begun_of, ended_of, fixed_of = (np.split(values, edges) for values in (begun, ended, fixed))
    return _Passed(begun_of, ended_of, fixed_of, _busy(stage, jobs, served, unit, period_s, periods))


@dataclass(frozen=True)
class _Order:
    """Times of all kinds one after the other, and the positions in it of those that arrive, by time."""

    all: Array
    came: NDArray[np.int64]


def _jobs(stage: PhasePool, ready: list[Array], work: list[Array], period_s: float) -> tuple[Jobs, _Order]:
    """Requests of all kinds in order of time, each with the unit type it is meant for."""
    times = np.concatenate(ready)
    came = np.argsort(times, kind="stable")
    came = came[np.isfinite(times[came])]
    kind = np.repeat(np.arange(len(ready)), [len(entry) for entry in ready])[came]
    home = np.zeros(len(came), dtype=np.int64)
    period = np.minimum(times[came] / period_s, stage.homes.shape[1] - 1).astype(np.int64)
    for place in range(len(ready) if stage.homes.shape[2] > 1 else 0):
        mine = np.flatnonzero(kind == place)
        level = np.cumsum(stage.homes[place], axis=1)[period[mine]]
        spread = np.arange(1, len(mine) + 1) * GOLDEN % 1.0
        home[mine] = np.minimum((spread[:, None] > level).sum(axis=1), stage.homes.shape[2] - 1)
    return Jobs(times[came], np.concatenate(work)[came], kind, home), _Order(times, came)


def _serve(pool: SharedPool, jobs: Jobs, on_progress: Callable[[float], None] | None) -> ServiceTimes:
    """The faster way where there is one kind of request only, for which all units are one queue."""
    if len(pool.urgency) > 1:
        return serve_shared(jobs, pool, on_progress)
    speed = [
        [pool.speed[unit][0] * pace for pace in paces]
        for unit, paces in zip(pool.unit, pool.pace, strict=True)
    ]
    alone = ServerPool(windows=pool.windows, servers=pool.slots, speed=speed, period_s=pool.period_s)
    return serve(jobs.arrival_s, jobs.work, alone, on_progress)


def _busy(
    stage: PhasePool, jobs: Jobs, served: ServiceTimes, unit: NDArray[np.int64], period_s: float, periods: int
) -> Array:
    """Share of their time for which the units that serve a kind are busy, [kind, period].

    Work counts in the period in which it begins; what begins after the last one is left out.
    """
    pool = stage.pool
    counts = np.isfinite(served.begun) & (served.begun < periods * period_s)
    size = np.asarray(pool.size)[unit, jobs.kind]
    used = np.zeros((len(pool.speed), periods))
    period = np.minimum(served.begun[counts] / period_s, periods - 1).astype(np.int64)
    held = size[counts] * (served.ended[counts] - served.begun[counts])
    np.add.at(used, (unit[counts], period), held)
    capacity = pool.capacity(periods)
    theirs = (stage.homes > 0.0).astype(float)
    shape = theirs.shape[0], periods
    used, capacity = (np.einsum("kpu,up->kp", theirs, values) for values in (used, capacity))
    return np.asarray(np.divide(used, capacity, out=np.zeros(shape), where=capacity > 0.0))


def _half(on_progress: Callable[[float], None] | None, done: float) -> Callable[[float], None] | None:
    return None if on_progress is None else lambda share: on_progress(done + share / 2.0)
