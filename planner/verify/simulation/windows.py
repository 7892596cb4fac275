"""When units run: the periods in which a plan has them on, without the time they take to start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.verify.simulation.fifo import Window
    from planner.verify.simulation.schedule import ReplayClock


def windows_of(instance: Instance, running: NDArray[np.bool_], clock: ReplayClock) -> list[Window]:
    """Windows of a unit that is on in some periods [period]; the last one has no end where it lasts to the end."""
    delay, ready = clock.starts_within_s(instance.start_up.hours), 0.0
    windows: list[Window] = []
    for period in np.flatnonzero(running).tolist():
        begin, end = period * clock.period_s, (period + 1) * clock.period_s
        before = int(instance.timeline.previous[period])
        if before < 0 or not running[before]:
            ready = begin + delay
        begin = max(begin, ready)
        if begin >= end:
            continue
        if windows and windows[-1][1] >= begin:
            windows[-1] = windows[-1][0], end, False
        else:
            windows.append((begin, end, False))
    if windows and windows[-1][1] == clock.periods * clock.period_s:
        windows[-1] = windows[-1][0], math.inf, False  # what waits at the end of the horizon is still served
    return windows
