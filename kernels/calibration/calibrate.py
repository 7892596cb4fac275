"""Calibration: fit, error bands from held-out points, and the efficiency file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.calibration.fit import FittedVector, solve
from kernels.calibration.held_out import (
    by_accelerator,
    by_submission,
    held_out_rates,
)
from kernels.calibration.prediction import subject_of
from kernels.effects import known_effects
from kernels.efficiency import SHARED, classes
from kernels.options import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Booleans, Floats
    from kernels.calibration.measurement import Measurement

BAND = (0.1, 0.9)  # quantiles of measured over predicted
FEWEST = 8  # held-out points below which a class has no band of its own
NO_POINT_AT_ALL = (0.5, 2.0)  # band of a role of which the file has no point on any accelerator


def calibrate(measured: Sequence[Measurement]) -> dict[str, Any]:
    """The content of an efficiency file: shared efficiencies, effects, bands, and how well they did.

    Isolated and co-located points are fitted together. A band holds the 10 and 90 % quantiles of measured
    over predicted rate on points whose submission the fit did not see, by class of (family, generation,
    role, engine), wider classes where a narrow one has fewer than FEWEST points. The widest class of a role, which
    speaks for hardware without points, is judged on points whose accelerator the fit did not see.
    """
    points = list(measured)
    solution = solve(points)
    inside = _ratio(solution.predict(points), points)
    outside = _ratio(held_out_rates(points, by_submission), points)
    stranger = _ratio(held_out_rates(points, by_accelerator), points)
    together = np.array([point.phase == "colocated" for point in points], dtype=bool)
    return _factors(solution, points) | {
        "bands": _bands(points, 1.0 / outside, 1.0 / stranger),
        "measured": _measured(points),
        "quality": {
            "points": len(points),
            "submissions": len({point.submission for point in points}),
            "parameters": len(solution.parameters),
            "effective_parameters": round(solution.effective, 1),
        }
        | {
            f"{kind}_{name}": summary(ratio[chosen])
            for kind, chosen in (("isolated", ~together), ("colocated", together))
            for name, ratio in (
                ("calibrated", inside),
                ("submission_held_out", outside),
                ("accelerator_held_out", stranger),
            )
        },
    }


def _ratio(predicted: Floats, points: Sequence[Measurement]) -> Floats:
    ratio: Floats = predicted / np.array([point.rate_per_gpu for point in points])
    return ratio


def summary(ratio: Floats) -> dict[str, float | None]:
    """Median and 90 % quantile of the absolute error of predicted over measured, and the median ratio."""
    if not len(ratio):
        return {"median": None, "p90": None, "bias": None}
    error = np.abs(ratio - 1.0)
    return {
        "median": round(float(np.median(error)), 4),
        "p90": round(float(np.quantile(error, 0.9)), 4),
        "bias": round(float(np.median(ratio)), 4),
    }


def _bands(points: Sequence[Measurement], ratio: Floats, stranger: Floats) -> list[dict[str, Any]]:
    """Bands of every class with enough points, and of every role, then by `stranger`, whatever its points."""
    members: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for index, point in enumerate(points):
        subject = subject_of(point)
        keys = classes(subject.family, subject.generation, subject.role, subject.engine)
        for key in dict.fromkeys(keys):
            members[key].append(index)
    for role in ROLES:
        members.setdefault(("", "", role, ""), [])
    return [
        dict(zip(("family", "generation", "role", "engine"), key, strict=True))
        | {"points": len(chosen)}
        | _quantiles((stranger if key[:2] == ("", "") else ratio)[np.array(chosen, dtype=np.intp)])
        for key, chosen in sorted(members.items())
        if len(chosen) >= FEWEST or key[:2] == ("", "")
    ]


def _quantiles(ratio: Floats) -> dict[str, float]:
    low, high = np.quantile(ratio, BAND) if len(ratio) else NO_POINT_AT_ALL
    return {"low": round(float(min(low, 1.0)), 3), "high": round(float(max(high, 1.0)), 3)}


def _measured(points: Sequence[Measurement]) -> dict[str, list[str]]:
    """Roles with a point, by accelerator."""
    names = sorted({point.accelerator.name for point in points})
    return {
        name: sorted({point.phase for point in points if point.accelerator.name == name}) for name in names
    }


def _factors(solution: FittedVector, points: Sequence[Measurement]) -> dict[str, Any]:
    """Every fitted value with the share of it that the points, not its prior, decided."""
    value = np.exp(solution.vector + solution.parameters.centre)
    acting = _acting(solution, points)

    def entry(place: int) -> dict[str, float | int]:
        return {
            "value": float(f"{value[place]:.4g}"),
            "decided": round(float(solution.decided[place]), 2),
            "points": int(acting[place]),
        }

    effects: dict[str, dict[str, Any]] = {effect.name: {} for effect in known_effects()}
    for (effect, subject), place in solution.parameters.position.items():
        effects[effect][subject] = entry(place)
    return {"shared": {name: entry(place) for place, name in enumerate(SHARED)}, "effects": effects}


def _acting(solution: FittedVector, points: Sequence[Measurement]) -> Booleans:
    """Points that each parameter acts on. Shape [parameters]."""
    design = solution.parameters.design([subject_of(point) for point in points])
    counts: Booleans = np.count_nonzero(design.weight, axis=0)
    return counts
