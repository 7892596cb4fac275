"""Doubts about promises: limits in time that a plan takes note of, and keeps no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance


def promise_doubts(instance: Instance) -> Iterator[str]:
    """One sentence for each workload whose units may be busy all the time though a time is promised."""
    for name, workload in instance.workloads.items():
        if waits_count(workload):
            continue
        lengths = "" if workload.lengths is not None else f" and workloads.{name}.lengths"
        if workload.sla.ttft_ms is not None:
            shares = ", ".join(f"{quantile:g}" for quantile in workload.sla.ttft_ms.limits())
            yield (
                f"workloads.{name}.sla.ttft_ms: promised to a share of {shares} of requests, but no wait is planned "
                f"for, and units may be busy all the time: give workloads.{name}.queueing{lengths}, and try planner "
                "simulate"
            )
        elif workload.sla.tpot_ms is not None:
            yield (
                f"workloads.{name}.sla.tpot_ms: kept by the mean step of a full batch; the slowest requests are not "
                f"planned for, and units may be busy all the time: give workloads.{name}.sla.ttft_ms and "
                f"queueing{lengths}, and try planner simulate"
            )
