"""A first stage that is decided: what a plan signs before the scenario is known, as another question reads it.

An offer, or a span of a spend commitment, is known by its run: the places of its first and last period in their
scenario (`Timeline.period_in_scenario`). Those of different scenarios with the same run are one decision.
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

PeriodRun = tuple[int, int]
Offer = tuple[str, str, PeriodRun]
ScenarioRun = tuple[str, PeriodRun]


@dataclass(frozen=True)
class Signed:
    """A first stage that is decided: nothing else is signed.

    nodes[hardware, channel, run] of each offer, usd_per_hour[commitment, run], and the units
    [workload, phase] that serve a work which may not be split.
    """

    nodes: dict[Offer, int]
    usd_per_hour: dict[ScenarioRun, float]
    pools: dict[tuple[str, str], str]


def plain_of(signed: Signed) -> dict[str, Any]:
    """A first stage as JSON knows it; `signed_from` reads it."""
    return {
        "nodes": [
            [hardware, channel, *run, count] for (hardware, channel, run), count in signed.nodes.items()
        ],
        "usd_per_hour": [[name, *run, usd] for (name, run), usd in signed.usd_per_hour.items()],
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
            (run,) = runs_of(timeline, [holding.first], [holding.last])
            nodes[holding.hardware, holding.channel, run] = round(holding.nodes)
    spans: dict[ScenarioRun, float] = {}
    for record in plan.committed:
        (run,) = runs_of(timeline, [record.first], [record.last])
        spans[record.commitment, run] = record.per_hour
    pools = {
        (record.workload, record.phase): record.unit
        for record in plan.served
        if instance.workloads[record.workload].single_pool
    }
    return Signed(nodes, spans, pools)


def runs_of(
    timeline: Timeline, first: Sequence[int] | NDArray[np.int64], last: Sequence[int] | NDArray[np.int64]
) -> list[PeriodRun]:
    """Places of the first and the last period of each run in their scenario."""
    place = timeline.period_in_scenario
    return list(zip(place[first].tolist(), place[last].tolist(), strict=True))
