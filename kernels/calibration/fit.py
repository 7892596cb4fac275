"""The fit: penalised robust least squares on the logarithm of the rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.least_squares import minimise
from kernels.calibration.parameters import Design, FitParameters, columns_of
from kernels.calibration.prediction import rates, setting_of, subject_of
from kernels.efficiency import NAMES, priors
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement
    from kernels.setting import Setting

TOLERANCE = 1e-5  # relative change of the cost at which a fit stops
STEP = 1e-5  # of the logarithm of an efficiency, for slopes


@dataclass(frozen=True)
class Batch:
    """Points of one architecture shape and phase: predicted in one call."""

    points: tuple[Measurement, ...]
    index: Integers  # positions in the caller's list
    setting: Setting


def batches(points: Sequence[Measurement]) -> list[Batch]:
    """Group points that share architecture shapes and phase; names of equal shapes are one group."""
    groups: dict[tuple[object, str], list[int]] = {}
    for index, point in enumerate(points):
        groups.setdefault((replace(point.architecture, name="", title=""), point.phase), []).append(index)
    return [
        Batch(members, np.array(chosen), setting_of(members, lambda _: priors()))
        for chosen in groups.values()
        for members in [tuple(points[index] for index in chosen)]
    ]


@dataclass(frozen=True)
class FittedVector:
    """A fitted vector. `effective` counts the parameters the data, not the priors, decided.

    `decided` [parameters] is the share of each that the data decided: one less what is left of the prior
    variance.
    """

    parameters: FitParameters
    vector: Floats
    effective: float
    decided: Floats

    def predict(self, points: Sequence[Measurement]) -> Floats:
        """Rates per GPU of any points; factors of subjects not seen in training are 1."""
        design = self.parameters.design([subject_of(point) for point in points])
        logs = design.logs(self.vector + self.parameters.centre)
        found: Floats = _predict(batches(points), logs[:, :, None], len(points))[:, 0]
        return found


def _predict(groups: Sequence[Batch], logs: Floats, count: int) -> Floats:
    """Rates [count, m] at logarithms of the efficiencies [count, efficiencies, m]."""
    found = np.empty((count, logs.shape[2]))
    for group in groups:
        columns = columns_of(logs[group.index])
        found[group.index] = rates(group.points, replace(group.setting, **columns))
    return found


@dataclass
class _Problem:
    """Residuals and slopes of a fit; slopes are taken by efficiency and carried on to the parameters."""

    groups: Sequence[Batch]
    design: Design
    parameters: FitParameters
    target: Floats
    noise: Floats
    freedom: float

    def residuals(self, vector: Floats) -> Floats:
        """Robust residuals of the points, then those of the priors. Shape [points + parameters]."""
        logs = self.design.logs(vector + self.parameters.centre)[:, :, None]
        error = self._error(_predict(self.groups, logs, len(self.target)))[:, 0]
        return np.concatenate([self._robust(error), vector / self.parameters.deviation])

    def slopes(self, vector: Floats) -> Floats:
        """Slope of every residual, [points + parameters, parameters]; all steps are predicted in one call."""
        logs = self.design.logs(vector + self.parameters.centre)[:, :, None]
        steps = np.concatenate([np.zeros((len(NAMES), 1)), STEP * np.eye(len(NAMES))], axis=1)
        error = self._error(_predict(self.groups, logs + steps, len(self.target)))
        robust = self._robust(error)
        by_column = (robust[:, 1:] - robust[:, :1]) / STEP
        return np.vstack([self.design.slopes(by_column), np.diag(1.0 / self.parameters.deviation)])

    def _error(self, predicted: Floats) -> Floats:
        found: Floats = (np.log(predicted) - self.target[:, None]) / self.noise[:, None]
        return found

    def _robust(self, error: Floats) -> Floats:
        found: Floats = np.sign(error) * np.sqrt((self.freedom + 1.0) * np.log1p(error**2 / self.freedom))
        return found


def solve(points: Sequence[Measurement]) -> FittedVector:
    """Minimise sum of t((log predicted - log measured) / noise) + sum (parameter / deviation)^2.

    Every entry is the logarithm of a factor on its prior value, so zero is the prior; shares cannot
    exceed one. t is minus twice the log-density of Student's t: its heavy tail keeps single mis-stated
    points from bending the physics (Lange, Little and Taylor, JASA 84, 1989). Without points the priors
    stand. The search starts from the priors, never from another solution: it stops where little is left to
    gain, so that a start that knew more points than it is given would still show in the end.
    """
    subjects = [subject_of(point) for point in points]
    parameters = FitParameters.of(subjects)
    if not points:
        none = np.zeros(len(parameters))
        return FittedVector(parameters, none, 0.0, none)
    entry = read("efficiencies", "priors")
    noise = [entry["noise"]["colocated" if point.phase == "colocated" else "isolated"] for point in points]
    problem = _Problem(
        batches(points),
        parameters.design(subjects),
        parameters,
        np.log([point.rate_per_gpu for point in points]),
        np.array(noise, dtype=np.float64),
        float(entry["freedom"]),
    )
    start = np.zeros(len(parameters))
    found = minimise(problem.residuals, problem.slopes, parameters.lower, parameters.upper, TOLERANCE, start)
    slope = found.slope[: len(points)]
    curvature = slope.T @ slope
    covariance = np.linalg.inv(curvature + np.diag(parameters.deviation**-2.0))
    decided = 1.0 - np.diag(covariance) / parameters.deviation**2.0
    return FittedVector(parameters, found.vector, float(decided.sum()), decided)
