"""Errors on points a fit has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.fit import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement

FOLDS = 16  # parts that are left out one after another; a fit takes seconds


def held_out_rates(points: Sequence[Measurement], label: Callable[[Measurement], str]) -> Floats:
    """Rates of every point, predicted by a fit that saw no point of its label. Shape [n].

    Each part of the labels (`parts_of`) is predicted by a fit to the others alone.
    """
    parts = parts_of([label(point) for point in points])
    predicted = np.empty(len(points))
    for one in np.unique(parts):
        unseen = np.flatnonzero(parts == one)
        seen = [points[int(index)] for index in np.flatnonzero(parts != one)]
        predicted[unseen] = solve(seen).predict([points[int(index)] for index in unseen])
    return predicted


def parts_of(labels: Sequence[str]) -> Integers:
    """Part of every label, one of FOLDS: dealt in turn, in the order of their last words, so always alike.

    As a submission is named by its model last and its hardware before that, those of one model on one hardware are
    left out apart from each other, as if each were left out alone.
    """
    names = sorted(set(labels), key=lambda name: name.split()[::-1])
    part = {name: place % FOLDS for place, name in enumerate(names)}
    return np.array([part[name] for name in labels], dtype=np.intp)


def by_point(point: Measurement) -> str:
    """One point at a time."""
    return point.name


def by_submission(point: Measurement) -> str:
    """What was handed in together stays together: month or round, hardware and model."""
    return point.submission


def by_accelerator(point: Measurement) -> str:
    """As if nothing had ever been measured on this hardware."""
    return point.accelerator.name
