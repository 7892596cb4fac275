"""Errors on points a fit has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.fit import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Booleans, Floats
    from kernels.calibration.measurement import Measurement

FOLDS = 8  # of single points; sources and accelerators are left out one by one


def held_out_rates(
    points: Sequence[Measurement], label: Callable[[Measurement], str], folds: int | None, seed: int = 0
) -> Floats:
    """Rates of every point, predicted by a fit that saw no point of its label. Shape [n].

    Labels are dealt to `folds` folds at random from the seed; None makes one fold per label.
    """
    labels = sorted({label(point) for point in points})
    order = np.random.default_rng(seed).permutation(len(labels))
    fold_of = {labels[item]: place % (folds or len(labels)) for place, item in enumerate(order)}
    folded = np.array([fold_of[label(point)] for point in points])
    predicted = np.empty(len(points))
    for fold in np.unique(folded):
        unseen = np.flatnonzero(folded == fold)
        seen = [point for point, other in zip(points, folded != fold, strict=True) if other]
        predicted[unseen] = solve(seen).predict([points[int(index)] for index in unseen])
    return predicted


def by_point(point: Measurement) -> str:
    """One point at a time."""
    return point.name


def by_source(point: Measurement) -> str:
    """What was published together stays together."""
    return point.source


def by_accelerator(point: Measurement) -> str:
    """As if nothing had ever been measured on this hardware."""
    return point.accelerator.name


def covered_by_another(points: Sequence[Measurement]) -> Booleans:
    """Whether another source has points of the same accelerator and phase. Shape [n]."""
    sources: dict[tuple[str, str], set[str]] = {}
    for point in points:
        sources.setdefault((point.accelerator.name, point.phase), set()).add(point.source)
    return np.array([len(sources[point.accelerator.name, point.phase]) > 1 for point in points], dtype=bool)
