"""When every copy of every unit is down: nodes fail by themselves, and spot nodes are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.failing import node_failures, swap_hours
from planner.verify.simulation.failures import Failing, down_times, union
from planner.verify.simulation.spot_losses import draw_losses, units_lost

if TYPE_CHECKING:
    import numpy as np

    from planner.plan.plan import Plan
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.schedule import ReplaySchedule


def down_of(
    schedule: ReplaySchedule, plan: Plan, rng: np.random.Generator | None
) -> list[list[list[Interval]]]:
    """Hours in which every copy of every unit is down, [unit][copy]; none without `rng`.

    Nodes fail by themselves, with all units that share them, and spot nodes are taken back.
    """
    if rng is None:
        return [[[] for _ in range(int(on.max(initial=0)))] for on in schedule.on]
    hours = schedule.instance.timeline.periods * schedule.instance.horizon.period_hours
    taken = units_lost(schedule, plan, draw_losses(schedule.instance, plan, rng))
    down: list[list[list[Interval]]] = []
    for unit, kind in enumerate(schedule.rates.units):
        rate, repair = node_failures(schedule.instance, kind.hardware)
        swap = swap_hours(schedule.instance, kind.hardware) if kind.stands_on > 1 else None
        failing = Failing(rate, repair, swap)
        nodes = down_times(rng, -(-len(taken[unit]) // kind.beside), kind.stands_on, failing, hours)
        failed = [nodes[copy // kind.beside] for copy in range(len(taken[unit]))]
        down.append([union(sorted(own + lost)) for own, lost in zip(failed, taken[unit], strict=True)])
    return down
