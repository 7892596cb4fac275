"""What an engine found, as the engine reported it: status, incumbent, bound, gap, limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Status(StrEnum):
    """State of a solve.

    `OPTIMAL` means proven to the gap asked for (`is_proven`); `REFUSED`, that the audit does not accept the plan.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_PLAN = "no_plan"
    REFUSED = "refused"


class Method(StrEnum):
    """Ways to solve: chosen by size and contents, the whole program at once, period by period, or part by part."""

    AUTO = "auto"
    DIRECT = "direct"
    DECOMPOSE = "decompose"
    MATHEURISTIC = "matheuristic"


PRECISION = "precision"
"""The limit of a run that ended by itself, without the proof that was asked for or with one that did not hold up."""

# money is added up in doubles, and bounds keep a safety of 1e-9: differences below this share are noise
FLOAT_NOISE = 5e-9


def relative_gap(cost: float, bound: float) -> float:
    """Relative gap (cost - bound) / max(|cost|, |bound|), inf when either is missing.

    0 when they meet or differ by float noise only; at most 2, also where costs are negative or 0.
    """
    if not (math.isfinite(cost) and math.isfinite(bound)):
        return math.inf
    distance, size = max(0.0, cost - bound), max(abs(cost), abs(bound))
    return 0.0 if distance <= FLOAT_NOISE * size else distance / size


def is_proven(cost: float, bound: float, asked_gap: float) -> bool:
    """Whether a bound proves a cost to the gap that was asked for: `optimal` everywhere means just this."""
    return relative_gap(cost, bound) <= asked_gap


@dataclass(frozen=True)
class Solution:
    """The end of one engine run on a linear program that minimises.

    `values` is the incumbent, one value a column, or None when there is none. `cost` is its objective
    (inf without one), `bound` the best proven lower bound (-inf without one), never above the cost. `limit`
    names what ended the run without proof: "time", "memory", "interrupt", "crash", "precision" where the
    engine ended by itself and what it claims did not hold up, or "availability" where plans keep it in a form that is
    safe but may ask for more than is needed; None with a proof. `remarks` says which claims
    were not believed, and why. `row_duals` and `reduced_costs` are given for programs without integers only.
    """

    status: Status
    values: NDArray[np.float64] | None
    cost: float
    bound: float
    limit: str | None
    seconds: float
    engine: str
    engine_version: str
    threads: int
    seed: int
    row_duals: NDArray[np.float64] | None = None
    reduced_costs: NDArray[np.float64] | None = None
    remarks: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative gap between `cost` and `bound`."""
        return relative_gap(self.cost, self.bound)
