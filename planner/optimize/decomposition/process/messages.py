"""What the host and the bound's process say to each other: eight bytes of length, then a pickle."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import Enum
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    """Host: bound this for so many seconds."""

    structure: Structure
    seconds: float
    start_pricing: StartPricing
    parameters: DecompositionParameters


@dataclass(frozen=True, eq=False)
class Cutoff:
    """Host: no bound above this cost is of use; on[unit, period] of a plan that costs little."""

    cost: float
    on: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Root:
    """Worker: the linear relaxation; no prices where it has no solution. `plain` leaves starts out."""

    bound: float
    prices: Prices | None
    plain: Prices | None


@dataclass(frozen=True)
class Bound:
    """Worker: a better bound."""

    bound: float


@dataclass(frozen=True, eq=False)
class Schedule:
    """Worker: on[unit, period] that the prices of starts like, with a fleet[pool] whose bound is low: to begin a
    search from.
    """

    fleet: NDArray[np.int64]
    on: NDArray[np.int64] | None


Message = BoundRequest | Cutoff | Root | Bound | Schedule


def write(stream: IO[bytes], message: Message) -> None:
    """Put one message on a pipe."""
    body = pickle.dumps(message, protocol=5)
    stream.write(len(body).to_bytes(8, "little") + body)
    stream.flush()


def read(stream: IO[bytes]) -> Message | None:
    """Next message of a pipe, None at its end."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    body = stream.read(int.from_bytes(head, "little"))
    message: Message = pickle.loads(body)  # only ever from our own child process, or from our own host
    return message
