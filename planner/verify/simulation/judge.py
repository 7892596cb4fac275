"""From the counts of all seeds of one workload to what the replay shows, and to a verdict or why there is none.

What a share of a period is worth in which waits settle less than four times, so that no means of groups tell how
certain it is: of a promise q that is kept in the long run a share x or more is late in it with a chance of (1 - q) / x
at most (A. A. Markov). Only a share that has a chance of less than a twentieth breaks the promise there; where waits do
not settle once, none that is kept proves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from planner.core.units import SECONDS_PER_MS
from planner.rates.waits import waits_count
from planner.verify.simulation.engine.counted import MEANS_OF
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
    from planner.verify.simulation.engine.counted import Counted
    from planner.verify.simulation.limits import Limit
    from planner.verify.simulation.schedule import ReplayClock

    Array = NDArray[np.float64]

FULL = 0.995
"""Utilisation from which on waits do not settle."""
UNSETTLED = 1.0 / (1.0 - CONFIDENCE) - 1.0
"""Half width, over what may be late, of a share of which nothing is known but its mean."""


def judge(
    workload: str,
    instance: Instance,
    runs: Sequence[Counted],
    limits: Sequence[Limit],
    clock: ReplayClock,
    relaxation_s: Array,
    busy: Array,
    hits: float | None,
    standing: ReplayEstimate | None = None,
) -> WorkloadReplay:
    """Summarise the runs of all seeds against what a workload was promised; `relaxation_s` and `busy` [period]."""
    first_tokens = [run.ttft_bins for run in runs]
    prefill, decode = (
        _mean([getattr(run, name) for run in runs]) for name in ("prefill_busy", "decode_busy")
    )
    parts = clock.part_s / np.maximum(relaxation_s, SHORTEST_S)
    unsettled = (parts < MEANS_OF[-1]) & (busy < FULL) & (clock.pace < 1.0)
    promises = tuple(_promise(one, place, runs, parts, unsettled) for place, one in enumerate(limits))
    deferred = instance.workloads[workload].deferral is not None
    return WorkloadReplay(
        workload=workload,
        replayed_s_per_period=clock.period_s,
        requests=sum(run.requests for run in runs),
        ttft_ms={}
        if deferred
        else _percentiles(first_tokens, SECONDS_PER_MS, _known("ttft_ms", limits, runs)),
        tpot_ms=_percentiles(
            [run.tpot_bins for run in runs], SECONDS_PER_MS, _known("tpot_ms", limits, runs)
        ),
        waited_hours=_percentiles(first_tokens, clock.pace * 3600.0, []) if deferred else {},
        goodput_per_s=estimate([run.good_per_s for run in runs]),
        good_share=estimate([run.good_share for run in runs]),
        unserved_share=estimate([run.unserved_share for run in runs]),
        promises=promises,
        no_verdict=_no_verdict(runs, clock, relaxation_s, busy, promises),
        availability=instance.workloads[workload].sla.availability,
        standing_share=standing,
        planned_for_waits=waits_count(instance.workloads[workload]),
        prefill_utilisation=tuple(prefill.tolist()),
        decode_utilisation=tuple(decode.tolist()),
        cache_hit_share=hits,
    )


def _no_verdict(
    runs: Sequence[Counted],
    clock: ReplayClock,
    relaxation_s: Array,
    busy: Array,
    promises: Sequence[Promise],
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
        elif clock.pace < 1.0 and clock.part_s < relaxation_s[period]:
            reason = (
                f"{clock.part_s:,.0f} s are left to settle of {clock.period_s:,.0f} s replayed of the period, and "
                f"waits settle in {relaxation_s[period]:,.0f} s: ask for more requests"
            )
        reasons.append(reason or next(filter(None, (_uncertain(one, period) for one in promises)), ""))
    return tuple(reasons)


def _uncertain(promise: Promise, period: int) -> str:
    """Why a share below what is promised neither breaks the promise nor keeps it."""
    share, error = promise.share[period], promise.error[period]
    if share >= promise.quantile or not promise.kept[period] or error <= 1.0 - promise.quantile:
        return ""
    return (
        f"{share:.1%} ±{error:.1%} were in time, for they wait together: too few are replayed to tell, "
        "ask for more requests"
    )


def _promise(
    limit: Limit, place: int, runs: Sequence[Counted], parts: Array, unsettled: NDArray[np.bool_]
) -> Promise:
    """How a limit fared; waits settle `parts` times in a part of a period, `unsettled` where that is too seldom."""
    count = np.array([run.came if limit.of_first_token else run.written for run in runs])
    hits = np.array([run.within[place] for run in runs])
    periods = count.shape[1]
    share, error = np.ones(periods), np.zeros(periods)
    for period in np.flatnonzero(count.sum(axis=0)).tolist():
        seen = count[:, period] > 0
        found = estimate(hits[seen, period] / count[seen, period])
        share[period] = hits[:, period].sum() / count[:, period].sum()
        error[period] = max(
            found.half_width or 0.0,
            _binomial_error(limit.quantile, float(count[:, period].sum())),
            _error_of_groups(runs, place, count[:, period], period, float(parts[period])),
            min(1.0, UNSETTLED * (1.0 - limit.quantile)) if unsettled[period] else 0.0,
        )
    return Promise(
        measure=limit.measure,
        quantile=limit.quantile,
        limit=limit.value,
        share=tuple(share.tolist()),
        error=tuple(error.tolist()),
        kept=tuple((share + error >= limit.quantile).tolist()),
    )


def _error_of_groups(runs: Sequence[Counted], place: int, count: Array, period: int, settles: float) -> float:
    """Half width by means of groups, each no shorter than waits settle in, of which a part has `settles` times."""
    way = next((way for way, groups in enumerate(MEANS_OF) if groups <= settles), len(MEANS_OF) - 1)
    variance = np.array([run.variance[place, period, way] for run in runs])
    error = float(np.sqrt(variance @ count**2)) / float(count.sum())
    return float(student.ppf((1 + CONFIDENCE) / 2, (MEANS_OF[way] - 1) * len(runs))) * error


def _binomial_error(quantile: float, count: float) -> float:
    """Half width for `count` independent requests that keep a promise exactly at its quantile."""
    return float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(quantile * (1.0 - quantile) / count))


def _known(measure: str, limits: Sequence[Limit], runs: Sequence[Counted]) -> list[tuple[float, list[float]]]:
    """Limits of a measure, each with the share of each run's requests that kept it."""
    found = []
    for place, one in enumerate(limits):
        if one.measure == measure:
            weighed = [run.ttft_bins if one.of_first_token else run.tpot_bins for run in runs]
            found.append(
                (one.value, [run.kept[place] for run, bins in zip(runs, weighed, strict=True) if bins.sum()])
            )
    return found


def _percentiles(
    histograms: Sequence[Array], unit: float, known: Sequence[tuple[float, list[float]]]
) -> dict[str, ReplayEstimate]:
    """Percentiles of histograms, on the side of each limit on which they are `known` to lie."""
    full = [bins for bins in histograms if bins.sum()]
    found = {}
    for name, quantile in QUANTILES.items():
        values = [_percentile(bins, quantile) / unit for bins in full]
        for limit, kept in known:
            values = [
                min(value, limit) if share >= quantile else max(value, limit)
                for value, share in zip(values, kept, strict=True)
            ]
        found[name] = estimate(values)
    return found if full else {}


def _percentile(bins: Array, quantile: float) -> float:
    """The time that a share of a histogram stays within, s, geometric inside its bin."""
    edges = SHORTEST_S * 10.0 ** (np.arange(BINS) / BINS_PER_DECADE)
    reached = np.cumsum(bins)
    asked = quantile * reached[-1]
    place = int(np.searchsorted(reached, asked))
    if place == 0:
        return float(edges[0])
    part = (asked - reached[place - 1]) / float(bins[place])
    return float(edges[place - 1] * 10.0 ** (part / BINS_PER_DECADE))


def _mean(series: Sequence[Array]) -> Array:
    return np.asarray(np.mean(series, axis=0))
