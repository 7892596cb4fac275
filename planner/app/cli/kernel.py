"""`planner kernel`: fit the throughput kernel to measured points, and see how well it predicts them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.benchmark_options import (
    Accelerator,
    CachedShare,
    Engine,
    Gpus,
    Model,
    MostFailed,
    RecipeName,
    TensorParallel,
)
from planner.app.cli.options import Json
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from kernels.calibration.validation import Validation

app = typer.Typer(no_args_is_help=True, help="The throughput kernel: calibrate, validate, terms.")

PointsFile = Annotated[
    Path | None,
    typer.Argument(help="Measured throughput points, a JSON list; absent: the published ones we ship."),
]
Tiers = Annotated[str, typer.Option(help="Confidence tiers to use, such as A or AB.")]
HEADER = """\
# Written by `planner kernel calibrate` from published points; not for editing by hand.
# Effects multiply the shared efficiencies. `decided` is the share of a value that points, not its prior, decided;
# `points` are those it acts on. A band holds eight of ten ratios of measured to predicted rate of points whose
# submission the fit had not seen.
"""


@app.command()
def calibrate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="A points file, absent: the shipped one; with --mine, benchmark results."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; absent: that of the catalog.")] = None,
    tiers: Tiers = "AB",
    mine: Annotated[
        bool, typer.Option("--mine", help="Results of your own replica: factors on the shipped fit for it.")
    ] = False,
    accelerator: Accelerator = None,
    gpus: Gpus = None,
    tensor_parallel: TensorParallel = None,
    model: Model = None,
    engine: Engine = None,
    recipe: RecipeName = None,
    cached_share: CachedShare = None,
    most_failed: MostFailed = 0.01,
    as_json: Json = False,
) -> None:
    """Fit the efficiencies per accelerator and engine, with error bands, and write the efficiency file.

    With --mine a sweep of one replica decides a few factors on the shipped fit, for its engine, hardware, model and
    precision: results as `planner import rates` reads them, of at least four loads.

    Examples:

      planner kernel calibrate points.json --out efficiencies.yaml

      planner kernel calibrate --mine run_*.json --accelerator h100 --gpus 4 --engine "vllm 0.11.0"
    """
    if mine:
        from planner.app.cli.calibrate_mine import calibrate_mine
        from planner.loader.benchmarks.facts import Given

        given = Given(accelerator, gpus, tensor_parallel, model, engine, recipe, cached_share)
        calibrate_mine(files or [], given, most_failed, out, as_json)
        return
    if files is not None and len(files) > 1:
        raise InstanceError([Fault("one points file at a time; several results of one's own are for --mine")])
    _calibrate(files[0] if files else None, out, tiers)


def _calibrate(points: Path | None, out: Path | None, tiers: str) -> None:
    """Fit to a points file and write the efficiency file."""
    import yaml

    from kernels.calibration.calibrate import calibrate as fit
    from kernels.calibration.validation import read_points
    from kernels.calibration.validation import usable as evaluable
    from kernels.facts import DATA
    from planner.app.cli.common import messages
    from planner.app.cli.kernel_files import read_entries
    from planner.app.cli.kernel_tables import show_quality
    from planner.core.atomic import write_text
    from planner.core.overwriting import refuse_overwriting

    refuse_overwriting([out], [points])
    found, skipped = read_points(read_entries(points), tiers)
    usable = evaluable(found)
    if not usable:
        where = str(points or "the shipped points")
        raise InstanceError(
            [Fault("no point here can be evaluated; see planner kernel validate", file=where)]
        )
    content = fit(usable)
    target = out or DATA / "efficiencies" / "fitted.yaml"
    write_text(target, HEADER + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120))
    messages().print(
        f"{len(usable)} points used, {len(found) - len(usable) + len(skipped)} not; wrote {target}"
    )
    show_quality(content["quality"])


@app.command()
def validate(
    points: PointsFile = None,
    as_json: Json = False,
    tiers: Tiers = "AB",
    efficiencies: Annotated[Path | None, typer.Option(help="Efficiency file; absent: the catalog's.")] = None,
    held_out: Annotated[
        bool,
        typer.Option("--held-out", help="Refit without the submission of each point before predicting it."),
    ] = False,
    beside: Annotated[
        bool,
        typer.Option("--beside-aiconfigurator", help="Show that package's errors too; seconds per point."),
    ] = False,
) -> None:
    """Compare predicted with measured rates, point by point and overall.

    Examples:

      planner kernel validate points.json

      planner kernel validate points.json --held-out --json
    """
    from kernels.calibration.validation import held_out_errors, validate_held_out
    from kernels.calibration.validation import validate as compare
    from planner.app.cli.common import print_json
    from planner.app.cli.kernel_files import read_calibration, read_entries
    from planner.app.cli.kernel_tables import show_beside, show_held_out, show_validation

    entries = read_entries(points)
    found = (
        validate_held_out(entries, tiers)
        if held_out
        else compare(entries, tiers, read_calibration(efficiencies))
    )
    compared = _beside(found) if beside else None
    seen = held_out_errors(found) if held_out else None
    if as_json:
        skipped = [{"id": one.name, "phase": one.phase, "reason": one.reason} for one in found.skipped]
        rows = {"points": found.rows(), "colocated": found.rows(colocated=True)}
        more = {key: part for key, part in (("beside", compared), ("held_out", seen)) if part is not None}
        print_json({"summary": found.summary()} | more | rows | {"not_evaluated": skipped})
        return
    show_validation(found)
    if seen is not None:
        show_held_out(seen)
    if compared is not None:
        show_beside(compared)


@app.command()
def terms(as_json: Json = False) -> None:
    """Compare single kernels measured on one GPU with the terms that a step is built from.

    Example: planner kernel terms
    """
    from kernels.calibration.single_terms import errors_by_kind, single_terms
    from planner.app.cli.common import print_json
    from planner.app.cli.kernel_tables import show_terms

    found = single_terms()
    errors = errors_by_kind(found)
    if as_json:
        rows = [
            {
                "kind": one.kind,
                "accelerator": one.accelerator,
                "what": one.what,
                "measured_us": one.measured_us,
                "predicted_us": round(one.predicted_us, 2),
            }
            for one in found
        ]
        print_json({"kinds": errors, "terms": rows})
        return
    show_terms(found, errors)


def _beside(found: Validation) -> dict[str, Any]:
    from planner.rates.adapters.comparison import beside_aiconfigurator

    return beside_aiconfigurator(found.points, found.ratio)
