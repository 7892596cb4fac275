"""A proof by an engine beside a search: how far it has come is known at any time, and it goes on until its end."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from planner.core.solution import Status
from planner.model.decode import values_of
from planner.optimize.engines import CancelToken
from planner.optimize.engines import solve as run_engine

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import EngineOptions, EnginePool, Event, IndexedProgram


class ProofBeside:
    """An engine on the program of some sets. `bound` and the `cost` of a plan are the best so far, -inf and inf before.

    In a pool it has one of the running engines, and says nothing before it ends. Use as a context manager, which ends
    it.
    """

    def __init__(
        self,
        sets: Sets,
        program: IndexedProgram,
        engine: str,
        options: EngineOptions,
        cancel: CancelToken | None,
        pool: EnginePool | None,
    ) -> None:
        self.cost, self.bound = math.inf, -math.inf
        self._sets, self._program = sets, program
        self._columns: NDArray[np.float64] | None = None
        self._taken: NDArray[np.float64] | None = None
        self._token, self._stopped = _EitherToken(cancel), False
        self._executor = ThreadPoolExecutor(max_workers=1)
        self._solution: Future[Solution] = (
            self._executor.submit(run_engine, program, engine, options, self._listen, self._token)
            if pool is None
            else pool.submit(program, engine, options)
        )

    def _listen(self, event: Event) -> None:
        """In its thread: where the engine stands."""
        if event.values is not None:
            self.cost, self._columns = event.cost, event.values
        self.bound = max(self.bound, event.bound)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._solution.done()

    @property
    def infeasible(self) -> bool:
        """Whether it has ended with a proof that there is no plan."""
        return self.ended and self._solution.result().status is Status.INFEASIBLE

    def wait(self, seconds: float | None) -> None:
        """Wait so long for its end, None: however long it takes. Raises what the engine raised."""
        wait([self._solution], seconds)
        if self.ended:
            found = self._solution.result()
            self.cost, self._columns, self.bound = found.cost, found.values, found.bound

    def fresh(self) -> Values | None:
        """Its best plan, once: None where that was taken before, or there is none."""
        columns = self._columns
        if columns is None or columns is self._taken:
            return None
        self._taken = columns
        return values_of(self._sets, self._program.index, columns)

    def stop(self) -> None:
        """Ask it to end soon: what it has is enough."""
        self._stopped = not self.ended
        self._token.cancel()

    def solution(self, interrupted: bool) -> Solution:
        """What it ended with, which is waited for; its limit is none where it was stopped but nobody `interrupted`."""
        found = self._solution.result()
        return replace(found, limit=None) if self._stopped and not interrupted else found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._token.cancel()
        self._executor.shutdown()


class _EitherToken(CancelToken):
    """A token of its own beside one of the caller's."""

    def __init__(self, other: CancelToken | None) -> None:
        super().__init__()
        self._other = other

    @property
    def cancelled(self) -> bool:
        """Whether either was cancelled."""
        return super().cancelled or (self._other is not None and self._other.cancelled)
