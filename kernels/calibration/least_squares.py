"""Bounded nonlinear least squares by damped normal equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernels.arrays import Floats

MOST_STEPS = 60
DAMPING = 1e-3  # at the start, as a share of the curvature
FIRMER, LOOSER = 4.0, 0.3  # what a step that fails, and one that succeeds, does to it
STUBBORN = 1e6  # damping at which nothing more can be gained


class Minimum(NamedTuple):
    """Where the search ended, with residuals and slopes there."""

    vector: Floats
    residual: Floats
    slope: Floats


def minimise(
    residuals: Callable[[Floats], Floats],
    slopes: Callable[[Floats], Floats],
    lower: Floats,
    upper: Floats,
    tolerance: float,
    start: Floats,
) -> Minimum:
    """The vector between its bounds with the least sum of squared residuals, from `start` on.

    Levenberg-Marquardt (Marquardt, J. SIAM 11(2), 1963) on the entries that are not held at a bound by
    their gradient; steps are cut at the bounds. With a few hundred parameters and thousands of residuals
    the normal equations take milliseconds where a decomposition of the slopes takes seconds; the priors
    keep them well conditioned. Ends when a step gains less than `tolerance` of the sum.
    """
    vector = np.clip(start, lower, upper)
    residual, slope, damping = residuals(vector), slopes(vector), DAMPING
    for _ in range(MOST_STEPS):
        gradient, curvature = slope.T @ residual, slope.T @ slope
        held = ((vector <= lower) & (gradient > 0.0)) | ((vector >= upper) & (gradient < 0.0))
        free = np.flatnonzero(~held)
        gained = 0.0
        while damping < STUBBORN:
            system = curvature[np.ix_(free, free)]
            system = system + damping * np.diag(np.diag(system))
            trial = vector.copy()
            trial[free] -= np.linalg.solve(system, gradient[free])
            trial = np.clip(trial, lower, upper)
            found = residuals(trial)
            gained = float(residual @ residual - found @ found)
            if gained > 0.0:
                break
            damping *= FIRMER
        if gained <= 0.0:
            break
        vector, damping = trial, damping * LOOSER
        done = gained < tolerance * float(residual @ residual)
        residual, slope = found, slopes(vector)
        if done:
            break
    return Minimum(vector, residual, slope)
