"""A priced variable, what every cost term consists of, and the declarations of a cost term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from planner.model.axes import Axis
    from planner.model.sets import Sets
    from planner.model.treatment import Treatment
    from planner.plan.plan import Plan

    Prices = Callable[[Sets], "dict[str, Priced]"]
    Activity = Callable[[Plan], NDArray[np.float64]]


@dataclass(frozen=True)
class Priced:
    """USD per unit of a variable: its name, an array on its axes, and these."""

    variable: str
    usd: NDArray[np.float64]
    axes: tuple[Axis, ...]

    def entries(self) -> Iterator[tuple[tuple[int, ...], float]]:
        """Positions that cost or earn something, and their USD."""
        there = np.nonzero(self.usd)
        positions = zip(*(axis.tolist() for axis in there), strict=True)
        yield from zip(positions, self.usd[there].tolist(), strict=True)


@dataclass(frozen=True)
class CostTerm:
    """A function that prices variables, and what is said of it beside.

    `lines` are those that it may have in the cost breakdown (none: those of the channels, which say them).
    `decomposition`: what the decomposition may do with it. `activity`: what an export spreads its cost over time by,
    per hour, shape [period] (absent: evenly). `billed` is False where no bill is sent for it, `received` whether it is
    money that comes in.
    """

    prices: Prices
    decomposition: Treatment
    lines: tuple[str, ...] = ()
    activity: Activity | None = None
    billed: bool = True
    received: bool = False

    def __call__(self, sets: Sets) -> dict[str, Priced]:
        """Priced variables by the name of their line in the cost breakdown."""
        return self.prices(sets)


def cost_term(
    decomposition: Treatment,
    *lines: str,
    activity: Activity | None = None,
    billed: bool = True,
    received: bool = False,
) -> Callable[[Prices], CostTerm]:
    """Make a function a cost term."""
    return lambda prices: CostTerm(prices, decomposition, lines, activity, billed, received)
