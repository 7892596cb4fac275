"""A replay in words: what `planner simulate` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.simulation import Promise, Replay, WorkloadReplay


def replay_text(result: Replay) -> str:
    """The replay in words: one block a workload, with the periods in which a promise was broken."""
    heading = (
        f"{result.instance}: {result.trace or 'synthetic arrivals'}, load {result.load:g}, "
        f"{'with' if result.failures else 'without'} failures, {result.router}, {len(result.seeds)} seeds"
    )
    return "\n".join(
        [heading, *(line for entry in result.workloads for line in _workload(entry, result.periods))]
    )


def _workload(entry: WorkloadReplay, periods: tuple[str, ...]) -> Iterator[str]:
    yield (
        f"{entry.workload}: {entry.requests:,} requests, {entry.replayed_s_per_period:,.0f} s of every period"
    )
    measured = {"TTFT ms": entry.ttft_ms, "TPOT ms": entry.tpot_ms, "waited h": entry.waited_hours}
    for label, percentiles in measured.items():
        if percentiles:
            yield f"  {label:9} {', '.join(f'{name} {value}' for name, value in percentiles.items())}"
    yield f"  goodput   {entry.goodput_per_s} requests/s, {entry.good_share} of all"
    yield f"  busiest   prefill {max(entry.prefill_utilisation):.1%}, decode {max(entry.decode_utilisation):.1%}"
    if entry.cache_hit_share is not None:
        yield f"  cache     {entry.cache_hit_share:.1%} of prompt tokens"
    if entry.standing_share is not None:
        verdict = "kept" if entry.stands else "broken"
        yield f"  up        {entry.standing_share} of the time, promised {entry.availability:g}: {verdict}"
    for promise in entry.promises:
        yield from _promise(promise, periods)
    unproven = [place for place, reason in enumerate(entry.no_verdict) if reason]
    if unproven:
        yield f"  no verdict in {len(unproven)} of {len(periods)} periods, even where kept; in the first of them,"
        yield f"    {periods[unproven[0]]}  {entry.no_verdict[unproven[0]]}"
    if not entry.planned_for_waits and any(promise.measure == "ttft_ms" for promise in entry.promises):
        yield "  note      the plan keeps no headroom for waits: the workload gives no `queueing`"


def _promise(promise: Promise, periods: tuple[str, ...]) -> Iterator[str]:
    broken = [place for place, kept in enumerate(promise.kept) if not kept]
    verdict = f"broken in {len(broken)} of {len(promise.kept)} periods" if broken else "kept in every period"
    measure, unit = promise.measure.rsplit("_", 1)
    name = measure.upper() if unit == "ms" else measure
    yield f"  promise   {name} p{100 * promise.quantile:g} <= {promise.limit:g} {unit}: {verdict}"
    for place in broken:
        yield f"    {periods[place]}  {promise.share[place]:.2%} ±{promise.error[place]:.2%}"
