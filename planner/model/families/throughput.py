"""Throughput: a unit that shares its time between works has only the time of its running units.

    sum_{w} busy[u,w,t] <= busy_limit[u,t] * (on[u,t] - lost[u,t])                             all shared u, t

    rate[u,w] * busy[u,w,t] <= MOST * servable[w,t] * (on[u,t] - lost[u,t]) / least[u,t]      traces u, w, t

    sum_{u in g} steps[g,u] * on[u,t] >= units[g,t]                                groups g of units, where needed

units. Work that takes less than a thousandth of one unit's time is a trace: the first row would allow it beside
a thousandth of a unit, and beside none where it takes less still. The second asks for a whole one: `least` is
the smallest usable share of one unit, and MOST, far above what any plan needs, keeps the row from binding
otherwise. The third follows from the first and from whole numbers: it is what works need that only these units do,
rounded up before an engine's tolerance sees it (`planner.model.whole_units`), and stands where that makes a
difference, or a trace is there. Dual: USD per further unit in that period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PERIOD, UNIT, WORK
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row

MOST = 1e3


def _busy(sets: Sets) -> Domain:
    able = [(unit, work) for unit in sets.shared_units for work in np.flatnonzero(sets.rate[unit]).tolist()]
    at = [(*pair, period) for pair in able for period in range(sets.periods)]
    units = [unit for unit, _ in able]
    return domain(at, 3, upper=(sets.busy_limit[units] * sets.on_limit[units]).ravel())


VARIABLES = (
    DecisionVariable(
        "busy",
        (UNIT, WORK, PERIOD),
        _busy,
        "units' worth of time",
        "spent on a work, for units that share their time; tokens served = rate * busy",
    ),
)

AUDITED_BY = ("throughput",)


def applies(sets: Sets) -> bool:
    """Where some unit can do more than one kind of work."""
    return bool(sets.shared_units)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped(
        "works that share units are one demand, which any plan meets that has time for each of them"
    )


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per shared unit and period, one per trace of work that it may do, one per sum rounded up."""
    for unit in sets.shared_units:
        works = np.flatnonzero(sets.rate[unit]).tolist()
        for period in range(sets.periods):
            busy = [(variables["busy"][unit, work, period], 1.0) for work in works]
            yield (
                "",
                (unit, period),
                affine(busy + variables.usable(sets, unit, period, -1.0)) <= 0,
            )
            yield from _trace_rows(sets, variables, unit, period)
    for place, group in enumerate(sets.unit_groups.groups):
        for needed in group.least():
            steps = zip(needed.units, needed.steps, strict=True)
            terms = [(variables["on"][unit, needed.period], float(step)) for unit, step in steps]
            yield "whole", (place, needed.period), affine(terms) >= needed.least


def _trace_rows(sets: Sets, variables: Variables, unit: int, period: int) -> Iterator[Row]:
    """One row per work that takes next to nothing of the unit's time."""
    usable = variables.usable(sets, unit, period, -1.0 / sets.least_usable)
    for work in np.flatnonzero(sets.traces[unit, :, period]).tolist():
        share = float(sets.rate[unit, work] / (MOST * sets.servable[work, period]))
        row = affine([(variables["busy"][unit, work, period], share), *usable]) <= 0
        yield "trace", (unit, work, period), row
