"""Stages whose slots never leave, for replays by hand."""

from __future__ import annotations

import math

import numpy as np

from planner.verify.simulation import PhasePool, SharedPool


def steady_stage(slots, speed=1.0, fixed_s=0.0, period_s=3600.0):
    """One unit type of so many slots for one kind of request."""
    pool = SharedPool(
        windows=[[(0.0, math.inf, False)]],
        slots=[slots],
        unit=[0],
        pace=[[1.0]],
        speed=[[speed]],
        size=[[1.0]],
        urgency=[0],
        period_s=period_s,
    )
    return PhasePool(streams=[0], pool=pool, fixed_s=np.array([[fixed_s]]), homes=np.ones((1, 1, 1)))
