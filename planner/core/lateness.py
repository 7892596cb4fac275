"""Whether the time for something is over, asked by whoever could leave it at what is found."""

from __future__ import annotations

import time
from collections.abc import Callable

Late = Callable[[], bool]


def never() -> bool:
    """No limit of time."""
    return False


def late_after(seconds: float | None) -> Late:
    """What says whether so many seconds are over, counted from now; None: never."""
    if seconds is None:
        return never
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until
