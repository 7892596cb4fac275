"""`planner kernel calibrate --mine`: a sweep of one replica becomes a calibration of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.loader.benchmarks.facts import Given
    from planner.loader.benchmarks.own_calibration import CalibratedSweep


def calibrate_mine(
    files: Sequence[Path], given: Given, most_failed: float, out: Path | None, as_json: bool
) -> None:
    """Fit, show and write the calibration of a sweep. Raises InstanceError where there is none."""
    from kernels.own_calibration import KIND
    from planner.app.cli.common import messages, print_json
    from planner.core.atomic import write_text
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.benchmarks.facts import facts_of
    from planner.loader.benchmarks.own_calibration import calibrated_sweep
    from planner.loader.benchmarks.read import read_points

    if not files:
        raise InstanceError([Fault("name the files of the sweep", "--mine")])
    files = named_files(files)
    refuse_overwriting([out], files)
    points = read_points(files)
    found = calibrated_sweep(points, facts_of(points, given), most_failed)
    target = out or _own_folder() / KIND / f"{found.name}.yaml"
    write_text(target, found.text())
    for line in _told(found):
        messages().print(line)
    if as_json:
        print_json(found.record())
    else:
        _print(found)
    messages().print(f"wrote {target}; {_next(target, found)}")


def _own_folder() -> Path:
    """The first folder of one's own catalog."""
    from kernels import KernelError
    from kernels.facts import OWN, own_folders

    try:
        folders = own_folders()
    except KernelError as error:
        raise InstanceError([Fault(str(error))]) from None
    if not folders:
        message = f"name a file to write, or set {OWN} to the folder of your own catalog: calibrations are found there"
        raise InstanceError([Fault(message, "--out")])
    return folders[0]


def _told(found: CalibratedSweep) -> list[str]:
    """What was left aside, and where measurement and shipped fit lie apart."""
    lines = [f"set aside: {why}" for why in found.aside]
    away, band = found.outside(), found.shipped_band
    if away:
        places = ", ".join(load.place for load in away)
        lines.append(
            f"warning: measurement and shipped fit differ by more than its band ({band.low:.2f} to {band.high:.2f}) at "
            f"{len(away)} of {len(found.loads)} loads: {places}; look at GPUs, precision (--recipe) and engine, or "
            "distrust the shipped fit here"
        )
    return lines


def _print(found: CalibratedSweep) -> None:
    from kernels.own_calibration import own_factors
    from planner.app.cli.common import output, print_table

    fit, gpus = found.fit, found.replica.gpus
    rows = [
        (
            f"{load.concurrency:.4g}",
            f"{load.input_tokens:,.0f} + {load.output_tokens:,.0f}",
            *(f"{rate * gpus / load.output_tokens:.4g}" for rate in (measured, before, after, left_out)),
            f"{left_out / measured:.2f}",
        )
        for load, measured, before, after, left_out in zip(
            found.loads, fit.measured, fit.before, fit.after, fit.left_out, strict=True
        )
    ]
    header = (
        "requests at once",
        "tokens",
        "measured, 1/s",
        "shipped fit",
        "calibrated",
        "left out",
        "left out / measured",
    )
    print_table(header, rows, "Requests per second, load by load", right=range(2, 7))
    print_table(
        ("factor", "on the", "value", "decided by the sweep"),
        [
            (name, own_factors()[name].what, f"{value:.3f}", f"{fit.decided[name]:.0%}")
            for name, value in fit.factor.items()
        ],
        right=(2, 3),
    )
    errors, shipped = found.errors(), found.shipped_band
    low, high = fit.band
    output().print(
        f"median error {errors['shipped']['median']:.1%} by the shipped fit, {errors['left_out']['median']:.1%} of "
        f"loads left out; band {low:.2f} to {high:.2f} (shipped: {shipped.low:.2f} to {shipped.high:.2f})"
    )


def _next(target: Path, found: CalibratedSweep) -> str:
    """How the file comes into use."""
    from kernels.facts import OWN, own_folders
    from kernels.own_calibration import KIND

    replica = found.replica
    counts = (
        f"it counts for colocated deployments of {replica.model} on {replica.accelerator} with "
        f"`engine: {replica.engine}` and `recipe: {replica.recipe}`"
    )
    if any(target.resolve().parent == (folder / KIND).resolve() for folder in own_folders()):
        return counts
    return f"put it into {KIND}/ of a folder that {OWN} names, then {counts}"
