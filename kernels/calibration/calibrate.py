"""Calibration: fit, error bands from held-out points, and the efficiency file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.calibration.fit import FittedVector, solve
from kernels.calibration.held_out import (
    FOLDS,
    by_accelerator,
    by_point,
    by_source,
    covered_by_another,
    held_out_rates,
)
from kernels.efficiency import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Booleans, Floats
    from kernels.calibration.measurement import Measurement

BAND = (0.1, 0.9)  # quantiles of measured over predicted
FEWEST = 5  # held-out points below which an accelerator takes the pooled band
NO_POINT_AT_ALL = (0.5, 2.0)  # band of a phase of which the file has no point on any accelerator


def calibrate(measured: Sequence[Measurement], seed: int = 0) -> dict[str, Any]:
    """The content of an efficiency file: factors, bands, and how well they did.

    Only isolated prefill and decode points are fitted to. Co-located ones mix two phases and a
    scheduler; they are predicted afterwards and give the band of co-located units.

    Bands are the 10 and 90 % quantiles of measured over predicted rate on points whose source the fit
    did not see (the point alone, where no other source covers the accelerator); `unseen` does the same
    with the whole accelerator left out, every accelerator counting alike.
    """
    points = [point for point in measured if point.phase != "colocated"]
    together = [point for point in measured if point.phase == "colocated"]
    solution = solve(points)
    inside = _ratio(solution.predict(points), points)
    outside = _ratio(held_out_rates(points, by_source, None), points)
    single = _ratio(held_out_rates(points, by_point, FOLDS, seed), points)
    stranger = _ratio(held_out_rates(points, by_accelerator, None), points)
    shared = _ratio(solution.predict(together), together)
    covered = covered_by_another(points)
    return _factors(solution, points) | {
        "bands": _bands(points, 1.0 / np.where(covered, outside, single)),
        "unseen": {
            phase: _quantiles(1.0 / stranger[_where(points, phase)], _even(points, phase))
            for phase in ("prefill", "decode")
        },
        "colocated": _quantiles(1.0 / shared, _even(together, "colocated")),
        "quality": {
            "points": len(points),
            "sources": len({point.source for point in points}),
            "parameters": len(solution.parameters),
            "effective_parameters": round(solution.effective, 1),
            "calibrated": summary(inside),
            "point_held_out": summary(single),
            "source_held_out": summary(outside),
            "source_held_out_accelerator_covered": summary(outside[covered]),
            "accelerator_held_out": summary(stranger),
            "colocated_points": len(together),
            "colocated_never_fitted": summary(shared),
        },
    }


def _ratio(predicted: Floats, points: Sequence[Measurement]) -> Floats:
    ratio: Floats = predicted / np.array([point.rate_per_gpu for point in points])
    return ratio


def summary(ratio: Floats) -> dict[str, float | None]:
    """Median and 90 % quantile of the absolute error of predicted over measured; None of no points."""
    if not len(ratio):
        return {"median": None, "p90": None}
    error = np.abs(ratio - 1.0)
    return {"median": round(float(np.median(error)), 4), "p90": round(float(np.quantile(error, 0.9)), 4)}


def _where(points: Sequence[Measurement], phase: str) -> Booleans:
    return np.array([point.phase == phase for point in points])


def _even(points: Sequence[Measurement], phase: str) -> Floats:
    """Weights of the points of one phase that let every accelerator count alike."""
    names = [point.accelerator.name for point in points if point.phase == phase]
    counts = Counter(names)
    return np.array([1.0 / counts[name] for name in names])


def _quantiles(ratio: Floats, weight: Floats | None = None) -> dict[str, float]:
    if not len(ratio):
        low, high = NO_POINT_AT_ALL
    elif weight is None:
        low, high = np.quantile(ratio, BAND)
    else:
        order = np.argsort(ratio)
        reached = np.cumsum(weight[order]) / weight.sum()
        low, high = ratio[order][np.searchsorted(reached, BAND)]
    return {"low": round(float(min(low, 1.0)), 3), "high": round(float(max(high, 1.0)), 3)}


def _bands(points: Sequence[Measurement], ratio: Floats) -> list[dict[str, Any]]:
    """One band per accelerator and phase with a point; few points widen to the pooled band."""
    rows = []
    for phase in ("prefill", "decode"):
        pooled = _quantiles(ratio[_where(points, phase)])
        for name in sorted({point.accelerator.name for point in points if point.phase == phase}):
            chosen = np.array([point.phase == phase and point.accelerator.name == name for point in points])
            band = _quantiles(ratio[chosen])
            if chosen.sum() < FEWEST:
                band = {"low": min(band["low"], pooled["low"]), "high": max(band["high"], pooled["high"])}
            rows.append({"accelerator": name, "phase": phase, "points": int(chosen.sum())} | band)
    return rows


def _factors(solution: FittedVector, points: Sequence[Measurement]) -> dict[str, Any]:
    position = solution.parameters.position
    value = np.exp(solution.vector + solution.parameters.centre)
    counts = Counter((point.accelerator.name, point.engine, point.phase) for point in points)

    def factor(effect: str, subject: str, phase: str = "") -> float:
        return float(f"{value[position[effect, subject, phase]]:.4g}")

    def factors(effect: str) -> dict[str, float]:
        return {key[1]: factor(*key) for key in position if key[0] == effect}

    return {
        "shared": {name: float(f"{figure:.4g}") for name, figure in zip(SHARED, value, strict=False)},
        "engine_latency": factors("engine_latency"),
        "generation_latency": factors("generation_latency"),
        "mfu": factors("mfu"),
        "engine_rate": [
            {"engine": key[1], "phase": key[2], "rate": factor(*key)}
            for key in position
            if key[0] == "engine_rate"
        ],
        "pairs": [
            {
                "accelerator": name,
                "engine": engine,
                "phase": phase,
                "rate": factor("rate", f"{name} {engine}", phase),
                "points": count,
            }
            for (name, engine, phase), count in sorted(counts.items())
        ],
    }
