"""From the outcomes of all seeds of one workload to what the replay shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from planner.rates.waits import waits_count
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
    from planner.verify.simulation.schedule import ReplayClock

    Array = NDArray[np.float64]

MS = 1e-3
MOST = 0.99  # share that a time per token, and a deadline, are promised to


@dataclass(frozen=True)
class ReplayRun:
    """One seed of one workload: requests that count, by period of arrival, and how busy the stages were.

    `waited_hours` runs from the end of the period of arrival until the last phase begins, of work that may
    wait; its requests are promised this and no time to first token.
    """

    period: NDArray[np.int64]
    ttft_s: Array
    tpot_s: Array
    waited_hours: Array | None
    seconds: float
    prefill_utilisation: Array
    decode_utilisation: Array


def judge(
    workload: str,
    instance: Instance,
    runs: Sequence[ReplayRun],
    clock: ReplayClock,
    hits: float | None,
    standing: ReplayEstimate | None = None,
) -> WorkloadReplay:
    """Summarise the runs of all seeds against what a workload was promised."""
    limits, periods = _limits(instance, workload), clock.periods
    good = [_good(run, limits) for run in runs]
    waits = [run.waited_hours for run in runs if run.waited_hours is not None]
    return WorkloadReplay(
        workload=workload,
        replayed_s_per_period=clock.period_s,
        requests=sum(len(run.ttft_s) for run in runs),
        ttft_ms={} if waits else _percentiles([run.ttft_s for run in runs], MS),
        tpot_ms=_percentiles([run.tpot_s for run in runs], MS),
        waited_hours=_percentiles(waits, 1.0) if waits else {},
        goodput_per_s=estimate([hit.sum() / run.seconds for hit, run in zip(good, runs, strict=True)]),
        good_share=estimate([float(hit.mean()) if len(hit) else 1.0 for hit in good]),
        unserved_share=estimate([_unserved(run) for run in runs]),
        promises=tuple(_promise(name, q, limit, runs, periods) for name, q, limit in limits),
        availability=instance.workloads[workload].sla.availability,
        standing_share=standing,
        planned_for_waits=waits_count(instance.workloads[workload]),
        prefill_utilisation=_mean([run.prefill_utilisation for run in runs]),
        decode_utilisation=_mean([run.decode_utilisation for run in runs]),
        cache_hit_share=hits,
    )


def _limits(instance: Instance, workload: str) -> list[tuple[str, float, float]]:
    """Measure, quantile and limit, in the unit of the measure, of everything promised."""
    given = instance.workloads[workload]
    limits = [
        ("ttft_ms", q, ms) for q, ms in (given.sla.ttft_ms.limits() if given.sla.ttft_ms else {}).items()
    ]
    if given.sla.tpot_ms is not None:
        limits.append(("tpot_ms", MOST, given.sla.tpot_ms))
    if given.deferral is not None:
        hours = instance.horizon.period_hours
        limits.append(("waited_hours", MOST, given.deferral.periods(hours) * hours))
    return limits


def _within(run: ReplayRun, measure: str, limit: float) -> NDArray[np.bool_]:
    if measure == "waited_hours":
        assert run.waited_hours is not None
        return np.asarray(run.waited_hours <= limit)
    values = run.ttft_s if measure == "ttft_ms" else run.tpot_s
    # rates are rounded to whole places, which moves the time per token by less than this
    return np.asarray(values <= limit * MS * (1.0 + 1e-3))


def _good(run: ReplayRun, limits: list[tuple[str, float, float]]) -> NDArray[np.bool_]:
    """Requests within every limit (the loosest of each measure would be implied by the tightest)."""
    good = np.isfinite(run.ttft_s)
    for measure in {name for name, _, _ in limits}:
        loosest = max(limit for name, _, limit in limits if name == measure)
        good &= _within(run, measure, loosest)
    return good


def _unserved(run: ReplayRun) -> float:
    return float(np.mean(~np.isfinite(run.ttft_s))) if len(run.ttft_s) else 0.0


def _promise(measure: str, quantile: float, limit: float, runs: Sequence[ReplayRun], periods: int) -> Promise:
    share, error = np.ones(periods), np.zeros(periods)
    inside = [_within(run, measure, limit) for run in runs]
    count = np.array([np.bincount(run.period, minlength=periods) for run in runs])
    hits = np.array(
        [
            np.bincount(run.period, weights=hit, minlength=periods)
            for run, hit in zip(runs, inside, strict=True)
        ]
    )
    for period in np.flatnonzero(count.sum(axis=0)):
        seen = count[:, period] > 0
        found = estimate(hits[seen, period] / count[seen, period])
        share[period] = hits[:, period].sum() / count[:, period].sum()
        error[period] = max(found.half_width or 0.0, _binomial_error(quantile, int(count[:, period].sum())))
    return Promise(
        measure=measure,
        quantile=quantile,
        limit=limit,
        share=tuple(share.tolist()),
        error=tuple(error.tolist()),
        kept=tuple((share + error >= quantile).tolist()),
    )


def _binomial_error(quantile: float, count: int) -> float:
    """Half width for `count` independent requests that keep a promise exactly at its quantile."""
    return float(norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(quantile * (1.0 - quantile) / count))


def _percentiles(samples: Sequence[Array], unit: float) -> dict[str, ReplayEstimate]:
    full = [sample for sample in samples if len(sample)]
    return {
        name: estimate([float(np.quantile(sample, q, method="lower")) / unit for sample in full])
        for name, q in QUANTILES.items()
    }


def _mean(series: Sequence[Array]) -> tuple[float, ...]:
    return tuple(np.mean(series, axis=0).tolist())
