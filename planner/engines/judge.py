"""The host's own verdict: no plan is believed before its rows are checked, no status before its bound is."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import numpy as np

from planner.engines.program import FEASIBILITY_TOLERANCE
from planner.engines.protocol import Claim, Outcome
from planner.solution import Status, relative_gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.engines.program import LinearProgram

_LOGGER = logging.getLogger(__name__)

# engines keep whole numbers to 1e-6 of their own scaling; the rounded plan is what is checked and kept
_INTEGRALITY_TOLERANCE = 1e-5
# what tolerances inside an engine may put a bound above a plan's cost
_BOUND_TOLERANCE = 1e-5
# beyond this a double no longer tells neighbouring whole numbers apart, and engines write 1e20 for infinity
_LARGEST_VALUE = 1e15


class Judge:
    """Keeps the best verified plan and the best bound of one solve."""

    def __init__(self, program: LinearProgram, asked_gap: float) -> None:
        self._program = program
        self._asked_gap = asked_gap
        self.values: NDArray[np.float64] | None = None
        self.cost = math.inf
        self._bound = -math.inf
        self._claim = Claim.NOTHING

    def offer(self, values: NDArray[np.float64], engine: str) -> bool:
        """Take a plan if it is feasible and cheaper; whether it was taken.

        Integers within 1e-5 of a whole number are rounded; then bounds and rows must hold within 1e-6,
        relative as `LinearProgram.violation` has it. The cost is computed here.
        """
        plan = self._rounded(values)
        if plan is None or self._program.violation(plan) > FEASIBILITY_TOLERANCE:
            _LOGGER.debug("a plan of %s did not pass the check", engine)
            return False
        cost = self._program.cost(plan)
        if cost >= self.cost:
            return False
        plan.setflags(write=False)
        self.values, self.cost = plan, cost
        return True

    def raise_bound(self, bound: float) -> bool:
        """Take a valid lower bound if it is higher; whether it was taken."""
        if not bound > self._bound or bound == math.inf:
            return False
        self._bound = bound
        return True

    @property
    def bound(self) -> float:
        """Best bound, at most the cost; -inf when it lies clearly above a checked plan's cost: false."""
        if self._bound > self.cost + _BOUND_TOLERANCE * max(1.0, abs(self.cost)):
            return -math.inf
        return min(self._bound, self.cost)

    def hear(self, outcome: Outcome, engine: str) -> None:
        """Take what an engine ended with: its plan, its bound and what it claims."""
        accepted = outcome.values is not None and self.offer(outcome.values, engine)
        self.raise_bound(outcome.bound)
        if math.isfinite(self._bound) and not math.isfinite(self.bound):
            _LOGGER.warning(
                "a bound of %g lies above a feasible plan of %g: not used", self._bound, self.cost
            )
        if outcome.claim is Claim.OPTIMAL and not accepted and self.values is None:
            _LOGGER.warning("%s claims an optimum, but its plan did not pass the check", engine)
        elif outcome.claim is Claim.INFEASIBLE and self.values is not None:
            _LOGGER.warning("%s claims infeasibility, but a feasible plan is at hand", engine)
        elif outcome.claim is not Claim.NOTHING:
            self._claim = outcome.claim

    @property
    def closed(self) -> bool:
        """Whether plan and bound meet the gap that was asked for."""
        return relative_gap(self.cost, self.bound) <= self._asked_gap

    @property
    def decided(self) -> bool:
        """Whether nothing more can be learnt at the gap that was asked for."""
        return self.closed or self._claim is not Claim.NOTHING

    @property
    def unbounded(self) -> bool:
        """Whether an engine proved that the cost has no lower limit."""
        return self._claim is Claim.UNBOUNDED

    @property
    def status(self) -> Status:
        """The verdict. An engine's own proof of optimality counts only with a plan that passed the check."""
        if self.values is not None:
            proven = self.closed or (self._claim is Claim.OPTIMAL and self._nearly_closed())
            return Status.OPTIMAL if proven else Status.FEASIBLE
        return Status.INFEASIBLE if self._claim is Claim.INFEASIBLE else Status.NO_PLAN

    def _nearly_closed(self) -> bool:
        # an engine closes the gap in its own arithmetic: tolerances may leave a millionth open here
        return relative_gap(self.cost, self.bound) <= self._asked_gap + 1e-6

    def _rounded(self, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
        integer = self._program.integer
        if values.shape != integer.shape or not bool((np.abs(values) <= _LARGEST_VALUE).all()):
            return None  # also when some value is NaN
        whole = np.round(values[integer])
        if (np.abs(values[integer] - whole) > _INTEGRALITY_TOLERANCE).any():
            return None
        plan = values.astype(np.float64, copy=True)
        plan[integer] = whole
        # solvers may leave a bound by a tolerance; where that is all, the bound itself is meant
        clipped = np.clip(plan, self._program.lower, self._program.upper)
        near = np.abs(clipped - plan) <= FEASIBILITY_TOLERANCE
        return np.where(near, clipped, plan)
