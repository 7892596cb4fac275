"""Errors on points a fit has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.fit import FittedVector, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement


def held_out_rates(
    points: Sequence[Measurement], label: Callable[[Measurement], str], solution: FittedVector | None = None
) -> Floats:
    """Rates of every point, predicted by a fit that saw no point of its label. Shape [n].

    `solution` is the fit to all of them; each label is then taken out of it by one step.
    """
    solution = solution or solve(points)
    labels = np.array([label(point) for point in points])
    predicted = np.empty(len(points))
    for one in np.unique(labels):
        unseen = np.flatnonzero(labels == one)
        left = [points[int(index)] for index in unseen]
        predicted[unseen] = solution.predict(left, solution.without(unseen))
    return predicted


def by_point(point: Measurement) -> str:
    """One point at a time."""
    return point.name


def by_submission(point: Measurement) -> str:
    """What was handed in together stays together: month or round, hardware and model."""
    return point.submission


def by_accelerator(point: Measurement) -> str:
    """As if nothing had ever been measured on this hardware."""
    return point.accelerator.name
