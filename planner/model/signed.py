"""A first stage that is decided: what a plan signs before the scenario is known, as another question reads it.

An offer, or a span of a spend commitment, is known by the slots of its first and last period
(`Timeline.slot`): those of different scenarios with the same slots are one decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.instance import Instance, Timeline
    from planner.plan.plan import Plan

Slots = tuple[int, int]
Offer = tuple[str, str, Slots]
Span = tuple[str, Slots]


@dataclass(frozen=True)
class Signed:
    """A first stage that is decided: nothing else is signed.

    nodes[hardware, channel, slots] of each offer, usd_per_hour[commitment, slots], and the units
    [workload, phase] that serve a work which may not be split.
    """

    nodes: dict[Offer, int]
    usd_per_hour: dict[Span, float]
    pools: dict[tuple[str, str], str]


def plain_of(signed: Signed) -> dict[str, Any]:
    """A first stage as JSON knows it; `signed_from` reads it."""
    return {
        "nodes": [
            [hardware, channel, *slots, count] for (hardware, channel, slots), count in signed.nodes.items()
        ],
        "usd_per_hour": [[name, *slots, usd] for (name, slots), usd in signed.usd_per_hour.items()],
        "pools": [[*work, unit] for work, unit in signed.pools.items()],
    }


def signed_from(data: dict[str, Any]) -> Signed:
    """The first stage that `plain_of` wrote."""
    return Signed(
        nodes={
            (hardware, name, (first, last)): count for hardware, name, first, last, count in data["nodes"]
        },
        usd_per_hour={(name, (first, last)): usd for name, first, last, usd in data["usd_per_hour"]},
        pools={(workload, phase): unit for workload, phase, unit in data["pools"]},
    )


def signed_of(instance: Instance, plan: Plan) -> Signed:
    """The first stage of a plan of `instance`."""
    timeline = instance.timeline
    nodes: dict[Offer, int] = {}
    for holding in plan.holdings:
        if instance.fleet[holding.hardware][holding.channel].traits.committed:
            (slots,) = slots_of(timeline, [holding.first], [holding.last])
            nodes[holding.hardware, holding.channel, slots] = round(holding.nodes)
    spans: dict[Span, float] = {}
    for record in plan.committed:
        (slots,) = slots_of(timeline, [record.first], [record.last])
        spans[record.commitment, slots] = record.per_hour
    pools = {
        (record.workload, record.phase): record.unit
        for record in plan.served
        if instance.workloads[record.workload].single_pool
    }
    return Signed(nodes, spans, pools)


def slots_of(
    timeline: Timeline, first: Sequence[int] | NDArray[np.int64], last: Sequence[int] | NDArray[np.int64]
) -> list[Slots]:
    """Slots of the first and the last period of each run."""
    slot = timeline.slot
    return list(zip(slot[first].tolist(), slot[last].tolist(), strict=True))
