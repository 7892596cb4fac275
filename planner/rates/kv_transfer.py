"""Transfer of the KV cache: what passes after a prompt is read on one unit until another may write its answer.

    transfer[u, w] = max(sending[u, w], max_d receiving[d, w])        s; prefill units u, decode units d

Sending and receiving are the bytes of the mean prompt's cache over the links of either side (`kernels.sweep`). Which
unit writes an answer is not known before the plan is, so the slowest receiver counts that the cache may reach
(`planner.rates.places`). Where a workload states
`queueing.kv_transfer_ms`, that is the transfer. A unit that reads and writes keeps the cache, and a workload that
generates nothing hands none over. Rates that are given say nothing of links: what is unknown counts as nothing, and
`transfer_doubts` says so.

Links are a capacity of either side too: a unit hands over (takes) no more prompts than pass its own,

    rate[u, w] <= replicas[u] * work of a request / own transfer[u, w]        units rated by the kernel, none stated

since a replica sends (receives) one cache after another over the links of its GPUs, while it computes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_MS
from planner.instance.demand_series import phases_of
from planner.instance.deployment import Phase, Role
from planner.rates.places import places_of_units, receivers_of
from planner.rates.server_slots import mean_work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance, Workload
    from planner.rates.rates import RateDetail, Rates, Unit, Work


def stated_transfer_ms(workload: Workload) -> float | None:
    """What the workload says its transfer takes, nothing where it generates nothing; None: up to the links."""
    if Phase.DECODE not in phases_of(workload):
        return 0.0
    return workload.queueing.kv_transfer_ms if workload.queueing is not None else None


def cap_by_links(
    instance: Instance,
    units: Sequence[Unit],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
) -> None:
    """Lower the computed rates of units that hand caches over, or take them, to what passes their own links."""
    for place, work in enumerate(works):
        if work.phase is Phase.REQUEST or stated_transfer_ms(instance.workloads[work.workload]) is not None:
            continue
        for unit in np.flatnonzero(rate[:, place]).tolist():
            detail = details[unit][work.name]
            own_ms, replica = detail.kv_transfer_ms, detail.replica_gpus
            if not own_ms or replica is None or detail.is_measured:  # measured units handed caches over
                continue
            most = units[unit].gpus / replica * mean_work(instance, work) / (own_ms * SECONDS_PER_MS)
            if most < rate[unit, place]:
                rate[unit, place] = most
                nominal = None if detail.nominal_per_s is None else min(detail.nominal_per_s, most)
                details[unit][work.name] = replace(detail, binding="KV transfer", nominal_per_s=nominal)


def add_transfers(
    instance: Instance,
    units: Sequence[Unit],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Put the transfer into the details of all units that read prompts, and drop those that are too late by it.

    Before, `kv_transfer_ms` of a detail is that of the unit's own links. Returns the reason by unit.
    """
    reasons: dict[int, str] = {}
    places = places_of_units(instance, units)
    for place, work in enumerate(works):
        if work.phase is not Phase.PREFILL:
            continue
        workload = instance.workloads[work.workload]
        stated = stated_transfer_ms(workload)
        slowest = {
            reads: _slowest_receiver(units, works, details, rate, work.workload, receivers)
            for reads, receivers in receivers_of(instance, work.workload).items()
        }
        limit_ms = min(workload.sla.ttft_ms.limits().values()) if workload.sla.ttft_ms is not None else np.inf
        for unit in np.flatnonzero(rate[:, place]).tolist():
            detail = details[unit][work.name]
            own = detail.kv_transfer_ms
            if units[unit].role is not Role.PREFILL:
                transfer: float | None = 0.0
            else:
                far = slowest[places[unit]]
                transfer = stated if stated is not None or own is None else max(own, far)
            details[unit][work.name] = replace(detail, kv_transfer_ms=transfer)
            later = transfer is not None and own is not None and transfer > own
            if later and (detail.prefill_ms or 0.0) + (transfer or 0.0) > limit_ms:
                rate[unit, place] = 0.0
                reasons[unit] = "prefill and the transfer of its KV cache out of reach"
    return reasons


def _slowest_receiver(
    units: Sequence[Unit],
    works: tuple[Work, ...],
    details: list[dict[str, RateDetail]],
    rate: NDArray[np.float64],
    workload: str,
    receivers: frozenset[str],
) -> float:
    """Longest time that a decode unit of a workload takes to receive a cache, ms, of those whose links are known.

    `receivers`: the hardware that it may reach.
    """
    known = [
        details[unit][work.name].kv_transfer_ms or 0.0
        for place, work in enumerate(works)
        if work.workload == workload and work.phase is Phase.DECODE
        for unit in np.flatnonzero(rate[:, place]).tolist()
        if units[unit].role is Role.DECODE and units[unit].hardware in receivers
    ]
    return max(known, default=0.0)


def transfer_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """One sentence for each workload whose first token is promised while nothing is known of some unit's links."""
    for name, workload in instance.workloads.items():
        if workload.queueing is None or workload.sla.ttft_ms is None:
            continue
        stated = workload.queueing.kv_transfer_ms
        separate = _separate(rates, name)
        path = f"workloads.{name}.queueing.kv_transfer_ms"
        if stated and not any(rates.units[unit].role is Role.PREFILL for unit in separate):
            yield f"{path}: counts for nothing, as no unit hands the KV cache of its prompts over"
        if stated_transfer_ms(workload) is not None:
            continue
        unknown = [
            rates.units[unit].name for unit, detail in separate.items() if detail.kv_transfer_ms is None
        ]
        if unknown and any(rates.units[unit].role is Role.PREFILL for unit in separate):
            yield (
                f"{path}: nothing is known of the links of {', '.join(unknown)}: their part of the transfer of the "
                "KV cache counts as 0 ms in the time to first token; state it here"
            )


def _separate(rates: Rates, workload: str) -> dict[int, RateDetail]:
    """Units that do one phase of a workload alone, with how their rates came about."""
    return {
        unit: rates.details[unit][work.name]
        for place, work in enumerate(rates.works)
        if work.workload == workload
        for unit in np.flatnonzero(rates.rate[:, place]).tolist()
        if rates.units[unit].role in (Role.PREFILL, Role.DECODE)
    }
