"""Branching: what searches over boxes of fleets have in common."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import numpy as np


class Bounded(Protocol):
    """An open box."""

    bound: float


B = TypeVar("B", bound=Bounded)


class Branching(Generic[B]):
    """`open` boxes as a heap, lowest bound first; `settled`: least bound of all that is no longer open."""

    def __init__(self, target: float = np.inf, settled: float = np.inf) -> None:
        self.target, self.settled = target, settled
        self.open: list[B] = []
        self.serial = 0

    @property
    def bound(self) -> float:
        """Valid lower bound of the cost of all fleets."""
        return min(self.settled, self.open[0].bound if self.open else np.inf)

    @property
    def done(self) -> bool:
        """Whether nothing is left that could be cheaper than the target, or than a fleet settled below it."""
        return not self.open or self.open[0].bound >= min(self.target, self.settled)
