"""Routers that do not look at the work of units: every unit then is a queue of its own.

    least_work                 one queue for all n units, arrivals of scv
    round_robin                n queues, each with every n-th arrival:   scv / n
    random, prefix_affinity    n queues, each arrival to any of them:    1 + (scv - 1) / n

The squared variation of gaps of a stream that is divided by turns, and by chance: W. Whitt, The Queueing Network
Analyzer, Bell System Technical Journal 62, 1983, section 4. Affinity that gives way to load waits less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.queueing import Queueing

    Array = NDArray[np.float64]


def queues_of(
    queueing: Queueing, units: NDArray[np.int64], servers: int, scv: float
) -> tuple[Array, Array, str]:
    """Servers of one queue, the variation of its arrivals and their law, for pools of so many units [pool].

    A unit has `servers`; arrivals at the pool vary by `scv`. Divided streams are of gamma's law.
    """
    if queueing.router == "least_work":
        return np.asarray(units * float(servers)), np.full(len(units), scv), queueing.arrival_law
    count = np.maximum(units, 1)
    divided = scv / count if queueing.router == "round_robin" else 1.0 + (scv - 1.0) / count
    return np.full(len(units), float(servers)), np.asarray(divided), "gamma"
