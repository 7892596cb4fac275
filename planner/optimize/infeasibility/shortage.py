"""The least share of the requests that must go unserved, all limits as they are.

    min sum_{w,t} shed[workload(w),t] * demand[w,t] / max demand[w]

A request whose prompt is not read is not answered either: the phases of a workload are short by one share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.engines.program import FEASIBILITY_TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.model.sets import Sets
    from planner.optimize.engines import IndexedProgram
    from planner.optimize.infeasibility.program import ElasticProgram


@dataclass(frozen=True)
class Shortage:
    """Work that cannot be served in a period, limits as they are; in tokens/s (requests/s).

    `nodes` of `hardware`, the one that does most of it per node, would serve the rest; no unit may come in
    just that size, so it can take more. None where no unit can do the work.
    """

    period: int
    workload: str
    phase: str
    demand_per_s: float
    unserved_per_s: float
    nodes: int | None
    hardware: str | None

    @property
    def share(self) -> float:
        """Unserved share of the demand."""
        return self.unserved_per_s / self.demand_per_s


def shortage_question(elastic: ElasticProgram) -> IndexedProgram:
    """The elastic program that asks for the least shortage."""
    return elastic.question([], True, _unserved(elastic))


def shortages_of(elastic: ElasticProgram, answer: Solution) -> tuple[Shortage, ...]:
    """What the answer leaves unserved, in the order of the periods."""
    if answer.values is None:
        return ()
    found = []
    for period, work in np.argwhere(elastic.shed.T >= 0).tolist():
        demand = float(elastic.sets.demand[work, period])
        unserved = float(answer.values[elastic.shed[work, period]] * demand)
        if not elastic.priced[work] and unserved > FEASIBILITY_TOLERANCE * demand:
            kind, unserved = elastic.sets.works[work], min(unserved, demand)
            nodes, hardware = _nodes_short(elastic.sets, work, period, unserved)
            found.append(Shortage(period, kind.workload, str(kind.phase), demand, unserved, nodes, hardware))
    return tuple(found)


def _unserved(elastic: ElasticProgram) -> NDArray[np.float64]:
    """Cost of shedding: 1 for the largest demand of each work that must be served, nothing for the others."""
    sets, cost = elastic.sets, elastic.zeros()
    share = sets.demand / np.maximum(sets.demand.max(axis=1, initial=0.0, keepdims=True), 1e-12)
    for work in np.flatnonzero(~elastic.priced):
        there = elastic.shed[work] >= 0
        cost[elastic.shed[work][there]] += share[work][there]
    return cost


def _nodes_short(sets: Sets, work: int, period: int, unserved: float) -> tuple[int | None, str | None]:
    per_node = sets.rate[:, work] * sets.busy_limit[:, period] / sets.nodes
    if not (per_node > 0).any():
        return None, None
    best = int(np.argmax(per_node))
    return math.ceil(unserved / per_node[best] - FEASIBILITY_TOLERANCE), sets.hardware[sets.hardware_of[best]]
