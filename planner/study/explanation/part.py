"""The part of a long horizon that is explained: its hardest window, what the plan commits to held fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.prepare import sets_of
from planner.optimize.infeasibility.hardest import hardest_start, window
from planner.plan.quantities import held
from planner.study.economics import is_commitment

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates


def hardest_part(instance: Instance, plan: Plan, rates: Rates, count: int) -> Instance:
    """The periods around the hardest one as an instance of their own.

    Channels that commit for longer than a period hold there what the plan holds, no more and no less; where
    that changes within the window it lies between the least and the most. Nodes hired by the period are free.
    """
    first = hardest_start(instance, rates, count)
    sets, nodes = sets_of(instance, rates), held(plan)
    fleet = {hardware: dict(channels) for hardware, channels in instance.fleet.items()}
    for entry in sets.channels:
        hardware = sets.hardware[entry.hardware]
        channel = fleet[hardware][entry.name]
        if is_commitment(entry):
            series = np.array(nodes.get((hardware, entry.name), [0] * sets.periods))[first : first + count]
            limits = {"min_nodes": int(series.min()), "max_nodes": int(series.max())}
            fleet[hardware][entry.name] = channel.model_copy(update=limits)
    return window(instance.model_copy(update={"fleet": fleet}), first, count)
