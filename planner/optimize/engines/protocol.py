"""What the host and an engine process say to each other."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from planner.core.solution import relative_gap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
    from planner.optimize.engines.raw import RawProgram


@dataclass(frozen=True, eq=False)
class EngineOptions:
    """How long, how exactly and with what an engine may work.

    `hint` is a plan to start from, one value a column (NaN where unknown). The same seed and one thread give
    the same run; more threads, a time limit or a race may not. `memory_limit_mb` is watched on Linux only.
    `matheuristic` holds the parameters of that search, its defaults where None. Without `presolve` an engine searches
    the program as it is, if it can. What is claimed of a small one is solved again so (`confirm.py`), unless who
    asks tells nobody of the claim and says so: `confirm=False`, as for parts of a search.
    Raises ValueError for values out of range.
    """

    time_limit_s: float | None = None
    relative_gap: float = 1e-4
    threads: int = 2
    seed: int = 1
    hint: NDArray[np.float64] | None = None
    memory_limit_mb: float | None = None
    matheuristic: MatheuristicParameters | None = None
    presolve: bool = True
    confirm: bool = True

    def __post_init__(self) -> None:
        if self.time_limit_s is not None and not self.time_limit_s > 0:
            raise ValueError(f"time_limit_s must be above 0, not {self.time_limit_s}")
        if not 0 <= self.relative_gap < math.inf:
            raise ValueError(f"relative_gap must be 0 or more, not {self.relative_gap}")
        if self.threads < 1:
            raise ValueError(f"threads must be 1 or more, not {self.threads}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must lie in 0..2^31-1, not {self.seed}")
        if self.memory_limit_mb is not None and not self.memory_limit_mb > 0:
            raise ValueError(f"memory_limit_mb must be above 0, not {self.memory_limit_mb}")


@dataclass(frozen=True, eq=False)
class Event:
    """Where a solve stands: best cost that keeps the rows and best valid bound so far, over all engines of the run.

    `engine` is the one that moved; `values` is the new incumbent, None when only the bound moved. While the search
    runs the audit has judged none of it (`audited` is false): only the last event of a solve is of its audited plan.
    """

    seconds: float
    engine: str
    cost: float
    bound: float
    values: NDArray[np.float64] | None
    audited: bool = False

    @property
    def gap(self) -> float:
        """Relative gap between `cost` and `bound`."""
        return relative_gap(self.cost, self.bound)


class OutsideBound(Protocol):
    """A lower bound of the same program that is proven elsewhere while engines run; it is asked again and again."""

    @property
    def name(self) -> str:
        """Who proves it."""

    def poll(self, cost: float, bound: float) -> float:
        """The best bound so far, -inf while there is none; none is wanted beyond the `cost` of the best plan, nor up to
        the best `bound` of anybody.
        """


class CancelToken:
    """Lets another thread end a solve: the solve returns its incumbent with limit "interrupt"."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the solve to end."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()


class Claim(StrEnum):
    """What an engine says it has proven; the host checks what can be checked."""

    OPTIMAL = "optimal"  # to the gap it was given
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NOTHING = "nothing"


class Trouble(StrEnum):
    """Why an engine ended without an outcome."""

    UNAVAILABLE = "unavailable"  # its library is missing or does not load
    REFUSED = "refused"  # it cannot take this kind of program
    MEMORY = "memory"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class Task:
    """Host to worker: solve this until `deadline` (on the system-wide monotonic clock, inf when none)."""

    number: int
    program: RawProgram
    options: EngineOptions
    deadline: float


@dataclass(frozen=True, eq=False)
class Hint:
    """Host to worker: a plan found elsewhere, to be used if the engine can."""

    number: int
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Interrupt:
    """Host to worker: end the task and report its outcome."""

    number: int


@dataclass(frozen=True)
class Ready:
    """Worker to host: the library is loaded."""

    version: str


@dataclass(frozen=True, eq=False)
class Progress:
    """Worker to host: a new bound (-inf when none), and a new incumbent when `values` is given."""

    number: int
    bound: float
    values: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """Worker to host: the engine returned. `limit` is what ended it, None when it ended by itself."""

    number: int = 0
    claim: Claim = Claim.NOTHING
    bound: float = -math.inf
    values: NDArray[np.float64] | None = None
    limit: str | None = None
    row_duals: NDArray[np.float64] | None = None
    reduced_costs: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Failure:
    """Worker to host: the engine did not return an outcome, and why. Number 0 stands for the start."""

    number: int
    trouble: Trouble
    message: str


Message = Task | Hint | Interrupt | Ready | Progress | Outcome | Failure
