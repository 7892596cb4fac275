"""The engine's side of the conversation: report progress, take hints, notice an interrupt."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from planner.optimize.engines.protocol import Hint, Interrupt, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.optimize.engines.protocol import Message, Task

_BOUND_EVERY_S = 0.05


class HostChannel:
    """One task's line to the host. Methods may be called from any thread."""

    def __init__(self, task: Task, send: Callable[[Message], None]) -> None:
        self._task = task
        self._send = send
        self._lock = threading.Lock()
        self._interrupted = threading.Event()
        self._on_interrupt: list[Callable[[], None]] = []
        self._hint: NDArray[np.float64] | None = None
        self._bound = -math.inf
        self._bound_sent_at = -math.inf

    @property
    def number(self) -> int:
        """Number of the task."""
        return self._task.number

    @property
    def seconds_left(self) -> float:
        """Time to the task's deadline, inf when it has none, never below a millisecond."""
        return max(1e-3, self._task.deadline - time.monotonic())

    @property
    def interrupted(self) -> bool:
        """Whether the host asked to end."""
        return self._interrupted.is_set()

    def on_interrupt(self, act: Callable[[], None]) -> None:
        """Call `act` (from another thread) when the host asks to end; at once when it already has."""
        with self._lock:
            self._on_interrupt.append(act)
            late = self._interrupted.is_set()
        if late:
            act()

    def report(self, bound: float = -math.inf, values: NDArray[np.float64] | None = None) -> None:
        """Tell the host of a new incumbent, a new bound, or both. Bounds alone are thinned out in time."""
        now = time.monotonic()
        with self._lock:
            improved = bound > self._bound
            self._bound = max(bound, self._bound)
            if values is None and not (improved and now - self._bound_sent_at >= _BOUND_EVERY_S):
                return
            self._bound_sent_at = now
            self._send(Progress(self.number, self._bound, values))

    def take_hint(self) -> NDArray[np.float64] | None:
        """The newest plan from elsewhere that was not taken yet, or None."""
        with self._lock:
            hint, self._hint = self._hint, None
        return hint

    def receive(self, message: Hint | Interrupt) -> None:
        """Called by the process's reader thread."""
        with self._lock:
            if isinstance(message, Hint):
                self._hint = message.values
                return
            self._interrupted.set()
            acts = tuple(self._on_interrupt)
        for act in acts:
            act()
