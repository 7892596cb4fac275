"""Bounds of ranges of fleets with the roles apart: starts priced unit by unit, a node at one price in each period.

    cost(F) >= min over the range (C(F) - sum_t m[t] F) - hires + sum_rt K_rt,   m[p,t] = max(0, nu[h,t] - running[p,t])
    K_rt = min over covers x of demand r: sum_u (sigma[u,t] - sigma[u,t+1] + nu[t] nodes[u]) x[u]

for any sigma between 0 and the cost of a start and any nu >= 0 that leave no unit a negative price. It costs
milliseconds, and patterns bound no better where the range is wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.bisection import first_open
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.starts.covering import Covering
from planner.optimize.decomposition.starts.role_master import RoleMaster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import StartsParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.starts.duals import HardwareDuals


@dataclass(frozen=True, eq=False)
class RoleBound:
    """Valid lower bound of every fleet of a range, its duals, and the fleet that the master holds."""

    bound: float
    duals: HardwareDuals
    fleet: NDArray[np.float64]


class RoleBounds:
    """Bounds of ranges, one after another: covers and duals are carried over."""

    def __init__(self, structure: Structure, duals: HardwareDuals, parameters: StartsParameters) -> None:
        self.structure, self.duals, self.parameters = structure, duals, parameters
        self.master = RoleMaster(structure, parameters.missing_node_factor)
        self.roles = [np.flatnonzero(structure.unit_role == role) for role in (0, 1)]
        self.following = self.master.following

    def bound(self, fleets: FleetBounds, goal: float = np.inf, coarse: bool = False) -> RoleBound:
        """Column generation until the bound is close to the master's, less close if `coarse`, or reaches a goal."""
        known = self.parameters
        close = known.role_coarse_tolerance if coarse else known.role_tolerance
        self.master.restrict(fleets)
        duals = self.duals
        best, _ = self._proven(fleets, duals)
        optimum = self.master.solve()
        smoothing = known.smoothing
        for _ in range(known.role_rounds):
            if best >= goal or optimum.cost - best <= close * abs(optimum.cost):
                break
            tried = optimum.duals.towards(duals, smoothing)
            found, new = self._proven(fleets, tried)
            if found > best:
                best, duals, smoothing = found, tried, known.smoothing
            elif not new:
                smoothing /= 2
                if smoothing < known.least_smoothing:
                    break
            optimum = self.master.solve()
        return RoleBound(best, duals, optimum.fleet)

    def _proven(self, fleets: FleetBounds, duals: HardwareDuals) -> tuple[float, int]:
        """The bound at these duals; the covers found join the master, and how many were new."""
        price = self._unit_price(duals)
        total, new = self._held(fleets, duals.node), 0
        for period in range(self.structure.periods):
            for role, mine in enumerate(self.roles):
                demand = float(self.structure.demand[role, period])
                covering = Covering(
                    self.structure.unit_rate[mine], demand, price[mine, period], self.parameters
                )
                least, covers = covering.cheapest(self.parameters.role_covers)
                total += least
                units = np.zeros((len(covers), len(price)), dtype=np.int64)
                units[:, mine] = covers
                new += self.master.add(role, period, units)
        return total, new

    def _unit_price(self, duals: HardwareDuals) -> NDArray[np.float64]:
        """Price of a unit in use, price[unit, period]; starts are priced down where it would be negative."""
        structure = self.structure
        running = duals.node[structure.unit_hardware] * structure.unit_nodes[:, None]
        followed = np.flatnonzero(self.following >= 0)
        after = self.following[followed]
        sigma = duals.sigma.copy()
        while True:
            least = np.minimum(sigma[:, after], (sigma + running)[:, followed])
            if (least == sigma[:, after]).all():
                break
            sigma[:, after] = least
        price = sigma + running
        price[:, followed] -= sigma[:, after]
        return np.maximum(price, 0.0)

    def _held(self, fleets: FleetBounds, nu: NDArray[np.float64]) -> float:
        """Least cost of the nodes held less their dual value, and the excess of the dual value of hires over price."""
        usd = 0.0
        for place, pool in enumerate(self.structure.pools):
            dual_value = float(np.maximum(nu[pool.hardware] - pool.running, 0.0).sum())
            line = np.concatenate(([0.0], np.cumsum(pool.node_prices() - dual_value)))
            usd += float(line[int(fleets.low[place]) : int(fleets.high[place]) + 1].min())
        for hire in self.structure.hires:
            dual_value = float(np.maximum(nu[hire.hardware] - hire.price, 0.0).sum())
            usd -= dual_value * hire.maximum if dual_value else 0.0
        return usd

    def narrowed(self, fleets: FleetBounds, cutoff: float, fleet: NDArray[np.float64]) -> FleetBounds:
        """A range without its ends that reach the cutoff; `fleet` is where its bound is lowest."""
        low, high = fleets.low.copy(), fleets.high.copy()

        def reaches(part: FleetBounds) -> bool:
            return self.bound(part, cutoff, coarse=True).bound >= cutoff

        for place in range(len(low)):
            middle = int(np.clip(round(float(fleet[place])), low[place], high[place]))
            low[place] = first_open(FleetBounds(low, high), place, int(low[place]), middle, reaches)
            high[place] = first_open(FleetBounds(low, high), place, int(high[place]), middle, reaches)
        return FleetBounds(low, high)
