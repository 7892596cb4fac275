"""Doubts about promises: times to first token that a plan takes note of, and keeps no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.waits import waits_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance


def promise_doubts(instance: Instance) -> Iterator[str]:
    """One sentence for each workload whose units may be busy all the time though its first token is promised."""
    for name, workload in instance.workloads.items():
        if workload.sla.ttft_ms is None or waits_count(workload):
            continue
        lengths = "" if workload.lengths is not None else f" and workloads.{name}.lengths"
        shares = ", ".join(f"{quantile:g}" for quantile in workload.sla.ttft_ms.limits())
        yield (
            f"workloads.{name}.sla.ttft_ms: promised to a share of {shares} of requests, but no wait is planned for, "
            f"and units may be busy all the time: give workloads.{name}.queueing{lengths}, and try planner simulate"
        )
