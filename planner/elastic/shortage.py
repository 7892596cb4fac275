"""Shortage: the least share of the requests that must go unserved, all limits as they are.

    min sum_{w,t} shed[w,t] / max demand[w]
    shed[w,t] / demand[w,t] = shed[v,t] / demand[v,t]        all phases w, v of one workload, t

A request whose prompt is not read is not answered either, so the phases of a workload are short by one share.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.elastic.program import ElasticProgram
    from planner.engines import LinearProgram
    from planner.model.sets import Sets
    from planner.solution import Solution

NEGLIGIBLE = 1e-6


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


def shortage_question(elastic: ElasticProgram) -> LinearProgram:
    """The elastic program that asks for the least shortage."""
    program = elastic.question([], True, _unserved(elastic))
    pairs = list(_phases_in_step(elastic))
    if not pairs:
        return program
    rows = [row for row in range(len(pairs)) for _ in range(2)]
    columns = [column for pair in pairs for column, _ in pair]
    shares = [share for pair in pairs for _, share in pair]
    more = csr_array((shares, (rows, columns)), shape=(len(pairs), program.column_count))
    return replace(
        program,
        matrix=vstack([program.matrix, more], format="csr"),
        row_lower=np.concatenate([program.row_lower, np.zeros(len(pairs))]),
        row_upper=np.concatenate([program.row_upper, np.zeros(len(pairs))]),
        row_names=(*program.row_names, *(f"in_step_{row}" for row in range(len(pairs)))),
    )


def shortages_of(elastic: ElasticProgram, answer: Solution) -> tuple[Shortage, ...]:
    """What the answer leaves unserved, in the order of the periods."""
    if answer.values is None:
        return ()
    found = []
    for period, work in np.argwhere(elastic.shed.T >= 0).tolist():
        demand = float(elastic.sets.demand[work, period])
        unserved = float(answer.values[elastic.shed[work, period]] * elastic.sets.work_scale[work])
        if not elastic.priced[work] and unserved > NEGLIGIBLE * demand:
            kind, unserved = elastic.sets.works[work], min(unserved, demand)
            nodes, hardware = _nodes_short(elastic.sets, work, period, unserved)
            found.append(Shortage(period, kind.workload, str(kind.phase), demand, unserved, nodes, hardware))
    return tuple(found)


def _unserved(elastic: ElasticProgram) -> NDArray[np.float64]:
    """Cost of shedding: 1 for the largest demand of each work that must be served, nothing for the others."""
    sets, cost = elastic.sets, elastic.zeros()
    share = sets.work_scale / np.maximum(sets.demand.max(axis=1, initial=0.0), 1e-12)
    for work in np.flatnonzero(~elastic.priced):
        columns = elastic.shed[work]
        cost[columns[columns >= 0]] = share[work]
    return cost


def _phases_in_step(elastic: ElasticProgram) -> Iterator[list[tuple[int, float]]]:
    """Column and share of one more unit of it, for each two phases of a workload that are short together."""
    sets = elastic.sets
    phases: dict[str, list[int]] = defaultdict(list)
    for place in np.flatnonzero(~elastic.priced).tolist():
        phases[sets.works[place].workload].append(place)
    for works in phases.values():
        for period in range(sets.periods):
            asked = [
                work for work in works if elastic.shed[work, period] >= 0 and sets.demand[work, period] > 0
            ]
            for one, other in pairwise(asked):
                yield [
                    (
                        int(elastic.shed[work, period]),
                        sign * float(sets.work_scale[work] / sets.demand[work, period]),
                    )
                    for work, sign in ((one, 1.0), (other, -1.0))
                ]


def _nodes_short(sets: Sets, work: int, period: int, unserved: float) -> tuple[int | None, str | None]:
    per_node = sets.rate[:, work] * sets.busy_limit[:, period] / sets.nodes
    if not (per_node > 0).any():
        return None, None
    best = int(np.argmax(per_node))
    return math.ceil(unserved / per_node[best] - NEGLIGIBLE), sets.hardware[sets.hardware_of[best]]
