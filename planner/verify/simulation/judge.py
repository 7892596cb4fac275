"""From the counts of all seeds of one workload to what the replay shows, and to a verdict or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from planner.rates.waits import waits_count
from planner.verify.simulation.engine.world import BINS, BINS_PER_DECADE, SHORTEST_S
from planner.verify.simulation.measures import (
    CONFIDENCE,
    QUANTILES,
    Promise,
    ReplayEstimate,
    WorkloadReplay,
    estimate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.verify.simulation.engine.group import Counted
    from planner.verify.simulation.limits import Limit
    from planner.verify.simulation.schedule import ReplayClock

    Array = NDArray[np.float64]

MS = 1e-3
FULL = 0.995
"""Utilisation from which on waits do not settle."""


def judge(
    workload: str,
    instance: Instance,
    runs: Sequence[Counted],
    limits: Sequence[Limit],
    clock: ReplayClock,
    relaxation_s: Array,
    hits: float | None,
    standing: ReplayEstimate | None = None,
) -> WorkloadReplay:
    """Summarise the runs of all seeds against what a workload was promised; `relaxation_s` [period]."""
    came = [run.came.sum() for run in runs]
    seconds = clock.periods * clock.period_s
    written = [run.good.sum() for run in runs]
    first_tokens = [run.ttft_bins for run in runs]
    deferred = instance.workloads[workload].deferral is not None
    prefill, decode = (
        _mean([getattr(run, name) for run in runs]) for name in ("prefill_busy", "decode_busy")
    )
    return WorkloadReplay(
        workload=workload,
        replayed_s_per_period=clock.period_s,
        requests=int(sum(came)),
        ttft_ms={} if deferred else _percentiles(first_tokens, MS),
        tpot_ms=_percentiles([run.tpot_bins for run in runs], MS),
        waited_hours=_percentiles(first_tokens, clock.pace * 3600.0) if deferred else {},
        goodput_per_s=estimate([good / seconds for good in written]),
        good_share=estimate(
            [good / count if count else 1.0 for good, count in zip(written, came, strict=True)]
        ),
        unserved_share=estimate([_unserved(run) for run in runs]),
        promises=tuple(_promise(one, place, runs) for place, one in enumerate(limits)),
        no_verdict=_no_verdict(runs, clock, relaxation_s, np.maximum(prefill, decode)),
        availability=instance.workloads[workload].sla.availability,
        standing_share=standing,
        planned_for_waits=waits_count(instance.workloads[workload]),
        prefill_utilisation=tuple(prefill.tolist()),
        decode_utilisation=tuple(decode.tolist()),
        cache_hit_share=hits,
    )


def _no_verdict(
    runs: Sequence[Counted], clock: ReplayClock, relaxation_s: Array, busy: Array
) -> tuple[str, ...]:
    """Why promises kept in a period prove nothing; empty where they do [period]."""
    came = np.sum([run.came for run in runs], axis=0)
    reasons = []
    for period in range(clock.periods):
        reason = ""
        if came[period] == 0:
            reason = ""
        elif busy[period] >= FULL:
            reason = f"units are busy {busy[period]:.1%} of the time, so that waits do not settle"
        elif clock.pace < 1.0 and clock.period_s < relaxation_s[period]:
            reason = (
                f"{clock.period_s:,.0f} s of the period are replayed, and waits settle in "
                f"{relaxation_s[period]:,.0f} s: ask for more requests"
            )
        reasons.append(reason)
    return tuple(reasons)


def _unserved(run: Counted) -> float:
    """Share of requests that never got a first token."""
    came = int(run.came.sum())
    return max(0.0, 1.0 - float(run.ttft_bins.sum()) / came) if came else 0.0


def _promise(limit: Limit, place: int, runs: Sequence[Counted]) -> Promise:
    count = np.array([run.came if limit.of_first_token else run.written for run in runs])
    hits = np.array([run.within[place] for run in runs])
    periods = count.shape[1]
    share, error = np.ones(periods), np.zeros(periods)
    for period in np.flatnonzero(count.sum(axis=0)):
        seen = count[:, period] > 0
        found = estimate(hits[seen, period] / count[seen, period])
        share[period] = hits[:, period].sum() / count[:, period].sum()
        error[period] = max(
            found.half_width or 0.0, _binomial_error(limit.quantile, int(count[:, period].sum()))
        )
    return Promise(
        measure=limit.measure,
        quantile=limit.quantile,
        limit=limit.value,
        share=tuple(share.tolist()),
        error=tuple(error.tolist()),
        kept=tuple((share + error >= limit.quantile).tolist()),
    )


def _binomial_error(quantile: float, count: int) -> float:
    """Half width for `count` independent requests that keep a promise exactly at its quantile."""
    return float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(quantile * (1.0 - quantile) / count))


def _percentiles(histograms: Sequence[NDArray[np.int64]], unit: float) -> dict[str, ReplayEstimate]:
    full = [bins for bins in histograms if bins.sum()]
    return (
        {name: estimate([_percentile(bins, q) / unit for bins in full]) for name, q in QUANTILES.items()}
        if full
        else {}
    )


def _percentile(bins: NDArray[np.int64], quantile: float) -> float:
    """The time that a share of a histogram stays within, s, geometric inside its bin."""
    edges = SHORTEST_S * 10.0 ** (np.arange(BINS) / BINS_PER_DECADE)
    reached = np.cumsum(bins)
    asked = quantile * reached[-1]
    place = int(np.searchsorted(reached, asked))
    if place == 0:
        return float(edges[0])
    part = (asked - reached[place - 1]) / max(int(bins[place]), 1)
    return float(edges[place - 1] * 10.0 ** (part / BINS_PER_DECADE))


def _mean(series: Sequence[Array]) -> Array:
    return np.asarray(np.mean(series, axis=0))
