"""The fit to a sweep of one's own: a few factors on top of a calibration, pulled to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from kernels.calibration.least_squares import minimise
from kernels.calibration.prediction import rates, setting_of
from kernels.facts import read
from kernels.own_calibration import FARTHEST, own_factors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.arrays import Floats, Integers
    from kernels.calibration.measurement import Measurement
    from kernels.effects import Subject
    from kernels.efficiency import Efficiency
    from kernels.setting import Setting

    Lookup = Callable[[Subject], Efficiency]

TOLERANCE = 1e-8  # relative change of the sum of squares at which a fit stops
STEP = 1e-5  # of the logarithm of a factor, for slopes
END = NormalDist().inv_cdf(0.9)  # of a band that holds eight of ten


@dataclass(frozen=True)
class OwnFit:
    """Factors by name, the share of each that the sweep decided, and rates [n] in tokens/s per GPU.

    `before` is what the calibration predicts without them, `after` with them, and `left_out` with those of a fit that
    did not see the point.
    """

    factor: dict[str, float]
    decided: dict[str, float]
    measured: Floats
    before: Floats
    after: Floats
    left_out: Floats

    @property
    def band(self) -> tuple[float, float]:
        """Ends of the error band as factors on a rate: errors of this sweep and of carrying factors elsewhere.

        exp(-+ 1.28 sqrt(e^2 + transfer^2)), e the median error of points left out over that of a normal law.
        """
        spread = float(np.median(np.abs(np.log(self.left_out / self.measured)))) / NormalDist().inv_cdf(0.75)
        width = END * float(np.hypot(spread, read("efficiencies", "own")["transfer"]))
        return float(np.exp(-width)), float(np.exp(width))


def own_fit(points: Sequence[Measurement], lookup: Lookup) -> OwnFit:
    """The factors that a sweep of one replica asks for, its co-located points of one model.

    Minimises sum ((log predicted - log measured) / noise)^2 + sum (log factor / deviation)^2.
    """
    problem = _Sweep.of(points, lookup)
    found, decided = problem.solve(np.arange(len(points)))
    none, everyone = np.zeros(len(found)), np.arange(len(points))
    left_out = [
        problem.predict(problem.solve(np.delete(everyone, place))[0])[place] for place in range(len(points))
    ]
    names = list(own_factors())
    return OwnFit(
        dict(zip(names, np.exp(found).tolist(), strict=True)),
        dict(zip(names, decided.tolist(), strict=True)),
        np.array([point.rate_per_gpu for point in points]),
        problem.predict(none),
        problem.predict(found),
        np.array(left_out),
    )


def with_factors(points: Sequence[Measurement], lookup: Lookup, factor: dict[str, float]) -> Floats:
    """Rates [n] of co-located points of one model with factors on a calibration."""
    logs = np.array([np.log(factor[name]) for name in own_factors()])
    return _Sweep.of(points, lookup).predict(logs)


@dataclass(frozen=True)
class _Sweep:
    """Points of one model with the efficiencies of a calibration; `acts` says which `names` a factor multiplies."""

    points: tuple[Measurement, ...]
    setting: Setting
    names: tuple[str, ...]
    acts: Floats  # [factors, names]
    deviation: Floats  # [factors]

    @classmethod
    def of(cls, points: Sequence[Measurement], lookup: Lookup) -> _Sweep:
        factors = own_factors().values()
        names = tuple(dict.fromkeys(column for factor in factors for column in factor.columns))
        return cls(
            tuple(points),
            setting_of(points, lookup),
            names,
            np.array([[name in factor.columns for name in names] for factor in factors], dtype=np.float64),
            np.array([factor.deviation for factor in factors]),
        )

    def predict(self, logs: Floats) -> Floats:
        """Rates [n] at logarithms of the factors [factors], or [n, m] at several of them [factors, m]."""
        several = logs.reshape(len(logs), -1)
        scaled = np.exp(self.acts.T @ several)[:, None, :]  # [names, 1, m]
        columns = {
            name: getattr(self.setting, name) * factor
            for name, factor in zip(self.names, scaled, strict=True)
        }
        found = rates(self.points, replace(self.setting, **columns))
        return found if logs.ndim > 1 else found[:, 0]

    def solve(self, chosen: Integers) -> tuple[Floats, Floats]:
        """Logarithms of the factors, and the share of each that the chosen points decide."""
        noise, count = float(read("efficiencies", "own")["noise"]), len(self.deviation)
        target = np.log([self.points[place].rate_per_gpu for place in chosen.tolist()])

        def residuals(vector: Floats) -> Floats:
            error = np.log(self.predict(vector)[chosen]) - target
            return np.concatenate([error / noise, vector / self.deviation])

        def slopes(vector: Floats) -> Floats:
            steps = np.concatenate([np.zeros((count, 1)), STEP * np.eye(count)], axis=1)
            logs = np.log(self.predict(vector[:, None] + steps)[chosen])
            return np.vstack([(logs[:, 1:] - logs[:, :1]) / STEP / noise, np.diag(1.0 / self.deviation)])

        most = np.full(count, np.log(FARTHEST))
        found = minimise(residuals, slopes, -most, most, TOLERANCE, np.zeros(count))
        slope = found.slope[: len(chosen)]
        left = np.linalg.inv(slope.T @ slope + np.diag(self.deviation**-2.0))
        return found.vector, 1.0 - np.diag(left) / self.deviation**2.0
