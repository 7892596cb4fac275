"""Mixes of units of both roles that keep a promise of availability, hour by hour, in place of a plan's own units.

Units that are up are divided anew among the two works, so kinds that are better at one of them stand in for others.
With s[u] the share of all demand that a unit does, part[u,w] what it does of a work alone, and e[h] nodes beyond those
held,

    minimise   sum_h price[h] e[h] + a little for every node
    where      sum_u s[u] x[u] >= 1
               sum_u v_a[u] x[u] >= 1 + lost V_a                 at all weights a
               sum_{u on h} nodes[u] x[u] - e[h] <= held[h]

Here v_a[u] = max(a part[u,1], (1 - a) part[u,2]), at weights at which some unit does both alike; V_a is what a node
does of the kind that the plan has most of. `lost` is raised until the mix keeps its promise, counted exactly
(`planner.model.standing_near`), beginning with what the hour of next less work took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.held_nodes import held_nodes
from planner.optimize.decomposition.problem.both_roles import share_of_both

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.lateness import Late
    from planner.model.encode import WarmStart
    from planner.model.sets import Sets
    from planner.model.standing_near import NearCounts
    from planner.optimize.decomposition.parameters import MixParameters

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Mixes:
    """Hours of a plan of units that alone do both works: nodes `held`, and `price` of more, [hardware, period]."""

    sets: Sets
    units: Counts
    pair: tuple[int, int]
    held: Array
    price: Array
    parameters: MixParameters

    @classmethod
    def beside(
        cls, sets: Sets, begun: WarmStart, units: Counts, pair: tuple[int, int], parameters: MixParameters
    ) -> Mixes:
        """Those of a plan to begin from, whose nodes beyond those for one period alone are held."""
        shape = len(sets.hardware), sets.periods
        held, price = np.zeros(shape), np.full(shape, np.inf)
        by_channel = np.array([channel.hardware for channel in sets.channels])
        hardware = by_channel[sets.offer_channel]
        short = (sets.first == sets.last) & (sets.periods > 1)
        np.minimum.at(price, (hardware[short], sets.first[short]), sets.offer_price[short])
        np.add.at(held, by_channel, held_nodes(sets, np.where(short, 0, begun.acquire)))
        known = price[np.isfinite(price)]
        dearest = known.max(initial=0.0) or float(sets.offer_price.max(initial=1.0)) or 1.0
        priced = np.where(np.isfinite(price), price, parameters.unpriced_factor * dearest)
        return cls(sets, units, pair, held, priced, parameters)

    def found(self, nears: dict[int, NearCounts], on: Counts, late: Late) -> Counts:
        """Units on[unit, period] with a mix in place of the plan's where there is one, as far as it is not `late`."""
        mixed, share = on.copy(), share_of_both(self.sets, self.units, self.pair)
        order = sorted(nears, key=lambda period: float(nears[period].question.demand.sum()))
        coarse = order[:: -self.parameters.coarse_hours][::-1]
        known: dict[int, Counts] = {}
        for hours in (coarse, [period for period in order if period not in coarse]):
            lost = 0.0
            for period in hours:
                if late():
                    break
                counts, lost = self._mix(
                    nears[period], share[:, period], on[self.units, period], period, lost
                )
                if counts is not None:
                    known[period] = counts
        next_more: Counts | None = None
        for period in reversed(order):
            counts = known.get(period, next_more)
            if counts is not None and (period in known or _does(nears[period], share[:, period], counts)):
                mixed[self.units, period] = next_more = counts
        return mixed

    def _mix(
        self, near: NearCounts, share: Array, before: Counts, period: int, lost: float
    ) -> tuple[Counts | None, float]:
        """Counts that keep the promise, and how many nodes they may lose; none where that is more than any."""
        part = near.question.rate / near.question.demand
        able = (part > 0).all(axis=1)
        weights = np.unique(part[able, 1] / part[able].sum(axis=1))
        values = np.maximum(weights[:, None] * part[:, 0], (1.0 - weights)[:, None] * part[:, 1])
        nodes = self.sets.nodes[self.units]
        most = int(np.argmax(before * nodes))
        node = values[:, most] / min(nodes[most], 1.0)
        known = self.parameters
        while lost <= known.most_lost_nodes:
            counts = self._least(np.vstack([share, values]), np.append(1.0, 1.0 + lost * node), period)
            if counts is None or near.keeps(tuple(counts.tolist())):
                return counts, lost
            lost += max(known.lost_nodes_step, known.lost_share_step * lost)
        return None, 0.0

    def _least(self, rows: Array, least: Array, period: int) -> Counts | None:
        """Counts of least cost that keep some rows."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        hardware, nodes = self.sets.hardware_of[self.units], self.sets.nodes[self.units]
        own, price = np.unique(hardware), self.price[:, period]
        on_own = np.where(hardware == own[:, None], nodes, 0.0)
        columns = len(self.units), len(own)
        cost = np.concatenate([self.parameters.held_price_share * price.max() * nodes, price[own]])
        found = milp(
            cost,
            integrality=np.repeat([1, 0], columns),
            bounds=Bounds(
                0.0, np.concatenate([self.sets.on_limit[self.units, period], np.full(len(own), np.inf)])
            ),
            constraints=[
                LinearConstraint(np.hstack([rows, np.zeros((len(rows), len(own)))]), least, np.inf),
                LinearConstraint(np.hstack([on_own, -np.eye(len(own))]), -np.inf, self.held[own, period]),
            ],
            options={
                "mip_rel_gap": self.parameters.program_gap,
                "node_limit": self.parameters.program_nodes,
            },
        )
        return None if found.x is None else np.rint(found.x[: len(self.units)]).astype(np.int64)


def _does(near: NearCounts, share: Array, counts: Counts) -> bool:
    """Whether counts serve all of an hour, and keep its promise."""
    return float(share @ counts) >= 1.0 and near.keeps(tuple(counts.tolist()))
