"""An engine on the whole program beside the search: in small questions it proves what the hours cannot."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
from typing import TYPE_CHECKING

from planner.core.errors import PlannerError
from planner.model.decode import values_of
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.optimize.engines import CancelToken, prover

if TYPE_CHECKING:
    from planner.core.solution import Solution
    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import EngineOptions, Event

log = logging.getLogger(__name__)


class ConcurrentSolve:
    """One run in a thread of its own: `bound` grows, plans are `taken` as they come, `solution` is there at the end."""

    def __init__(self, sets: Sets, options: EngineOptions, hint: Values | None) -> None:
        self.bound = -math.inf
        self._plans: queue.SimpleQueue[Values] = queue.SimpleQueue()
        self.solution: Solution | None = None
        self._sets, self._options, self._hint = sets, options, hint
        self._token = CancelToken()
        self._thread = threading.Thread(target=self._run, daemon=True, name="planner-concurrent-solve")
        self._thread.start()

    def taken(self) -> Values | None:
        """The newest plan that was not taken yet."""
        newest = None
        with contextlib.suppress(queue.Empty):
            while True:
                newest = self._plans.get_nowait()
        return newest

    @property
    def finished(self) -> bool:
        """Whether it has ended, for whatever reason."""
        return not self._thread.is_alive()

    def end(self) -> None:
        """Stop it and wait for its plan."""
        self._token.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            whole = WholeModel(self._sets)

            def listen(event: Event) -> bool:
                self.bound = max(self.bound, event.bound)
                if event.values is not None:
                    self._plans.put(values_of(self._sets, whole.program.index, event.values))
                return self._token.cancelled

            solution, values = whole.run(self._hint, self._options, prover(), listen, self._token)
        except PlannerError as error:  # the search goes on without it
            log.warning("the engine that runs beside the decomposition is lost: %s", error)
            return
        if values is not None:
            self._plans.put(values)
        self.solution = solution
