"""When the command began: a time limit counts from there, loading the program and reading its files included."""

from __future__ import annotations

import time
from contextvars import ContextVar

LEAST_LEFT = 0.5
"""Share of a time limit that is left to a solve, however long it took to begin."""
BEGAN: ContextVar[float] = ContextVar("began")
"""On the monotonic clock."""


def begin() -> None:
    """The command begins now."""
    BEGAN.set(time.monotonic())


def left_of(limit_s: float) -> float:
    """What is left of a time limit, half of it at least."""
    now = time.monotonic()
    return max(LEAST_LEFT * limit_s, limit_s - (now - BEGAN.get(now)))
