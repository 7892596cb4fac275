"""Engine processes that wait for the next solve of a test, so that not every solve loads a solver library."""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from functools import partial

from planner.optimize.engines.process import EngineProcess

MOST_IDLE = 2


class WarmEngines:
    """Idle engine processes by engine: what `EnginePool` keeps for the solves of one caller, for a whole session.

    A process goes back when its solve has ended in order; after an error, or dead, it is ended.
    """

    def __init__(self) -> None:
        self._idle: dict[str, list[EngineProcess]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, engine: str) -> EngineProcess:
        """A process of the engine, started where none waits; its `end` gives it back."""
        while (waiting := self._taken(engine)) is not None:
            if waiting.alive:
                return waiting
            EngineProcess.end(waiting)
        process = EngineProcess(engine)
        process.end = partial(self._give_back, process)  # type: ignore[method-assign]
        return process

    def close(self) -> None:
        """End all that wait."""
        for engine in tuple(self._idle):
            while (waiting := self._taken(engine)) is not None:
                EngineProcess.end(waiting)

    def _taken(self, engine: str) -> EngineProcess | None:
        with self._lock:
            return self._idle[engine].pop() if self._idle[engine] else None

    def _give_back(self, process: EngineProcess) -> None:
        in_order = sys.exc_info()[0] is None and process.alive
        with self._lock:
            keeps = in_order and len(self._idle[process.engine]) < MOST_IDLE
            if keeps:
                self._idle[process.engine].append(process)
        if not keeps:
            EngineProcess.end(process)
