"""The fit: penalised robust least squares on the logarithm of the rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.parameters import FitParameters
from kernels.calibration.prediction import rates, setting_of
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement
    from kernels.setting import Setting

TOLERANCE = 1e-4  # relative change of the cost at which a fit stops
STEP = 1e-6  # of the logarithm of a parameter, for slopes


@dataclass(frozen=True)
class Batch:
    """Points of one architecture shape and phase: predicted in one call."""

    points: tuple[Measurement, ...]
    index: Integers  # positions in the caller's list
    setting: Setting
    rows: dict[str, Integers]


def batches(points: Sequence[Measurement], parameters: FitParameters) -> list[Batch]:
    """Group points that share architecture shapes and phase; names of equal shapes are one group."""
    groups: dict[tuple[object, str], list[int]] = {}
    for index, point in enumerate(points):
        groups.setdefault((replace(point.architecture, name="", title=""), point.phase), []).append(index)
    found = []
    for chosen in groups.values():
        members = tuple(points[index] for index in chosen)
        found.append(Batch(members, np.array(chosen), setting_of(members), parameters.rows(members)))
    return found


@dataclass(frozen=True)
class FittedVector:
    """A fitted vector. `effective` counts the parameters the data, not the priors, decided."""

    parameters: FitParameters
    vector: Floats
    effective: float

    def predict(self, points: Sequence[Measurement]) -> Floats:
        """Rates per GPU of any points; factors of subjects not seen in training are 1."""
        groups = batches(points, self.parameters)
        return _predict(groups, self.parameters, self.vector[:, None], len(points))[:, 0]


def _predict(groups: Sequence[Batch], parameters: FitParameters, vectors: Floats, count: int) -> Floats:
    """Rates [count, m] at m vectors [parameters, m]."""
    found = np.empty((count, vectors.shape[1]))
    for group in groups:
        columns = parameters.columns(vectors, group.rows)
        found[group.index] = rates(group.points, replace(group.setting, **columns))
    return found


def solve(points: Sequence[Measurement]) -> FittedVector:
    """Minimise sum of t((log predicted - log measured) / noise) + sum (parameter / deviation)^2.

    Every entry is the logarithm of a factor on its prior value, so zero is the prior; shares cannot
    exceed one. t is minus twice the log-density of Student's t: its heavy tail keeps single mis-stated
    points from bending the physics (Lange, Little and Taylor, JASA 84, 1989). Without points the priors
    stand.
    """
    from scipy.optimize import least_squares

    parameters = FitParameters.of(points)
    if not points:
        return FittedVector(parameters, np.zeros(len(parameters)), 0.0)
    groups = batches(points, parameters)
    target = np.log([point.rate_per_gpu for point in points])
    noise, freedom = (float(read("efficiencies", "priors")[name]) for name in ("noise", "freedom"))

    def residuals(vectors: Floats) -> Floats:
        """Residuals [points + parameters, m] at m vectors."""
        error = (np.log(_predict(groups, parameters, vectors, len(points))) - target[:, None]) / noise
        robust = np.sign(error) * np.sqrt((freedom + 1.0) * np.log1p(error**2 / freedom))
        return np.vstack([robust, vectors / parameters.deviation[:, None]])

    def slopes(vector: Floats) -> Floats:
        """Differences of every residual, all perturbed vectors predicted in one call."""
        steps = np.hstack([np.zeros((len(vector), 1)), STEP * np.eye(len(vector))])
        around = residuals(vector[:, None] + steps)
        found: Floats = (around[:, 1:] - around[:, :1]) / STEP
        return found

    def at(vector: Floats) -> Floats:
        found: Floats = residuals(vector[:, None])[:, 0]
        return found

    found = least_squares(
        at,
        np.zeros(len(parameters)),
        slopes,
        bounds=(parameters.lower, parameters.upper),
        ftol=TOLERANCE,
        xtol=TOLERANCE,
    )
    slope = np.asarray(found.jac)[: len(points)]
    curvature = slope.T @ slope
    effective = float(np.trace(np.linalg.solve(curvature + np.diag(parameters.deviation**-2.0), curvature)))
    return FittedVector(parameters, found.x, effective)
