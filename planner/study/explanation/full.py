"""Channels that are full, and what one increment more of each would save: the plan's units held, nodes chosen anew.

    saving = min cost - min cost with max_nodes + increment_nodes      subject to   on = on of the plan

both in whole numbers. More could be saved by other units; so much is for sure.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import Status
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, program_of
from planner.study.explanation.records import FullChannel
from planner.study.held_plan import admitting

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.instance.channels import Channel
    from planner.model.data import ChannelOffers
    from planner.model.sets import Sets
    from planner.optimize.engines import EnginePool, LinearProgram
    from planner.study.explanation.case import ExplainedPlan

WHOLE = EngineOptions(time_limit_s=10.0, relative_gap=1e-9, threads=1)


def full_channels(case: ExplainedPlan, engines: EnginePool) -> tuple[FullChannel, ...]:
    """One record for each channel that gives all that its `max_nodes` lets it at some time."""
    sets, full = case.sets, {}
    for place, channel in enumerate(sets.channels):
        most = channel.maximum_nodes
        if most is not None and most > 0 and _told(case.instance, sets, channel).max_nodes is not None:
            count = int((case.held_nodes[place] + channel.increment_nodes > most).sum())
            if count:
                full[place] = count
    if not full:
        return ()
    as_it_is = engines.submit(_with_units_held(case, case.sets), options=WHOLE)
    raised = {place: engines.submit(_raised(case, sets.channels[place]), options=WHOLE) for place in full}
    base = as_it_is.result()
    records = []
    for place, count in full.items():
        more = raised[place].result()
        known = base.status is Status.OPTIMAL and more.status is Status.OPTIMAL
        records.append(
            FullChannel(
                channel=sets.channels[place].label(sets),
                full_periods=count,
                increment_nodes=_increment(sets.channels[place]),
                saving=max(0.0, base.cost - more.cost) if known else None,
            )
        )
    return tuple(records)


def _raised(case: ExplainedPlan, channel: ChannelOffers) -> LinearProgram:
    """The program with one increment more of a channel to be had."""
    told, hardware = _told(case.instance, case.sets, channel), case.sets.hardware[channel.hardware]
    assert told.max_nodes is not None, "a channel without a limit is never full"
    more = told.model_copy(update={"max_nodes": told.max_nodes + _increment(channel)})
    fleet = {**case.instance.fleet, hardware: {**case.instance.fleet[hardware], channel.name: more}}
    instance = case.instance.model_copy(update={"fleet": fleet})
    return _with_units_held(case, admitting(sets_of(instance, case.rates), case.plan))


def _increment(channel: ChannelOffers) -> int:
    """Whole nodes, also where GPUs are sold one by one."""
    return math.ceil(channel.increment_nodes)


def _told(instance: Instance, sets: Sets, channel: ChannelOffers) -> Channel:
    """The channel as the instance tells it."""
    return instance.fleet[sets.hardware[channel.hardware]][channel.name]


def _with_units_held(case: ExplainedPlan, sets: Sets) -> LinearProgram:
    """The program of some sets with as many units on as in the plan."""
    program = case.program if sets is case.sets else program_of(build(sets, case.instance.name))
    on = program.index.column_grid(sets.on_limit.shape, "on")
    kept = np.zeros(program.column_count, dtype=bool)
    values = np.zeros(program.column_count)
    kept[on], values[on] = True, np.round(case.values.on)
    return program.held(kept, values)
