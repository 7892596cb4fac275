"""A decision variable as its family declares it: name, axes, where it exists, bounds, unit, meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from planner.model.axes import Axis
    from planner.model.sets import Sets


@dataclass(frozen=True)
class Domain:
    """Positions at which a variable exists, shape [count, axis], and its bounds there, shape [count]; inf: none.

    `whole` says, where given, at which of them its values are integers; else the variable says so for all.
    """

    at: NDArray[np.int64]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    whole: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class DecisionVariable:
    """A variable of a family; `whole` where its values are integers, `free` where they may be negative.

    `domain` says where the data ask for it. `meaning` is what one of it stands for, in `unit`, as the formulation's
    chapter and messages say it.
    """

    name: str
    axes: tuple[Axis, ...]
    domain: Callable[[Sets], Domain]
    unit: str
    meaning: str
    whole: bool = False
    free: bool = False

    def shape(self, sets: Sets) -> tuple[int, ...]:
        """Positions on each axis."""
        return shape_of(sets, self.axes)


def domain(
    at: Iterable[tuple[int, ...]] | NDArray[np.int64],
    axes: int,
    upper: NDArray[np.float64] | NDArray[np.int64] | float = np.inf,
    lower: NDArray[np.float64] | NDArray[np.int64] | float = 0.0,
) -> Domain:
    """The domain of positions on so many axes, bounds of all or one by one."""
    array = at if isinstance(at, np.ndarray) else np.array(list(at), dtype=np.int64)
    array = array.reshape(-1, axes)
    high = np.broadcast_to(np.asarray(upper, dtype=np.float64), len(array))
    return Domain(array, high, np.broadcast_to(np.asarray(lower, dtype=np.float64), len(array)))


def pairs_by_period(periods: int, at: list[tuple[int, int]], most: list[NDArray[np.float64]]) -> Domain:
    """The domain of pairs of positions in every period, each pair with its bounds, shape [period]."""
    positions = [(*pair, period) for pair in at for period in range(periods)]
    return domain(positions, 3, upper=np.concatenate([np.zeros(0), *most]))


def everywhere(shape: tuple[int, ...]) -> NDArray[np.int64]:
    """All positions on axes of a shape, the last the fastest, shape [count, axis]."""
    return np.indices(shape).reshape(len(shape), -1).T
