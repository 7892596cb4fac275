"""The host's own verdict: no plan is believed before its rows are checked, no claim against a checked plan.

Every word of an engine passes here. A plan is rounded, checked against the program's own rows and bounds, and
priced by us. A claim or a bound counts only from an engine whose backend says that it proves such things
(`PROOFS`); a bound above the cost of a checked plan, an infeasibility beside one, or a cost without lower limit
that has one, shows that the engine is wrong: from then on it still gives plans, and nothing it claims counts.
"""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING

import numpy as np

from planner.core.solution import FLOAT_NOISE, Status, is_proven
from planner.optimize.engines.mend import mended
from planner.optimize.engines.program import FEASIBILITY_TOLERANCE
from planner.optimize.engines.protocol import Claim, Outcome
from planner.optimize.engines.sizes import column_sizes, violation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.optimize.engines.program import LinearProgram

_LOGGER = logging.getLogger(__name__)

# engines keep whole numbers to 1e-6 of their own scaling; the rounded plan is what is checked and kept
_INTEGRALITY_TOLERANCE = 1e-5
# what feasibility tolerances may put a bound above a plan's cost, of all that the plan pays and earns
_BOUND_TOLERANCE = 1e-6
# costs of a natural step below this share of the largest are lost in an engine's arithmetic
_VISIBLE_SHARE = 1e-13
# beyond this a double no longer distinguishes neighbouring whole numbers, and engines write 1e20 for infinity
_LARGEST_VALUE = 1e15

Proofs = frozenset[Claim]


class Judge:
    """Keeps the best verified plan and the best bound of one solve."""

    def __init__(
        self,
        program: LinearProgram,
        asked_gap: float,
        proofs: Mapping[str, Proofs] | None = None,
        loosening: frozenset[str] = frozenset(),
    ) -> None:
        """`proofs` says for each engine what it proves; an engine that is not named proves nothing.

        Plans of engines that are `loosening` the rows are cheap by that: their continuous part is ours.
        """
        self._program = program
        self._asked_gap = asked_gap
        self._proofs = dict(proofs or {})
        self._bounds: dict[str, float] = {}
        self._claims: dict[str, Claim] = {}
        self._gross = 0.0
        self._sizes = column_sizes(program)
        costs = np.abs(program.objective) * self._sizes
        self._invisible = _VISIBLE_SHARE * float(costs.max(initial=0.0))
        self._unseen = costs < self._invisible
        self._loosening = loosening if not program.integer.all() else frozenset()
        self._waiting: tuple[NDArray[np.float64], str] | None = None
        self._began, self._mending_s = time.monotonic(), 0.0
        self.values: NDArray[np.float64] | None = None
        self._doubted = False
        self.cost = math.inf
        self.remarks: list[str] = []

    def offer(self, values: NDArray[np.float64], engine: str, mend: bool = False) -> bool:
        """Take a plan if it is feasible and cheaper; whether it was taken.

        Integers within 1e-5 of a whole number are rounded; then bounds and rows must hold within 1e-6,
        relative as `LinearProgram.violation` has it. The continuous part of a plan that fails, or is of an
        engine that loosens rows, is solved anew beside its whole numbers, where that has not taken a tenth of
        the time already, or `mend` asks for it, or the plan would end the search. The cost is computed here.
        """
        plan = self._rounded(values)
        if plan is not None and (engine in self._loosening or not self._holds(plan)):
            if mend or self._has_time() or self._would_close(plan):
                plan = self._mended(plan)
            elif engine in self._loosening:
                self._waiting, plan = (values, engine), None
        if plan is None or not self._holds(plan):
            _LOGGER.debug("a plan of %s did not pass the check", engine)
            return False
        cost = self._program.cost(plan)
        if not cost < self.cost:
            return False
        plan.setflags(write=False)
        self.values, self.cost = plan, cost
        turnover = np.abs(self._program.objective * plan)
        self._gross = float(turnover.sum()) + abs(self._program.offset)
        if float(turnover[self._unseen].sum()) > _BOUND_TOLERANCE * self._gross:
            self._doubt_all()
        self._confront()
        return True

    def settle(self) -> None:
        """Take up the plan, if any, that there was no time to mend."""
        if self._waiting is not None:
            (values, engine), self._waiting = self._waiting, None
            self.offer(values, engine, mend=True)

    def raise_bound(self, bound: float, engine: str) -> bool:
        """Take a lower bound if this engine proves bounds and it is higher; whether the best one rose."""
        if not math.isfinite(bound) or Claim.OPTIMAL not in self._proofs.get(engine, frozenset()):
            return False
        before = self.bound
        self._bounds[engine] = max(bound, self._bounds.get(engine, -math.inf))
        self._confront()
        return self.bound > before

    @property
    def bound(self) -> float:
        """Best bound, at most the cost, and the cost itself where only float noise lies between them."""
        best = max(self._bounds.values(), default=-math.inf)
        return self.cost if best >= self.cost - FLOAT_NOISE * self._gross else best

    def receive(self, outcome: Outcome, engine: str) -> None:
        """Take what an engine ended with: its plan, its bound and what it claims."""
        accepted = outcome.values is not None and self.offer(outcome.values, engine, mend=True)
        self.raise_bound(outcome.bound, engine)
        if outcome.claim in self._proofs.get(engine, frozenset()):
            self._claims[engine] = outcome.claim
        if outcome.claim is Claim.OPTIMAL and not accepted and self.values is None:
            self.remark(f"{engine} claims an optimum, but its plan breaks a row: not believed")
        self._confront()

    def trust(self, engine: str, proofs: Proofs) -> None:
        """Take the word of an engine that comes later, unless prices rule every proof out."""
        if not self._doubted:
            self._proofs[engine] = proofs

    @property
    def closed(self) -> bool:
        """Whether plan and bound meet the gap that was asked for."""
        return is_proven(self.cost, self.bound, self._asked_gap)

    @property
    def decided(self) -> bool:
        """Whether nothing more can be learnt at the gap that was asked for."""
        return self.unbounded or self.status in (Status.OPTIMAL, Status.INFEASIBLE)

    @property
    def answered(self) -> bool:
        """Whether an exact engine has nothing to add: closed, beyond proof, without plan or without limit."""
        return self.closed or self._doubted or self.unbounded or self.status is Status.INFEASIBLE

    @property
    def unbounded(self) -> bool:
        """Whether an engine proved that the cost has no lower limit."""
        return Claim.UNBOUNDED in self._claims.values()

    @property
    def status(self) -> Status:
        """The verdict on the plan that passed the check, by the bound; on none, by what engines prove.

        An engine that claims an optimum has closed the gap in its own arithmetic: what its tolerances leave open
        here is for others to close, and is reported as what it is.
        """
        if self.values is not None:
            return Status.OPTIMAL if self.closed else Status.FEASIBLE
        return Status.INFEASIBLE if Claim.INFEASIBLE in self._claims.values() else Status.NO_PLAN

    def _confront(self) -> None:
        """Hold what engines claim against the checked plan and the program; who is wrong proves nothing more."""
        most = self.cost + _BOUND_TOLERANCE * self._gross + self._invisible
        for engine in sorted(self._bounds.keys() | self._claims.keys()):
            bound, claim = self._bounds.get(engine, -math.inf), self._claims.get(engine, Claim.NOTHING)
            if bound > most:
                self._distrust(engine, f"a bound of {bound:.9g}", f"a checked plan costs {self.cost:.9g}")
            elif claim is Claim.INFEASIBLE and self.values is not None:
                self._distrust(engine, "infeasibility", f"a checked plan costs {self.cost:.9g}")
            elif claim is Claim.UNBOUNDED and math.isfinite(self._program.cost_floor()):
                self._distrust(engine, "a cost without lower limit", "the columns' bounds give one")

    def _doubt_all(self) -> None:
        """A plan pays with costs that are too small beside others of the program for an engine to see."""
        if any(self._proofs.values()):
            self.remark(
                "prices are too far apart for a proof: the cost of this plan is below the rounding of the largest"
            )
        self._doubted = True
        self._proofs.clear()
        self._bounds.clear()
        self._claims.clear()

    def _distrust(self, engine: str, claimed: str, against: str) -> None:
        self.remark(f"{engine} claims {claimed}, but {against}: none of its proofs is used")
        self._proofs[engine] = frozenset()
        self._bounds.pop(engine, None)
        self._claims.pop(engine, None)

    def remark(self, text: str) -> None:
        """Tell the reader of the solution."""
        _LOGGER.warning("%s", text)
        self.remarks.append(text)

    def _mended(self, plan: NDArray[np.float64]) -> NDArray[np.float64] | None:
        began = time.monotonic()
        try:
            better = mended(self._program, plan)
        except TimeoutError:
            return plan  # the check of its rows decides
        finally:
            self._mending_s += time.monotonic() - began
        return None if better is None else self._rounded(better)

    def _would_close(self, plan: NDArray[np.float64]) -> bool:
        return is_proven(self._program.cost(plan), self.bound, self._asked_gap)

    def _has_time(self) -> bool:
        return self._mending_s <= 0.1 * (time.monotonic() - self._began)

    def _holds(self, plan: NDArray[np.float64]) -> bool:
        return violation(self._program, plan) <= FEASIBILITY_TOLERANCE

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
        near = np.abs(clipped - plan) <= FEASIBILITY_TOLERANCE * np.maximum(self._sizes, np.abs(clipped))
        return np.where(near, clipped, plan)
