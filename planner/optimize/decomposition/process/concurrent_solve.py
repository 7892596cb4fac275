"""An engine on the whole program beside the search: in small questions it proves what the hours cannot."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING

from planner.core.errors import PlannerError
from planner.core.solution import Status
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.optimize.engines import CancelToken, prover

if TYPE_CHECKING:
    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import EngineOptions, Event

log = logging.getLogger(__name__)


class ConcurrentSolve:
    """One run in a thread of its own: `bound` grows, `values` are there once it has `finished`."""

    def __init__(self, sets: Sets, options: EngineOptions, hint: Values | None) -> None:
        self.bound = -math.inf
        self.values: Values | None = None
        self.infeasible = False
        self._sets, self._options, self._hint = sets, options, hint
        self._token = CancelToken()
        self._thread = threading.Thread(target=self._run, daemon=True, name="planner-concurrent-solve")
        self._thread.start()

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
            solution, values = whole.run(self._hint, self._options, prover(), self._on_event, self._token)
        except PlannerError as error:  # the search goes on without it
            log.warning("the engine that runs beside the decomposition is lost: %s", error)
            return
        self.bound = max(self.bound, solution.bound)
        self.infeasible = solution.status is Status.INFEASIBLE
        self.values = values

    def _on_event(self, event: Event) -> bool:
        self.bound = max(self.bound, event.bound)
        return self._token.cancelled
