"""Designs: which cases a sweep holds, as a list of inputs by instance path.

For each path a design takes either its values, or a range (low, high) from which values are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.study.sweeps.case import Inputs

Range = tuple[float, float]


def grid(axes: Mapping[str, Sequence[Any]]) -> list[Inputs]:
    """Every combination of values. Neighbours in the list differ in one input, by one step (a snake through
    the grid), so that each case can start from the plan of the one before."""
    lines: list[list[Any]] = [[]]
    for values in axes.values():
        forth = list(values)
        lines = [
            [*line, value]
            for place, line in enumerate(lines)
            for value in (forth if place % 2 == 0 else reversed(forth))
        ]
    return [dict(zip(axes, line, strict=True)) for line in lines]


def one_at_a_time(axes: Mapping[str, Sequence[Any]]) -> list[Inputs]:
    """The base case, then each value of each path alone."""
    return [{}, *({path: value} for path, values in axes.items() for value in values)]


def random_cases(ranges: Mapping[str, Range], count: int, seed: int = 1) -> list[Inputs]:
    """`count` cases drawn independently and evenly from the ranges, neighbours close together."""
    draw = np.random.default_rng(seed).random((count, len(ranges)))
    return _scaled(ranges, draw)


def latin_hypercube(ranges: Mapping[str, Range], count: int, seed: int = 1) -> list[Inputs]:
    """`count` cases that hold one value in each of `count` equal slices of every range.

    McKay, Beckman, Conover, "A comparison of three methods for selecting values of input variables",
    Technometrics 21 (1979) 239-245.
    """
    from scipy.stats import qmc

    return _scaled(ranges, qmc.LatinHypercube(d=len(ranges), rng=seed).random(count))


def near_order(points: NDArray[np.float64]) -> list[int]:
    """An order of points [point, axis] in which each is the nearest of those left to the one before."""
    left = list(range(1, len(points)))
    order = [0] if len(points) else []
    while left:
        nearest = int(np.argmin(((points[left] - points[order[-1]]) ** 2).sum(axis=1)))
        order.append(left.pop(nearest))
    return order


def _scaled(ranges: Mapping[str, Range], unit: NDArray[np.float64]) -> list[Inputs]:
    """Points of the unit cube [case, axis] as inputs."""
    low = np.array([bounds[0] for bounds in ranges.values()], dtype=np.float64)
    high = np.array([bounds[1] for bounds in ranges.values()], dtype=np.float64)
    values = low + unit * (high - low)
    return [dict(zip(ranges, values[place].tolist(), strict=True)) for place in near_order(unit)]
