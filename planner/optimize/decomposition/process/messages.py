"""Messages between the host and the process of the bound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure


class StartPricing(Enum):
    """When every start gets a price of its own: never, where branching got no further, or as soon as few enough
    fleets are left.
    """

    NEVER, LAST, FIRST = range(3)


@dataclass(frozen=True, eq=False)
class BoundRequest:
    """From the host: bound this for so many seconds.

    Where `loose` sets are given the structure has choices that leave out plans: its prices steer the search, and the
    bound is that of the sets without them, in a money of which one is `usd`. `certified`: every bound comes with what
    proves it.
    """

    structure: Structure
    seconds: float
    start_pricing: StartPricing
    parameters: DecompositionParameters
    loose: Sets | None = None
    usd: float = 1.0
    certified: bool = False


@dataclass(frozen=True, eq=False)
class Cutoff:
    """From the host: no bound above this cost is of use; on[unit, period] of a plan that costs little."""

    cost: float
    on: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Root:
    """From the worker: the linear relaxation; no prices where it has no solution. `plain` leaves starts out."""

    bound: float
    prices: Prices | None
    plain: Prices | None


@dataclass(frozen=True)
class Bound:
    """From the worker: a better bound, and what proves it where that was asked for."""

    bound: float
    proof: BoundProof | None = None


@dataclass(frozen=True, eq=False)
class BoundProof:
    """Ranges by number that together hold every fleet, those not reported before, and theta[period] of starts."""

    numbers: tuple[int, ...]
    new: dict[int, BoxProof]
    theta: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Schedule:
    """From the worker: a fleet[pool] with a low bound, and on[unit, period] that is cheap at its prices of starts.

    A search may begin from there.
    """

    fleet: NDArray[np.int64]
    on: NDArray[np.int64] | None


Message = BoundRequest | Cutoff | Root | Bound | Schedule
