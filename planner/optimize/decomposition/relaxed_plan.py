"""A plan of the hourly problem to begin from, for questions that it has only in part: mended, but no promise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import late_after
from planner.model.encode import WarmStart
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, first_fleet
from planner.optimize.decomposition.heuristic.incumbent_polisher import values_apart
from planner.optimize.decomposition.heuristic.plan_values import values_for
from planner.optimize.decomposition.heuristic.schedule_search import stage_of
from planner.optimize.decomposition.heuristic.shared_repair import works_served
from planner.optimize.decomposition.heuristic.shared_time import merged_works
from planner.optimize.decomposition.heuristic.standing_repair import standing_mixed
from planner.optimize.decomposition.heuristic.start_repair import starts_kept
from planner.optimize.decomposition.heuristic.warm_start import warm_start_fleet
from planner.optimize.decomposition.problem.both_roles import alone_in_both
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.unit_moves import moves_of
from planner.optimize.decomposition.process.messages import StartPricing
from planner.optimize.decomposition.process.progress import seconds_of
from planner.optimize.decomposition.solve import Decomposition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.process.bound_process import BoundProcess
    from planner.optimize.engines import CancelToken, EngineOptions


class RelaxedPlan(Decomposition):
    """The decomposition's search for plans of a structure, whatever that leaves out of the question.

    The process of its bound is another's, which goes on.
    """

    def __init__(
        self,
        sets: Sets,
        structure: Structure,
        options: EngineOptions,
        parameters: DecompositionParameters,
        cancel: CancelToken | None,
        process: BoundProcess,
    ) -> None:
        super().__init__(sets, structure, options, parameters, None, cancel, beside=process)
        self.plain, self.engine_to_come, self.start_pricing = True, False, StartPricing.NEVER
        self.structure = replace(self.structure, unit_start_usd=binding_start_usd(sets, self.structure))
        self.starts = bool(self.structure.unit_start_usd.any())
        self.progress.accepts = lambda _: True

    def found(self) -> WarmStart | None:
        """Its decisions, mended as far as that is simple; units that a promise adds have no nodes yet."""
        self._search()
        values, prices = self.progress.values, self.bound_process.prices
        if (
            values is None and self.model is not None and prices is not None
        ):  # no time for any fleet but the first
            cost = FleetCost(self.model, self.bound_process.plain, self.parameters.heuristic, self.price_of)
            values = values_apart(self.sets, cost, first_fleet(cost, prices))
        if values is None:
            return None
        found = self._with_works_apart(values)
        begun = WarmStart(found.acquire, starts_kept(self.sets, found.on))
        if not leaves_out_plans(self.sets):
            return begun
        known = self.parameters.run
        late = late_after(known.begun_growing * seconds_of(self.options, known))
        mixed = standing_mixed(self.sets, begun, known.shared_nodes_share, self.parameters.mixes, late)
        return replace(begun, on=mixed)

    def _with_works_apart(self, values: Values) -> Values:
        """A plan in which works that share units are each served."""
        structure = self.structure
        merged = merged_works(self.sets, structure.unit_role, len(structure.demand)).any()
        if self.model is None or not merged or alone_in_both(self.sets) is not None:
            return values
        fleet = warm_start_fleet(structure, WarmStart(values.acquire, values.on))
        stage = stage_of(self.model, fleet, structure.unit_start_usd, self.parameters.heuristic)
        rounds = self.parameters.run.works_rounds
        on = works_served(self.sets, stage, moves_of(structure), values.on, rounds, cheaper=not self.starts)
        return values_for(self.sets, structure, fleet, on) or values

    def _first_plan(self) -> None:
        """None from the whole program: that is searched by others."""


def binding_start_usd(sets: Sets, structure: Structure) -> NDArray[np.float64]:
    """What starts cost, in the structure's money, with the node-hours that they lose and bind at the least price.

    Only plans are steered by that: they change units less often than where starts bind to nothing.
    """
    hours = structure.weighted_hours
    price = np.zeros(structure.hardware)
    for hardware in range(structure.hardware):
        held = [pool for pool in structure.pools if pool.hardware == hardware and pool.maximum]
        usd = [pool.price.min() / structure.hours_of(pool) for pool in held]
        usd += [(hire.price / hours).min() for hire in structure.hires if hire.hardware == hardware]
        price[hardware] = min(usd, default=0.0)
    periods = float(sets.lost_share.sum()) + sets.minimum_up - 1
    bound = periods * float((hours / structure.weight).mean())
    return structure.unit_start_usd + bound * price[structure.unit_hardware] * structure.unit_nodes
