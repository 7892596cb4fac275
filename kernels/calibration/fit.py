"""The fit: penalised robust least squares on the logarithm of the rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.parameters import Parameters
from kernels.calibration.prediction import rates, setting_of
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement
    from kernels.setting import Setting

TOLERANCE = 1e-5  # relative change of the cost at which a fit stops


@dataclass(frozen=True)
class Batch:
    """Points of one architecture shape and phase: predicted in one call."""

    points: tuple[Measurement, ...]
    index: Integers  # positions in the caller's list
    setting: Setting
    rows: dict[str, Integers]


def batches(points: Sequence[Measurement], parameters: Parameters) -> list[Batch]:
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
class Solution:
    """A fitted vector. `effective` counts the parameters the data, not the priors, decided."""

    parameters: Parameters
    vector: Floats
    effective: float

    def predict(self, points: Sequence[Measurement]) -> Floats:
        """Rates per GPU of any points; factors of subjects not seen in training are 1."""
        return _predict(batches(points, self.parameters), self.parameters, self.vector, len(points))


def _predict(groups: Sequence[Batch], parameters: Parameters, vector: Floats, count: int) -> Floats:
    found = np.empty(count)
    for group in groups:
        columns = parameters.columns(vector, group.rows)
        found[group.index] = rates(group.points, replace(group.setting, **columns))
    return found


def solve(points: Sequence[Measurement]) -> Solution:
    """Minimise sum of soft-L1((log predicted - log measured) / noise) + sum (parameter / deviation)^2.

    Every entry is the logarithm of a factor on its prior value, so zero is the prior; shares cannot
    exceed one. The robust loss keeps single mis-stated points from bending the physics. Without points
    the priors stand.
    """
    from scipy.optimize import least_squares

    parameters = Parameters.of(points)
    if not points:
        return Solution(parameters, np.zeros(len(parameters)), 0.0)
    groups = batches(points, parameters)
    target = np.log([point.rate_per_gpu for point in points])
    noise = float(read("efficiencies", "priors")["noise"])

    def residuals(vector: Floats) -> Floats:
        error = (np.log(_predict(groups, parameters, vector, len(points))) - target) / noise
        robust = np.sign(error) * np.sqrt(2.0 * (np.sqrt(1.0 + error**2) - 1.0))
        return np.concatenate([robust, vector / parameters.deviation])

    start = np.zeros(len(parameters))
    lower = np.full(len(parameters), -3.0)
    found = least_squares(residuals, start, bounds=(lower, parameters.upper), ftol=TOLERANCE, xtol=TOLERANCE)
    slope = np.asarray(found.jac)[: len(points)]
    curvature = slope.T @ slope
    effective = float(np.trace(np.linalg.solve(curvature + np.diag(parameters.deviation**-2.0), curvature)))
    return Solution(parameters, found.x, effective)
