"""A priced variable, what every cost term consists of, and what a cost term says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.treatment import Treatment


@dataclass(frozen=True)
class Priced:
    """USD per unit of a variable: its name, and an array on its axes."""

    variable: str
    usd: NDArray[np.float64]

    def entries(self) -> Iterator[tuple[tuple[int, ...], float]]:
        """Positions that cost or earn something, and their USD."""
        there = np.nonzero(self.usd)
        positions = zip(*(axis.tolist() for axis in there), strict=True)
        yield from zip(positions, self.usd[there].tolist(), strict=True)


@dataclass(frozen=True)
class CostTerm:
    """A function that prices variables, and what the decomposition may do with them."""

    prices: Callable[[Sets], dict[str, Priced]]
    decomposition: Treatment

    def __call__(self, sets: Sets) -> dict[str, Priced]:
        """Priced variables by the name of their line in the cost breakdown."""
        return self.prices(sets)


def cost_term(
    decomposition: Treatment,
) -> Callable[[Callable[[Sets], dict[str, Priced]]], CostTerm]:
    """Make a function a cost term."""
    return lambda prices: CostTerm(prices, decomposition)
