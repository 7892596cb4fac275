"""Spot nodes taken back: many at once where the instance says so, and what that leaves of the units.

A loss takes L nodes of a channel for its `restart_hours`: the share `lost_share` of what is held where a
`correlated_loss` is stated, else one node. Losses come at random, as often as makes every node of the channel
lose its place `interruptions_per_node_month` times:

    losses per hour = nodes held * interruptions / 730 / L

What is left of a hardware's nodes runs as many whole units as it can: each unit type keeps its part of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Interruption
    from planner.plan.plan import Plan
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.schedule import ReplaySchedule


@dataclass(frozen=True)
class NodesLost:
    """So many nodes of a hardware gone from one hour to another."""

    hardware: str
    begin: float
    end: float
    nodes: int


def interruptible(instance: Instance, plan: Plan) -> bool:
    """Whether a plan holds nodes that may be taken back."""
    return any(
        interruption.per_node_month > 0.0 and held.any()
        for _, interruption, held in _interruptible(instance, plan)
    )


def draw_losses(instance: Instance, plan: Plan, rng: np.random.Generator) -> list[NodesLost]:
    """The losses of one replay."""
    hours = instance.horizon.period_hours
    losses = []
    for hardware, interruption, held in _interruptible(instance, plan):
        loss = interruption.together
        for period in np.flatnonzero(held).tolist():
            nodes = 1 if loss is None else int(np.ceil(loss.lost_share * held[period]))
            if nodes == 0:
                continue
            rate = held[period] * interruption.per_node_month / HOURS_PER_MONTH / nodes
            for moment in rng.random(rng.poisson(rate * hours)):
                begin = (period + float(moment)) * hours
                losses.append(NodesLost(hardware, begin, begin + interruption.restart_hours, nodes))
    return losses


def units_lost(schedule: ReplaySchedule, plan: Plan, losses: list[NodesLost]) -> list[list[list[Interval]]]:
    """Hours in which every copy of every unit is down for lack of nodes, [unit][copy]."""
    down: list[list[list[Interval]]] = [[[] for _ in range(int(on.max(initial=0)))] for on in schedule.on]
    hours, units = schedule.instance.horizon.period_hours, schedule.rates.units
    for hardware in dict.fromkeys(loss.hardware for loss in losses):
        there = [place for place, unit in enumerate(units) if unit.hardware == hardware]
        used = np.array([units[place].nodes for place in there]) @ schedule.on[there]
        nodes = _nodes(plan, hardware)
        mine = [loss for loss in losses if loss.hardware == hardware]
        for begin, end, gone in _steps(mine, hours, len(nodes)):
            period = int((begin + end) / 2.0 / hours)
            kept = max(nodes[period] - gone, 0.0) / max(used[period], 1.0)
            for place in there if kept < 1.0 else []:
                on = int(schedule.on[place, period])
                for copy in range(int(on * kept + 1e-9), on):
                    down[place][copy].append((begin, end))
    return down


def _steps(losses: list[NodesLost], hours: float, periods: int) -> Iterator[tuple[float, float, int]]:
    """Runs of time within periods in which the same nodes are gone: from, until, how many."""
    moments = {moment for loss in losses for moment in (loss.begin, loss.end)}
    edges = np.unique([*moments, *(np.arange(periods + 1) * hours)])
    edges = edges[edges <= periods * hours].tolist()
    for begin, end in pairwise(edges):
        gone = sum(loss.nodes for loss in losses if loss.begin <= begin < loss.end)
        if gone:
            yield begin, end, gone


def _interruptible(instance: Instance, plan: Plan) -> Iterator[tuple[str, Interruption, NDArray[np.float64]]]:
    """How nodes of channels are taken back, and those that a plan holds of each, [period]."""
    periods = len(plan.periods)
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            interruption = channel.interruption()
            if interruption is not None:
                held = np.zeros(periods)
                for entry in plan.holdings:
                    if (entry.hardware, entry.channel) == (hardware, name):
                        held[entry.first : entry.last + 1] += entry.nodes
                yield hardware, interruption, held


def _nodes(plan: Plan, hardware: str) -> NDArray[np.float64]:
    """Nodes of a hardware that are held and not lent, [period]."""
    nodes = np.zeros(len(plan.periods))
    for sign, entries in ((1, plan.holdings), (-1, plan.lent)):
        for entry in entries:
            if entry.hardware == hardware:
                nodes[entry.first : entry.last + 1] += sign * entry.nodes
    return nodes
