"""What binds in which hour: demand met barely, nodes all in use, channels and other limits at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.families import relaxable_limits
from planner.study.explanation.records import Hour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.relaxable import RelaxableLimit
    from planner.study.explanation.case import ExplainedPlan

TIGHT = 1e-6


def hours_of(case: ExplainedPlan) -> tuple[Hour, ...]:
    """One record a period."""
    sets = case.sets
    dual_value = case.node_duals(case.relaxed)
    reached = _limits_reached(case)
    return tuple(
        Hour(
            period=label,
            binds=(*_demand(case, period), *_nodes(case, period), *reached[period]),
            headroom_per_s={
                work.name: float(case.headroom[place, period]) for place, work in enumerate(sets.works)
            },
            idle_nodes={
                hardware: round(float(case.idle_nodes[place, period]), 6)
                for place, hardware in enumerate(sets.hardware)
            },
            node_worth={
                hardware: round(float(dual_value[place, period]), 6)
                for place, hardware in enumerate(sets.hardware)
            },
        )
        for period, label in enumerate(case.plan.periods)
    )


def _demand(case: ExplainedPlan, period: int) -> Iterator[str]:
    """Works whose running units are all needed: without the smallest of them, demand would not be met."""
    sets = case.sets
    for work in np.flatnonzero(sets.demand[:, period] > 0).tolist():
        running = case.values.on[:, period] > 0
        rates = sets.rate[running, work] * sets.busy_limit[running, period]
        rates = rates[rates > 0]
        if rates.size and case.headroom[work, period] < rates.min() * (1 - TIGHT):
            yield f"demand {sets.works[work].name}"


def _nodes(case: ExplainedPlan, period: int) -> Iterator[str]:
    """Hardware without an idle node, and channels that can give no more."""
    sets = case.sets
    for hardware, label in enumerate(sets.hardware):
        held = case.held_nodes[sets.channels_of(hardware), period].sum()
        if held > 0 and case.idle_nodes[hardware, period] <= 0:
            yield f"nodes {label}"
    for place, channel in enumerate(sets.channels):
        held_here = case.held_nodes[place, period]
        if (
            channel.maximum_nodes is not None
            and held_here + channel.increment_nodes > channel.maximum_nodes > 0
        ):
            yield f"fleet.{channel.label(sets)}.max_nodes"
        if 0 < held_here <= channel.minimum_nodes:
            yield f"fleet.{channel.label(sets)}.min_nodes"


def _limits_reached(case: ExplainedPlan) -> list[list[str]]:
    """Limits on the whole plan that it reaches, by period; those without a period are listed in each."""
    reached: list[list[str]] = [[] for _ in range(case.sets.periods)]
    activity = np.asarray(case.program.matrix @ case.columns)
    for limit in relaxable_limits(case.sets):
        if limit.key.startswith("fleet."):
            continue
        tight: set[int] = set()
        for part, at in limit.rows:
            row = case.index.row(limit.family, *at, part=part)
            if row is not None and _is_tight(case, row, float(activity[row]), limit):
                tight.update(at[-1:] if limit.by_period else range(case.sets.periods))
        for period in tight:
            reached[period].append(limit.key)
    return reached


def _is_tight(case: ExplainedPlan, row: int, activity: float, limit: RelaxableLimit) -> bool:
    side = float(case.program.row_upper[row] if limit.step > 0 else case.program.row_lower[row])
    return abs(activity - side) <= TIGHT * max(1.0, abs(side))
