"""One replay: requests through prefill servers, the transfer of their KV cache, and decode slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.simulation.fifo import Pool, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.simulation.arrivals import Stream

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """Servers of one phase, and the delay each of their groups adds to a request."""

    pool: Pool
    fixed_s: Array


@dataclass(frozen=True)
class Outcome:
    """What became of each request, in order of arrival; inf where it was never served.

    `ttft_s` runs from arrival to the first token: wait for prefill, prefill, transfer, wait for a decode
    slot. `tpot_s` is the time per generated token after it, restarts after failures included.
    `prefill_busy`, `decode_busy` are the work begun in each period, in the units of `Pool.capacity`.
    """

    ttft_s: Array
    tpot_s: Array
    prefill_busy: Array
    decode_busy: Array


def replay(
    stream: Stream,
    prefill: Stage | None,
    decode: Stage | None,
    transfer_s: float,
    period_s: float,
    periods: int,
    on_progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Send a stream of requests through the stages there are.

    Parameters
    ----------
    stream
        Requests in order of arrival.
    prefill, decode
        The stages; None where the workload has no such work.
    transfer_s
        Time from the end of prefill until decode may begin, s.
    period_s, periods
        Periods by which work is counted.
    on_progress
        Called with the share of both stages done, 0 to 1.
    """
    ready = stream.arrival_s
    halves = [None if on_progress is None else _half(on_progress, done) for done in (0.0, 0.5)]
    prefill_busy, decode_busy = np.zeros(periods), np.zeros(periods)
    if prefill is not None:
        served = serve(ready, stream.prefill, prefill.pool, halves[0])
        prefill_busy = _by_period(served.begun, stream.prefill, period_s, periods)
        ready = served.ended + _fixed(prefill, served.group)
    tpot = np.zeros(len(stream))
    if decode is not None:
        ready = ready + transfer_s
        order = np.argsort(ready, kind="stable")
        order = order[np.isfinite(ready[order])]
        served = serve(ready[order], stream.decode[order], decode.pool, halves[1])
        decode_busy = _by_period(served.begun, stream.decode[order], period_s, periods)
        first, last = np.full(len(stream), np.inf), np.full(len(stream), np.inf)
        first[order], last[order] = served.begun, served.ended
        with np.errstate(invalid="ignore"):
            tpot = np.where(np.isfinite(last), (last - first) / stream.decode, np.inf)
        ready = first
    return Outcome(
        ttft_s=ready - stream.arrival_s, tpot_s=tpot, prefill_busy=prefill_busy, decode_busy=decode_busy
    )


def _half(on_progress: Callable[[float], None], done: float) -> Callable[[float], None]:
    return lambda share: on_progress(done + share / 2.0)


def _fixed(stage: Stage, group: NDArray[np.int64]) -> Array:
    if len(stage.fixed_s) == 0:
        return np.zeros(len(group))
    return np.asarray(stage.fixed_s[np.maximum(group, 0)])


def _by_period(begun: Array, work: Array, period_s: float, periods: int) -> Array:
    """Work by the period in which it begins; what begins after the last period is left out."""
    period = np.full(len(begun), periods, dtype=np.int64)
    served = np.isfinite(begun)
    period[served] = np.minimum(begun[served] / period_s, periods).astype(np.int64)
    return np.bincount(period, weights=work, minlength=periods + 1)[:periods].astype(float)
