"""Errors on points a fit has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from kernels.calibration.fit import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats
    from kernels.calibration.measurement import Measurement

FOLDS = 12  # parts that are left out one after another; a fit takes seconds


def held_out_rates(points: Sequence[Measurement], label: Callable[[Measurement], str]) -> Floats:
    """Rates of every point, predicted by a fit that saw no point of its label. Shape [n].

    Labels are dealt into FOLDS parts by a checksum of their names, so always alike; each part is predicted by a fit
    to the others alone.
    """
    labels = [label(point) for point in points]
    names = sorted(set(labels), key=lambda name: (crc32(name.encode()), name))
    part = {name: place % FOLDS for place, name in enumerate(names)}
    parts = np.array([part[name] for name in labels])
    predicted = np.empty(len(points))
    for one in np.unique(parts):
        unseen = np.flatnonzero(parts == one)
        seen = [points[int(index)] for index in np.flatnonzero(parts != one)]
        predicted[unseen] = solve(seen).predict([points[int(index)] for index in unseen])
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
