"""A sweep of one replica over concurrency, and the most requests per second that it serves within limits.

Between neighbouring loads rate and latencies are taken as straight lines, so that the largest rate within limits
lies at a measured load or where a latency meets its limit. A rate that grows ever more slowly and latencies that
grow ever faster lie above and below these lines: what is found errs to the safe side. Nothing is extrapolated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.benchmarks.limits import METRICS, answering
from planner.loader.benchmarks.point import concurrency_of
from planner.loader.demand.amounts import MOST_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.loader.benchmarks.limits import LatencyLimit
    from planner.loader.benchmarks.point import BenchmarkPoint

LITTLE_SLACK = 1.5
"""Latencies may need so much more than the concurrency that is stated: lengths and latencies vary together."""
LEAST_UNDER_WAY = 0.01
"""Share of the concurrency that is stated which latencies must fill: a limit on it is seldom met, seconds never are."""
SAME_LENGTH = 0.05
"""Mean lengths of runs that differ by no more are of one sweep: benchmarks draw them at random."""


class NoLoadWithin(InstanceError):
    """No load of a sweep keeps the limits."""


@dataclass(frozen=True)
class BestPoint:
    """The load at which a replica serves the most requests within limits.

    `ttft_ms` and `tpot_ms` are by statistic, of those that every point of the sweep has. `beyond` says what stands
    in the way of more: the limit that is met, or that no higher load was measured. `answered` says which statistic
    stands in for one that the files do not give.
    """

    requests_per_s: float
    concurrency: float
    input_tokens: float
    output_tokens: float
    ttft_ms: dict[str, float]
    tpot_ms: dict[str, float]
    between: tuple[BenchmarkPoint, ...]
    beyond: str
    answered: tuple[str, ...]


def in_order(points: Sequence[BenchmarkPoint], most_failed: float) -> list[BenchmarkPoint]:
    """The points of one sweep by concurrency, repeated ones as their mean.

    Raises InstanceError where lengths differ, rates are more than concurrency and latencies allow, more than a share
    `most_failed` of the requests of a run failed, or a concurrency is not known.
    """
    faults = [fault for point in points for fault in _unfit(point, points[0], most_failed)]
    if len(points) > 1:
        lost = [point for point in points if not math.isfinite(point.concurrency)]
        faults += [point.fault("says neither its concurrency nor its latencies") for point in lost]
    if faults:
        raise InstanceError(faults)
    ordered = sorted(points, key=lambda point: point.concurrency)
    return [_mean(list(same)) for _, same in groupby(ordered, key=lambda point: point.concurrency)]


def best_within(points: Sequence[BenchmarkPoint], limits: Sequence[LatencyLimit]) -> BestPoint:
    """The best load of a sweep that `in_order` gave. Raises NoLoadWithin where none keeps the limits, InstanceError
    where the sweep does not say so."""
    statistics, faults, answered = list[str](), list[Fault](), list[str]()
    for limit in limits:
        name = answering(limit, points)
        if name is None:
            lacking = next(point for point in points if answering(limit, [point]) is None)
            words = (
                f"gives no {limit.statistic}{'' if limit.statistic == 'mean' else ' or higher percentile'}"
            )
            faults.append(lacking.fault(f"{words} of the {METRICS[limit.metric]}, which is limited"))
            continue
        statistics.append(name)
        if name != limit.statistic:
            answered.append(
                f"{limit.metric.upper()} {name} stands in for {limit.statistic}, which is not given"
                f"{': it is looser' if name == 'mean' else ''}"
            )
    if faults:
        raise InstanceError(faults)
    rows = [
        [_latency(point, limit, name) for limit, name in zip(limits, statistics, strict=True)]
        for point in points
    ]
    found = max(_candidates(points, rows, limits), default=None, key=lambda one: one[0])
    if found is None:
        raise NoLoadWithin([_none_within(points, rows, limits)])
    return _at(points, rows, limits, found[1], found[2], tuple(answered))


def _unfit(point: BenchmarkPoint, first: BenchmarkPoint, most_failed: float) -> Iterator[Fault]:
    for name in ("input_tokens", "output_tokens"):
        here, there = getattr(point, name), getattr(first, name)
        if abs(here / there - 1.0) > SAME_LENGTH:
            words = name.replace("_", " ")
            yield point.fault(
                f"has {here:,.0f} {words}, {first.place} has {there:,.0f}: import one pair of lengths at a time"
            )
    if point.least_concurrency > LITTLE_SLACK * point.concurrency:
        yield point.fault(
            f"says {point.requests_per_s:.4g} requests/s at {point.concurrency:.4g} at once, but requests as long as "
            f"its latencies say are {point.least_concurrency:.4g} at once or more by Little's law"
        )
    under_way = concurrency_of(point.requests_per_s, point.ttft_ms, point.tpot_ms, point.output_tokens)
    if under_way < LEAST_UNDER_WAY * point.concurrency:
        yield point.fault(
            f"says {point.concurrency:.4g} requests at once, but of requests as short as its latencies say "
            f"{under_way:.4g} are by Little's law: latencies are in milliseconds, are these in seconds?"
        )
    if not point.requests_per_s * (point.input_tokens + point.output_tokens) <= MOST_PER_S:
        yield point.fault(f"says {point.requests_per_s:.4g} requests/s: above {MOST_PER_S:g} tokens a second")
    failed, completed = point.failed or 0.0, point.completed or 0.0
    if failed > most_failed * (failed + completed):
        yield point.fault(
            f"{failed:,.0f} of {failed + completed:,.0f} requests failed: the others had the replica to themselves; "
            "measure again, or raise --most-failed"
        )


def _mean(same: list[BenchmarkPoint]) -> BenchmarkPoint:
    """Repeated runs at one load as one point: means of rates and of the latencies that all of them have."""
    if len(same) == 1:
        return same[0]

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)

    def latencies(name: str) -> dict[str, float]:
        every = [getattr(point, name) for point in same]
        shared = [key for key in every[0] if all(key in one for one in every)]
        return {key: mean([one[key] for one in every]) for key in shared}

    return replace(
        same[0],
        requests_per_s=mean([point.requests_per_s for point in same]),
        input_tokens=mean([point.input_tokens for point in same]),
        output_tokens=mean([point.output_tokens for point in same]),
        ttft_ms=latencies("ttft_ms"),
        tpot_ms=latencies("tpot_ms"),
        derived=(*same[0].derived, f"the mean of {len(same)} runs"),
    )


def _latency(point: BenchmarkPoint, limit: LatencyLimit, statistic: str) -> float:
    return (point.ttft_ms if limit.metric == "ttft" else point.tpot_ms)[statistic]


def _candidates(
    points: Sequence[BenchmarkPoint], rows: list[list[float]], limits: Sequence[LatencyLimit]
) -> Iterator[tuple[float, int, float]]:
    """(rate, place, part of the way to the next point) of every load that may be the best."""
    for place, point in enumerate(points):
        if all(here <= limit.most_ms for here, limit in zip(rows[place], limits, strict=True)):
            yield point.requests_per_s, place, 0.0
    for place, (here, there) in enumerate(pairwise(points)):
        for part in _meets(rows[place], rows[place + 1], limits):
            yield here.requests_per_s + part * (there.requests_per_s - here.requests_per_s), place, part


def _meets(here: list[float], there: list[float], limits: Sequence[LatencyLimit]) -> Iterator[float]:
    """Parts of the way between two loads at which a limit is met and all others are kept."""
    for first, last, limit in zip(here, there, limits, strict=True):
        if first == last:
            continue
        part = (limit.most_ms - first) / (last - first)
        if not 0.0 < part < 1.0:
            continue
        between = [one + part * (other - one) for one, other in zip(here, there, strict=True)]
        kept = (value <= most.most_ms * (1.0 + 1e-12) for value, most in zip(between, limits, strict=True))
        if all(kept):
            yield part


def _at(
    points: Sequence[BenchmarkPoint],
    rows: list[list[float]],
    limits: Sequence[LatencyLimit],
    place: int,
    part: float,
    answered: tuple[str, ...],
) -> BestPoint:
    here = points[place]
    there = points[place + 1] if part else here

    def between(one: float, other: float) -> float:
        return one + part * (other - one)

    def latencies(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
        return {name: between(value, other[name]) for name, value in one.items() if name in other}

    return BestPoint(
        requests_per_s=between(here.requests_per_s, there.requests_per_s),
        concurrency=between(here.concurrency, there.concurrency),
        input_tokens=between(here.input_tokens, there.input_tokens),
        output_tokens=between(here.output_tokens, there.output_tokens),
        ttft_ms=latencies(here.ttft_ms, there.ttft_ms),
        tpot_ms=latencies(here.tpot_ms, there.tpot_ms),
        between=(here, there) if part else (here,),
        beyond=_beyond(points, rows, limits, place, part),
        answered=answered,
    )


def _beyond(
    points: Sequence[BenchmarkPoint],
    rows: list[list[float]],
    limits: Sequence[LatencyLimit],
    place: int,
    part: float,
) -> str:
    """What stands in the way of more requests than those of a load."""
    if place + 1 == len(points):
        return (
            f"no load above {points[-1].concurrency:.4g} concurrent requests was measured: it may serve more"
        )
    ahead = points[place + 1].concurrency
    for limit, here, there in zip(limits, rows[place], rows[place + 1], strict=True):
        if part and math.isclose(here + part * (there - here), limit.most_ms, rel_tol=1e-9):
            return f"{limit} is met"
        if not part and there > limit.most_ms:
            return f"{limit} is broken at {ahead:.4g} concurrent requests"
    return f"{ahead:.4g} concurrent requests served no more of them"


def _none_within(
    points: Sequence[BenchmarkPoint], rows: list[list[float]], limits: Sequence[LatencyLimit]
) -> Fault:
    lowest = ", ".join(
        f"{limit} ({min(row[place] for row in rows):,.4g} at best)" for place, limit in enumerate(limits)
    )
    return points[0].fault(f"no load of the sweep keeps {lowest}: measure fewer concurrent requests")
