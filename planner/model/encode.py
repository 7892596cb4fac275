"""Encode: the records of a plan -> values of the variables, as a hint where to start the next solve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.data import WHOLE
from planner.model.decode import starts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.index import Index
    from planner.model.sets import Sets
    from planner.model.values import Values
    from planner.plan.plan import Plan


@dataclass(frozen=True, eq=False)
class WarmStart:
    """Decisions of a plan to begin a search from, on the axes of a question: acquire[offer], on[unit, period]."""

    acquire: NDArray[np.int64]
    on: NDArray[np.int64]


def warm_start_of(sets: Sets, plan: Plan) -> WarmStart:
    """Decisions that repeat a plan, perhaps of another instance.

    Units, channels and periods that are not in `sets` are left out, and whole decisions are repeated up to
    their limits. Nothing promises that they are feasible.
    """
    return WarmStart(_acquire(sets, plan), _on(sets, plan))


def hint_of(sets: Sets, plan: Plan, index: Index) -> NDArray[np.float64]:
    """Values of the columns that repeat a plan as `warm_start_of` does, shape [column]; NaN where it does not say."""
    return decided(sets, warm_start_of(sets, plan), index)


def decided(sets: Sets, warm_start: WarmStart, index: Index) -> NDArray[np.float64]:
    """Values of the columns that decisions fix, shape [column]; NaN elsewhere."""
    units, acquired = units_decided(sets, warm_start, index), {"acquire": warm_start.acquire}
    return np.where(np.isnan(units), index.spread(acquired, missing=np.nan), units)


def units_decided(sets: Sets, warm_start: WarmStart, index: Index) -> NDArray[np.float64]:
    """The same of decisions on units alone."""
    values = {"on": warm_start.on, "start": starts_of(sets, warm_start.on)}
    return index.spread(values, missing=np.nan)


def columns_of(index: Index, values: Values) -> NDArray[np.float64]:
    """Decisions as one number a column, shape [column]."""
    return index.spread({variable: values.at(variable) for variable in index.columns})


def _on(sets: Sets, plan: Plan) -> NDArray[np.int64]:
    """Units on as the plan has them, shape [unit, period]."""
    on = np.zeros((len(sets.units), sets.periods), dtype=np.int64)
    position = {unit.name: place for place, unit in enumerate(sets.units)}
    for unit in plan.units:
        if unit.unit in position:
            count = min(sets.periods, len(unit.on))
            on[position[unit.unit], :count] = unit.on[:count]
    return np.minimum(on, sets.on_limit)


def _acquire(sets: Sets, plan: Plan) -> NDArray[np.int64]:
    """Increments of each offer as the plan has them, shape [offer]."""
    acquire = np.zeros(len(sets.first), dtype=np.int64)
    offers = {
        (sets.hardware[channel.hardware], channel.name, int(sets.first[offer]), int(sets.last[offer])): offer
        for channel in sets.channels
        for offer in range(channel.offers.start, channel.offers.stop)
    }
    for holding in plan.holdings:
        offer = offers.get((holding.hardware, holding.channel, holding.first, holding.last))
        if offer is not None:
            acquire[offer] = math.ceil(holding.nodes / float(sets.offer_increment[offer]) - WHOLE)
    return acquire
