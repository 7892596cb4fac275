"""Validation: predicted over measured, point by point, and what could not be evaluated and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.calibration.calibrate import summary
from kernels.calibration.measurement import Measurement, Unusable, translate
from kernels.calibration.prediction import rates, setting_of
from kernels.effects import family_of
from kernels.efficiency import priors, shipped
from kernels.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kernels.arrays import Booleans, Floats
    from kernels.effects import Subject
    from kernels.efficiency import Efficiency, Fitted


@dataclass(frozen=True)
class Skipped:
    """A point that could not be evaluated."""

    name: str
    phase: str
    reason: str


@dataclass(frozen=True)
class Validation:
    """Points with their predicted rates [n] (tokens/s per GPU), and the points left out."""

    points: tuple[Measurement, ...]
    predicted: Floats
    skipped: tuple[Skipped, ...]

    @property
    def ratio(self) -> Floats:
        """Predicted over measured. Shape [n]."""
        found: Floats = self.predicted / np.array([point.rate_per_gpu for point in self.points])
        return found

    def rows(self, colocated: bool = False) -> list[dict[str, Any]]:
        """One plain record per isolated (or per co-located) point, worst first."""
        order = np.argsort(-np.abs(np.log(self.ratio)), kind="stable")
        chosen = [int(index) for index in order if self._isolated[index] != colocated]
        return [self._row(index) for index in chosen]

    @property
    def _isolated(self) -> Booleans:
        return np.array([point.phase != "colocated" for point in self.points], dtype=bool)

    def _row(self, index: int) -> dict[str, Any]:
        point = self.points[index]
        return {
            "id": point.name,
            "phase": point.phase,
            "hardware": point.accelerator.name,
            "engine": point.engine,
            "model": point.architecture.name,
            "gpus": point.gpus,
            "size": point.size,
            "tier": point.tier,
            "source": point.source,
            "measured_tokens_per_s_per_gpu": point.rate_per_gpu,
            "predicted_tokens_per_s_per_gpu": round(float(self.predicted[index]), 2),
            "ratio": round(float(self.ratio[index]), 4),
        }

    def summary(self) -> dict[str, Any]:
        """Count, median and 90 % quantile of the absolute error and median ratio, of isolated points.

        `all` of them, then by phase, hardware and model. Co-located points stand apart under `colocated`
        and, by family of model and generation of hardware, under `colocated_class`.
        """
        isolated = self._isolated
        alone = [point for point, one in zip(self.points, isolated, strict=True) if one]
        mixed = [point for point, one in zip(self.points, isolated, strict=True) if not one]
        groups = {
            "phase": [point.phase for point in alone],
            "hardware": [point.accelerator.name for point in alone],
            "hardware_and_phase": [f"{point.accelerator.name} {point.phase}" for point in alone],
            "model": [point.architecture.name for point in alone],
        }
        classes = [f"{family_of(point.architecture)} {point.accelerator.generation}" for point in mixed]
        found: dict[str, Any] = {
            "all": _figures(self.ratio[isolated]),
            "colocated": _figures(self.ratio[~isolated]),
            "colocated_class": _by(self.ratio[~isolated], classes),
        }
        return found | {name: _by(self.ratio[isolated], labels) for name, labels in groups.items()}


def _by(ratio: Floats, labels: Sequence[str]) -> dict[str, Any]:
    """Figures of the ratios of every label."""
    column = np.array(labels)
    return {label: _figures(ratio[column == label]) for label in sorted(set(labels))}


def _figures(ratio: Floats) -> dict[str, float | int | None]:
    return {"points": len(ratio)} | summary(ratio)


def read_points(
    entries: Iterable[Mapping[str, Any]], tiers: str = "AB"
) -> tuple[list[Measurement], list[Skipped]]:
    """Translate the entries of a points file; skip other tiers and points that lack their conditions."""
    points, skipped = [], []
    for number, entry in enumerate(entries):
        name, phase = str(entry.get("id", f"entry {number}")), str(entry.get("phase"))
        if str(entry.get("tier", "A")) not in tiers:
            skipped.append(Skipped(name, phase, f"tier {entry.get('tier')} is not among {tiers}"))
            continue
        try:
            points.append(translate(entry))
        except (Unusable, KernelError) as error:
            skipped.append(Skipped(name, phase, str(error)))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            skipped.append(Skipped(name, phase, f"malformed: {type(error).__name__} {error}"))
    return points, skipped


def predict(points: Sequence[Measurement], calibration: Fitted | None = None) -> Floats:
    """Predicted tokens/s per GPU of points of any architecture and phase. Shape [n]."""
    return _predicted(points, calibration or shipped())


def _predicted(points: Sequence[Measurement], lookup: Callable[[Subject], Efficiency]) -> Floats:
    groups: dict[tuple[object, str], list[int]] = {}
    for index, point in enumerate(points):
        groups.setdefault((replace(point.architecture, name="", title=""), point.phase), []).append(index)
    found = np.empty(len(points))
    for chosen in groups.values():
        members = [points[index] for index in chosen]
        found[chosen] = rates(members, setting_of(members, lookup))[:, 0]
    return found


def usable(points: Sequence[Measurement]) -> list[Measurement]:
    """Points that the kernel can evaluate at all: their hardware publishes enough. No calibration is read."""
    works = np.isfinite(_predicted(points, lambda _: priors()))
    return [point for point, fine in zip(points, works, strict=True) if fine]


def validate(
    entries: Iterable[Mapping[str, Any]], tiers: str = "AB", calibration: Fitted | None = None
) -> Validation:
    """Predict every usable point of a points file under a calibration (default: the shipped one)."""
    points, skipped = read_points(entries, tiers)
    return _finite(points, predict(points, calibration), skipped)


def validate_held_out(entries: Iterable[Mapping[str, Any]], tiers: str = "AB") -> Validation:
    """Predict every point by a fit that saw nothing of its submission: error on what calibration did not see."""
    from kernels.calibration.held_out import by_submission, held_out_rates

    points, skipped = read_points(entries, tiers)
    usable = _finite(points, predict(points), skipped)
    return Validation(usable.points, held_out_rates(usable.points, by_submission), usable.skipped)


def held_out_errors(found: Validation) -> dict[str, dict[str, float | int | None]]:
    """Errors by what the fit had seen, for what `validate_held_out` returned; co-located points apart."""
    from kernels.calibration.fit import solve
    from kernels.calibration.held_out import by_accelerator, by_point, held_out_rates

    points = found.points
    measured = np.array([point.rate_per_gpu for point in points])
    solution = solve(points)
    ratios = {
        "in_sample": solution.predict(points) / measured,
        "held_out_point": held_out_rates(points, by_point) / measured,
        "held_out_submission": found.ratio,
        "held_out_accelerator": held_out_rates(points, by_accelerator) / measured,
    }
    alone = np.array([point.phase != "colocated" for point in points], dtype=bool)
    parts = (("isolated", alone), ("colocated", ~alone))
    return {
        f"{kind} {name}": _figures(ratio[chosen]) for kind, chosen in parts for name, ratio in ratios.items()
    }


def _finite(points: Sequence[Measurement], predicted: Floats, skipped: list[Skipped]) -> Validation:
    """Points whose hardware publishes too little for a prediction join the skipped ones."""
    works = np.isfinite(predicted)
    lost = [
        Skipped(point.name, point.phase, f"{point.accelerator.name} cannot run it or publishes too little")
        for point, fine in zip(points, works, strict=True)
        if not fine
    ]
    kept = tuple(point for point, fine in zip(points, works, strict=True) if fine)
    return Validation(kept, predicted[works], (*skipped, *lost))
