"""A plan laid over the formulation: the sets, the arrays, and the plan's values in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.model import build
from planner.model.decode import usable_of, values_of
from planner.model.decode_deferral import put_off_demand
from planner.model.decode_market import shed_demand
from planner.model.held_nodes import held_nodes
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, program_of
from planner.study.held_plan import admitting, held_plan, plan_does_not_hold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.instance import Instance
    from planner.model.index import Index
    from planner.model.sets import Sets
    from planner.model.values import Values
    from planner.optimize.engines import EnginePool, IndexedProgram
    from planner.plan.plan import Plan
    from planner.rates import Rates

EXACT = EngineOptions(time_limit_s=60.0, relative_gap=1e-9, threads=1)


@dataclass(frozen=True)
class ExplainedPlan:
    """An instance, a plan of it, the program of its formulation, and the plan as one value a column.

    `held` is the linear program with the whole decisions of the plan held, `relaxed` the one with
    integrality dropped; both are solved, with duals. `nearby`: availability admits numbers of units near those of the
    plan alone, so that nothing is proven of plans further away.
    """

    instance: Instance
    rates: Rates
    plan: Plan
    sets: Sets
    program: IndexedProgram
    columns: NDArray[np.float64]
    held: Solution
    relaxed: Solution
    nearby: bool = False

    @property
    def index(self) -> Index:
        """What the rows and columns stand for."""
        return self.program.index

    @cached_property
    def on_columns(self) -> NDArray[np.int64]:
        """Columns of the units on, shape [unit, period]."""
        return self.index.column_grid(self.sets.on_limit.shape, "on")

    @cached_property
    def acquire_columns(self) -> NDArray[np.int64]:
        """Columns of the increments taken, shape [offer]."""
        return self.index.column_grid(self.sets.first.shape, "acquire")

    @cached_property
    def values(self) -> Values:
        """The plan's decisions as arrays."""
        return values_of(self.sets, self.index, self.columns)

    @cached_property
    def held_nodes(self) -> NDArray[np.float64]:
        """Nodes held of each channel, shape [channel, period]."""
        return held_nodes(self.sets, self.values.acquire)

    @cached_property
    def used_nodes(self) -> NDArray[np.float64]:
        """Nodes under running units of each hardware, shape [hardware, period]."""
        sets = self.sets
        nodes = np.zeros((len(sets.hardware), sets.periods))
        np.add.at(nodes, sets.hardware_of, sets.nodes[:, None] * self.values.on)
        return nodes

    @cached_property
    def idle_nodes(self) -> NDArray[np.float64]:
        """Nodes held of each hardware that neither run a unit nor are lent, shape [hardware, period]."""
        idle = -self.used_nodes
        np.add.at(idle, [channel.hardware for channel in self.sets.channels], self.held_nodes)
        blocks = self.values.market.get("lend", np.zeros((0, 0)))
        for place, block in np.argwhere(blocks > 0).tolist():
            taker = self.sets.market.lendings[place]
            lent = round(float(blocks[place, block])) * taker.block_nodes
            idle[taker.hardware, taker.first[block] : taker.last[block] + 1] -= lent
        return idle

    @cached_property
    def headroom(self) -> NDArray[np.float64]:
        """Tokens/s of a work that running units could serve beyond its demand, shape [work, period].

        Idle time of units that share it counts in full for every work.
        """
        sets, values = self.sets, self.values
        usable = usable_of(sets, values.on)
        served = np.zeros((len(sets.works), sets.periods))
        for unit in sets.dedicated_units:
            work = int(np.argmax(sets.rate[unit] > 0))
            served[work] += sets.rate[unit, work] * usable[unit]
        for unit in sets.shared_units:
            idle = np.maximum(usable[unit] - values.busy[unit].sum(axis=0), 0.0)
            served += sets.rate[unit][:, None] * (values.busy[unit] + idle)
        elsewhere = shed_demand(sets, values) + self._outsourced + put_off_demand(sets, values)
        return np.maximum(served - (sets.demand - elsewhere), 0.0)

    @property
    def _outsourced(self) -> NDArray[np.float64]:
        """Tokens/s of each work that vendors take, shape [work, period]."""
        share = self.values.market.get("outsource")
        if share is None or not share.size:
            return np.zeros_like(self.sets.demand)
        return np.asarray(share.sum(axis=0)[list(self.sets.market.workload_of)] * self.sets.demand)

    def node_duals(self, solution: Solution) -> NDArray[np.float64]:
        """Dual value of one more node of a hardware in a period, USD, shape [hardware, period]."""
        rows = self.index.row_grid((len(self.sets.hardware), self.sets.periods), "fleet")
        if solution.row_duals is None:
            return np.zeros(rows.shape)
        return np.where(rows >= 0, -solution.row_duals[rows] * self.sets.parts[:, None], 0.0)

    def over_relaxed(self, answer: Solution) -> float:
        """USD by which a restricted relaxation is dearer than the free one; 0 within engine accuracy."""
        extra = answer.cost - self.relaxed.cost
        return extra if extra > 1e-7 * max(1.0, abs(self.relaxed.cost)) else 0.0


def case_of(instance: Instance, plan: Plan, rates: Rates, engines: EnginePool) -> ExplainedPlan:
    """Lay a plan over the formulation of its instance.

    Decisions that a plan does not record (who serves what, how use is split) are filled in at the least cost.
    Raises InstanceError when the plan does not hold for the instance.
    """
    as_modelled = sets_of(instance, rates)
    sets = admitting(as_modelled, plan)
    program = program_of(build(sets, instance.name))
    kept = held_plan(program, sets, plan)
    relaxed = engines.submit(program.relaxed(), options=EXACT)
    columns = engines.submit(kept, options=EXACT).result().values
    if columns is None:
        raise plan_does_not_hold()
    held = engines.submit(program.fixed(columns), options=EXACT).result()
    return ExplainedPlan(
        instance, rates, plan, sets, program, columns, held, relaxed.result(), nearby=sets is not as_modelled
    )
