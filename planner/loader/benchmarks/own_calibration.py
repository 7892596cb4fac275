"""A sweep of one replica -> a calibration of one's own: factors on the kernel for what was measured.

Loads of several pairs of lengths may be given together, all of one replica. A sweep that decides nothing is refused:
too few loads, loads too alike, loads that the kernel cannot predict or predicts as well without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

import kernels
from kernels.calibration.own_fit import own_fit
from kernels.calibration.prediction import subject_of
from kernels.efficiency import shipped
from kernels.own_calibration import own_factors
from kernels.recipe import resolve
from planner.core.errors import Fault, InstanceError
from planner.loader.benchmarks.measured_rate import load_of
from planner.loader.benchmarks.served import fitted_engine, undated_engine
from planner.loader.benchmarks.sweep import SAME_LENGTH, in_order
from planner.rates.replica_prediction import Replica, measurements, predict_at_load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.calibration.own_fit import OwnFit
    from kernels.effects import Subject
    from kernels.efficiency import Band
    from planner.loader.benchmarks.facts import BenchmarkFacts
    from planner.loader.benchmarks.point import BenchmarkPoint

LEAST_LOADS = 4
LEAST_SPAN = 4.0
"""The highest load over the lowest: below it a slow step and slow prompts look alike."""
LEAST_DECIDED = 0.5
"""Share of one of the factors that the sweep, not what was known before, must decide."""
HEADER = """\
# Written by `planner kernel calibrate --mine`: a calibration of one's own, found in the folders of PLANNER_CATALOG.
# Factors act on the shipped fit; `decided` is the share of one that the sweep decided. The band holds eight of ten
# ratios of measured to predicted rate, here and at other lengths and sizes of the unit.
"""


@dataclass(frozen=True)
class CalibratedSweep:
    """What a sweep decides: `loads` that were used, those set `aside` with the reason, the fit, the shipped band."""

    facts: BenchmarkFacts
    replica: Replica
    subject: Subject
    loads: tuple[BenchmarkPoint, ...]
    aside: tuple[str, ...]
    fit: OwnFit
    shipped_band: Band

    def outside(self) -> list[BenchmarkPoint]:
        """Loads whose measured rate lies outside of the band of the shipped fit."""
        ratio = self.fit.measured / self.fit.before
        away = (ratio < self.shipped_band.low) | (ratio > self.shipped_band.high)
        return [load for load, one in zip(self.loads, away.tolist(), strict=True) if one]

    def errors(self) -> dict[str, dict[str, float]]:
        """Median and largest absolute error of the shipped fit, with the factors, and of loads left out."""
        found = {"shipped": self.fit.before, "calibrated": self.fit.after, "left_out": self.fit.left_out}
        return {name: _errors(predicted / self.fit.measured) for name, predicted in found.items()}

    def record(self) -> dict[str, Any]:
        """The content of the file."""
        factors, low_high = own_factors(), self.fit.band
        return {
            "accelerator": self.replica.accelerator,
            "engine": self.replica.engine,
            "model": self.replica.model,
            "recipe": self.replica.recipe,
            "layout": self.subject.layout,
            "gpus": self.replica.gpus,
            "tensor_parallel": self.replica.tensor_parallel,
            "date": date.today().isoformat(),
            "measured": f"{self.facts.engine}: " + ", ".join(_files(self.loads)),
            "factors": {
                name: {
                    "value": float(f"{value:.4g}"),
                    "decided": round(self.fit.decided[name], 2),
                    "what": factors[name].what,
                }
                for name, value in self.fit.factor.items()
            },
            "band": dict(zip(("low", "high"), (round(end, 3) for end in low_high), strict=True)),
            "errors": {"loads": len(self.loads)} | self.errors(),
        }

    def text(self) -> str:
        """The file."""
        return HEADER + yaml.safe_dump(self.record(), sort_keys=False, default_flow_style=None, width=110)

    @property
    def name(self) -> str:
        """The name that the file has where none is asked for."""
        parts = (self.replica.accelerator, self.replica.engine, self.replica.model, self.replica.recipe)
        return "_".join(parts)


def calibrated_sweep(
    points: Sequence[BenchmarkPoint], facts: BenchmarkFacts, most_failed: float
) -> CalibratedSweep:
    """The calibration that a sweep asks for. Raises InstanceError with the reason where it decides none."""
    replica = _replica(facts)
    loads, aside = _usable(points, most_failed)
    _refuse_thin(loads, aside)
    asked = [load_of(load, facts.cached_share) for load in loads]
    reason = predict_at_load(replica, asked[0]).reason
    if reason:
        where = f"{facts.model} in {replica.recipe} on {facts.gpus} {facts.accelerator}"
        raise InstanceError([Fault(f"the kernel has no prediction of {where}: {reason}")])
    measured = measurements(replica, asked)
    subject, fit = subject_of(measured[0]), own_fit(measured, shipped())
    found = CalibratedSweep(facts, replica, subject, tuple(loads), tuple(aside), fit, shipped().band(subject))
    _refuse_idle(found)
    return found


def _replica(facts: BenchmarkFacts) -> Replica:
    """The replica in the kernel's words. Raises InstanceError for what it must know and nobody says."""
    faults = []
    if facts.model not in kernels.architecture_names():
        message = (
            f"'{facts.model}' is no model of the catalog: name it by --model, or import it first "
            "(planner catalog import-model)"
        )
        raise InstanceError([Fault(message, "model")])
    mixture = kernels.architecture(facts.model).routed_experts > 0
    if facts.tensor_parallel is None and mixture:
        faults.append(
            Fault("of a mixture of experts the GPUs of an attention replica count: give --tensor-parallel")
        )
    engine = fitted_engine(facts.engine) or undated_engine(facts.engine)
    if not engine:
        faults.append(Fault("the engine has no name", "--engine"))
    if faults:
        raise InstanceError(faults)
    recipe = resolve(facts.recipe, kernels.accelerator(facts.accelerator), facts.model).name
    width = facts.tensor_parallel or facts.gpus
    return Replica(facts.accelerator, facts.model, facts.gpus, recipe, width, engine)


def _usable(points: Sequence[BenchmarkPoint], most_failed: float) -> tuple[list[BenchmarkPoint], list[str]]:
    """Loads in the order of lengths and concurrency, repeated ones as their mean; and why others are set aside."""
    kept: list[BenchmarkPoint] = []
    aside: list[str] = []
    for group in _by_lengths(points):
        for load in in_order(group, most_failed):
            why = _why_not(load)
            if why:
                aside.append(f"{load.place}: {why}")
            else:
                kept.append(load)
    return kept, aside


def _by_lengths(points: Sequence[BenchmarkPoint]) -> list[list[BenchmarkPoint]]:
    """Points that have the lengths of the first of their group."""
    groups: list[list[BenchmarkPoint]] = []
    for point in points:
        for group in groups:
            ratios = (
                point.input_tokens / group[0].input_tokens,
                point.output_tokens / group[0].output_tokens,
            )
            if all(abs(ratio - 1.0) <= SAME_LENGTH for ratio in ratios):
                group.append(point)
                break
        else:
            groups.append([point])
    return groups


def _why_not(load: BenchmarkPoint) -> str:
    """Why nobody can tell how many requests ran at once; empty where that is known."""
    if load.drafted:
        return "drafts were verified; measure without them"
    if not np.isfinite(load.concurrency):
        return "neither its concurrency nor its latencies are known"
    first, each = (one.get("mean", one.get("p50")) for one in (load.ttft_ms, load.tpot_ms))
    if first is not None and each is not None and first > load.output_tokens * each:
        return "its requests waited longer than they were served: nobody knows how many ran at once"
    return ""


def _refuse_thin(loads: Sequence[BenchmarkPoint], aside: Sequence[str]) -> None:
    """Raises InstanceError for a sweep of too few loads, or of loads too alike."""
    levels = sorted({load.concurrency for load in loads})
    left = "".join(f"; set aside: {why}" for why in aside)
    if len(levels) < LEAST_LOADS:
        message = (
            f"{len(levels)} loads are too few to decide anything: measure {LEAST_LOADS} or more, from one request at a "
            f"time to the most that you would run{left}"
        )
        raise InstanceError([Fault(message)])
    if levels[-1] < LEAST_SPAN * levels[0]:
        message = (
            f"loads from {levels[0]:g} to {levels[-1]:g} concurrent requests are too alike to tell slow steps from "
            f"slow prompts: let the highest be {LEAST_SPAN:g} times the lowest or more{left}"
        )
        raise InstanceError([Fault(message)])


def _refuse_idle(found: CalibratedSweep) -> None:
    """Raises InstanceError where no factor is decided, or loads left out are predicted no better than before."""
    best, share = max(found.fit.decided.items(), key=lambda one: one[1])
    if share < LEAST_DECIDED:
        message = f"the sweep decides no factor: {best} by {share:.0%}, {LEAST_DECIDED:.0%} are needed"
        raise InstanceError([Fault(message)])
    errors = found.errors()
    if errors["left_out"]["median"] >= errors["shipped"]["median"]:
        message = (
            f"loads left out are predicted to {errors['left_out']['median']:.1%} (median) with factors and to "
            f"{errors['shipped']['median']:.1%} without: the shipped fit stays"
        )
        raise InstanceError([Fault(message)])


def _errors(ratio: np.ndarray) -> dict[str, float]:
    error = np.abs(ratio - 1.0)
    return {"median": round(float(np.median(error)), 4), "largest": round(float(error.max()), 4)}


def _files(loads: Sequence[BenchmarkPoint]) -> list[str]:
    return list(dict.fromkeys(Path(load.file).name for load in loads))
