"""Pools of units in one period, for tests of what keeps a promise of availability."""

from __future__ import annotations

import numpy as np

from kernels.queueing import UnitLosses
from planner.model.standing_question import PoolQuestion
from planner.rates.standing import StandingPool


def pool_question(
    laws: tuple[UnitLosses, ...], rate: list[list[float]], demand: list[float], kept: float
) -> PoolQuestion:
    """A pool with a unit of each law on hardware of its own, that carries its works for a share `kept` of the time."""
    kinds, works = len(laws), tuple(range(len(demand)))
    return PoolQuestion(
        pool=StandingPool(works, tuple(range(kinds)), 0, kept),
        period=0,
        works=works,
        laws=laws,
        nodes=np.array([law.nodes / law.beside for law in laws]),
        hardware=np.array([f"h{kind}" for kind in range(kinds)]),
        rate=np.array(rate),
        demand=np.array(demand),
        elsewhere=(False,) * len(demand),
        sited=False,
    )
