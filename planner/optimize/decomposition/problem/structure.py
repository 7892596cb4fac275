"""What the hourly relaxation knows: two demands, whole units of whole nodes, nodes held or hired.

Why a bound of this structure is a bound of the question: every plan of the question, its units and nodes taken as
they are, is a plan of the structure and costs no more in it. `coverage` sees to it that nothing but what says so
itself is left out; what is kept here and how is said where it is made. Prices are in USD, or in a money of the
question's own (`priced_in`), so that no tolerance of the search is an amount of USD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.both_roles import BOTH
from planner.optimize.decomposition.problem.coverage import LeftOut, NotCovered, left_out
from planner.optimize.decomposition.problem.holdings import floors_left_out, holdings_of, spans_left_out
from planner.optimize.decomposition.problem.node_pools import Hire, NodePool
from planner.optimize.decomposition.problem.rate_classes import (
    RateClasses,
    rate_classes,
    scale_of,
    weight_of,
)
from planner.optimize.decomposition.problem.roles import NO_ROLE, roles_of
from planner.optimize.decomposition.problem.row_check import not_looked_at
from planner.optimize.decomposition.tolerances import TYPICAL_NODE_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import ProblemParameters

__all__ = ["Hire", "NodePool", "NotCovered", "Structure", "structure_of"]


@dataclass(frozen=True, eq=False)
class Structure:
    """Arrays of the problem. The demand is demand[role, period], role 0 and 1.

    Units have unit_role[unit], -1 of no use; unit_rate[unit]; unit_start_usd[unit] USD of a start in a period of weight
    one, and start_usd_per_node[hardware, role], the least of it per node. What units do in a period is that of
    its class in `rates`, of which unit_rate is the most; units of the role BOTH do that of role 0 and, at once,
    both_rate[unit, class] of role 1. `sure_demand` takes the place of the demand in plans.
    `left_out` says what of the question is missing; where nothing is, every plan of the structure `of_plans` is one of
    the question, once what is `mended` has been.
    """

    demand: NDArray[np.float64]
    unit_role: NDArray[np.int64]
    unit_rate: NDArray[np.float64]
    unit_nodes: NDArray[np.int64]
    unit_hardware: NDArray[np.int64]
    unit_start_usd: NDArray[np.float64]
    pools: tuple[NodePool, ...]
    hires: tuple[Hire, ...]
    hardware: int
    weighted_hours: NDArray[np.float64]
    weight: NDArray[np.float64]
    previous: NDArray[np.int64]
    start_usd_per_node: NDArray[np.float64]
    rates: RateClasses
    sure_demand: NDArray[np.float64]
    both_rate: NDArray[np.float64]
    left_out: tuple[LeftOut, ...] = ()
    mended: tuple[LeftOut, ...] = ()

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[1])

    @property
    def least(self) -> NDArray[np.int64]:
        """Fewest nodes by pool."""
        return np.array([pool.minimum for pool in self.pools], dtype=np.int64)

    @property
    def most(self) -> NDArray[np.int64]:
        """Most nodes by pool."""
        return np.array([pool.maximum for pool in self.pools], dtype=np.int64)

    @cached_property
    def both_hardware(self) -> tuple[int, ...]:
        """Hardware with units that do both demands at once."""
        return tuple(np.unique(self.unit_hardware[self.unit_role == BOTH]).tolist())

    @cached_property
    def unit_nodes_by_hardware(self) -> NDArray[np.int64]:
        """Nodes of each unit, shape [unit, hardware]."""
        return np.where(self.unit_hardware[:, None] == np.arange(self.hardware), self.unit_nodes[:, None], 0)

    @cached_property
    def unit_rate_by_role(self) -> NDArray[np.float64]:
        """Tokens/s of each unit, shape [unit, role]."""
        return np.where(self.unit_role[:, None] == np.arange(2), self.unit_rate[:, None], 0.0)

    def run(self, periods: NDArray[np.int64]) -> Structure:
        """The same over consecutive periods alone, as if nothing had run before them."""
        return replace(
            self,
            demand=self.demand[:, periods],
            sure_demand=self.sure_demand[:, periods],
            rates=self.rates.run(periods),
            pools=tuple(replace(pool, running=pool.running[periods]) for pool in self.pools),
            hires=tuple(
                replace(hire, price=hire.price[periods], offer=hire.offer[periods]) for hire in self.hires
            ),
            weighted_hours=self.weighted_hours[periods],
            weight=self.weight[periods],
            previous=np.arange(-1, len(periods) - 1),
        )

    def priced_in(self, usd: float) -> Structure:
        """The same in a money of which one is so many USD."""
        return replace(
            self,
            unit_start_usd=self.unit_start_usd / usd,
            start_usd_per_node=self.start_usd_per_node / usd,
            pools=tuple(replace(p, price=p.price / usd, running=p.running / usd) for p in self.pools),
            hires=tuple(replace(hire, price=hire.price / usd) for hire in self.hires),
        )

    def of_plans(self) -> Structure:
        """The same for plans, with no node that serves in part only, and units of one role by what they surely do."""
        return replace(
            self,
            unit_role=np.where(self.unit_role == BOTH, NO_ROLE, self.unit_role),
            demand=self.sure_demand,
            unit_rate=self.rates.sure.max(axis=1),
            rates=self.rates.of_plans(),
            hires=tuple(replace(hire, maximum=hire.sure) for hire in self.hires),
        )

    def hours_of(self, pool: NodePool) -> float:
        """Weighted hours over which the nodes of a pool are held."""
        return float(self.weighted_hours[np.isfinite(pool.running)].sum())

    @property
    def typical_usd(self) -> float:
        """USD of one unit of money so that a node-hour typically costs `TYPICAL_NODE_HOUR`; 1 where nothing costs."""
        held = [pool.price / self.hours_of(pool) for pool in self.pools]
        hired = [np.array([np.min(hire.price / self.weighted_hours)]) for hire in self.hires]
        usd = np.concatenate([*held, *hired, np.zeros(0)])
        usd = usd[(usd > 0) & np.isfinite(usd)]
        return float(np.median(usd)) / TYPICAL_NODE_HOUR if len(usd) else 1.0


def structure_of(
    sets: Sets, parameters: ProblemParameters = DEFAULTS.problem, bounding: bool = True
) -> Structure:
    """The covered part of a question. Raises NotCovered with the reason in words.

    Where it is not `bounding`, what is refused is left out too: plans may begin from there, and nothing is proven.
    """
    reasons, mended = left_out(sets) if bounding else ((), ())
    if (sets.timeline.discounted_hours <= 0).any():
        raise NotCovered("some hours do not count")
    pools, hires = holdings_of(sets, parameters, bounding)
    found = roles_of(sets, (pools, hires), parameters)
    role = found.role
    scale = scale_of(found.able, role, len(found.demand))
    row = np.where((role >= 0)[:, None], scale[np.where(role == BOTH, 0, np.maximum(role, 0))], 1.0)
    able, sure, both = found.able / row, found.sure_able / row, found.both / scale[1]
    weight = weight_of(able, sets.unit_parts, sets.hardware_of, role, parameters.efficiency_power)
    weight[role == BOTH] = 0.0
    rates = rate_classes(able, sure, weight, parameters.rate_classes)
    start = np.zeros((len(sets.hardware), 2))
    for hardware in range(len(sets.hardware)):
        for place in (0, 1):
            mine = (sets.hardware_of == hardware) & (role == place)
            if mine.any():
                start[hardware, place] = (sets.start_usd[mine] / sets.unit_parts[mine]).min()
    return Structure(
        demand=found.demand / scale,
        sure_demand=found.sure_demand / scale,
        unit_role=role,
        unit_rate=rates.most.max(axis=1),
        rates=rates,
        unit_nodes=sets.unit_parts,
        unit_hardware=sets.hardware_of,
        unit_start_usd=sets.start_usd,
        pools=pools,
        hires=hires,
        hardware=len(sets.hardware),
        weighted_hours=sets.timeline.discounted_hours,
        weight=sets.timeline.discounted_weight,
        previous=sets.timeline.previous,
        start_usd_per_node=start,
        both_rate=np.array([both[:, rates.of == place].max(axis=1) for place in range(rates.count)]).T,
        mended=mended,
        left_out=reasons + spans_left_out(sets, pools) + floors_left_out(sets, hires) + not_looked_at(sets),
    )
