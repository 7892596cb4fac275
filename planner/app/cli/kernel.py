"""`planner kernel`: fit the throughput kernel to measured points, and see how well it predicts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_text

if TYPE_CHECKING:
    from kernels.calibration.validation import Skipped, Validation
    from kernels.efficiency import Fitted
    from planner.view.reporting.table import PlainTable

MOST_BYTES = 20_000_000  # of a points file, and of an efficiency file

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
    points: PointsFile = None,
    out: Annotated[Path | None, typer.Option(help="Efficiency file; absent: the catalog's own.")] = None,
    tiers: Tiers = "AB",
) -> None:
    """Fit the efficiencies per accelerator and engine, with error bands, and write the efficiency file.

    Example: planner kernel calibrate points.json --out efficiencies.yaml
    """
    import yaml

    from kernels.calibration.calibrate import calibrate as fit
    from kernels.calibration.validation import read_points
    from kernels.calibration.validation import usable as evaluable
    from planner.app.cli.common import messages, output
    from planner.core.atomic import write_text

    found, skipped = read_points(_entries(points), tiers)
    usable = evaluable(found)
    if not usable:
        raise InstanceError(
            [
                Fault(
                    "no point here can be evaluated; see planner kernel validate",
                    file=str(points or "the shipped points"),
                )
            ]
        )
    content = fit(usable)
    target = out or _data() / "efficiencies" / "fitted.yaml"
    write_text(target, HEADER + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120))
    messages().print(
        f"{len(usable)} points used, {len(found) - len(usable) + len(skipped)} not; wrote {target}"
    )
    output().print(_quality_table(content["quality"]))


@app.command()
def validate(
    points: PointsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
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

    entries = _entries(points)
    found = (
        validate_held_out(entries, tiers) if held_out else compare(entries, tiers, _calibration(efficiencies))
    )
    compared = _beside(found) if beside else None
    seen = held_out_errors(found) if held_out else None
    if as_json:
        skipped = [{"id": one.name, "phase": one.phase, "reason": one.reason} for one in found.skipped]
        rows = {"points": found.rows(), "colocated": found.rows(colocated=True)}
        more = {key: part for key, part in (("beside", compared), ("held_out", seen)) if part is not None}
        print_json({"summary": found.summary()} | more | rows | {"not_evaluated": skipped})
        return
    _print(found)
    if seen is not None:
        _print_seen(seen)
    if compared is not None:
        _print_beside(compared)


@app.command()
def terms(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare single kernels measured on one GPU with the terms that a step is built from.

    Example: planner kernel terms
    """
    from kernels.calibration.single_terms import errors_by_kind, single_terms
    from planner.app.cli.common import output, print_json
    from planner.view.reporting.table import PlainTable

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
    table = PlainTable("kind", "GPU", "what", "measured, us", "predicted, us", "ratio")
    for one in found:
        figures = (f"{one.measured_us:,.1f}", f"{one.predicted_us:,.1f}", f"{one.ratio:.2f}")
        table.add_row(one.kind, one.accelerator, one.what, *figures)
    output().print(table)
    short = PlainTable("kind", "terms", "median error", "90 % error", "median ratio")
    for kind, known in errors.items():
        shares = (_percent(known["median"]), _percent(known["p90"]), f"{known['bias']:.2f}")
        short.add_row(kind, str(known["terms"]), *shares)
    output().print(short)


def _data() -> Path:
    """Folder of the kernel's data files."""
    from kernels.facts import DATA

    return DATA


def _entries(path: Path | None) -> list[dict[str, Any]]:
    """The points file as plain records; the shipped ones where none is named. Raises InstanceError."""
    if path is None:
        from kernels.calibration.runs import shipped_points

        return shipped_points()
    try:
        loaded = json.loads(read_text(path, MOST_BYTES))
    except (ValueError, RecursionError) as error:
        raise InstanceError([Fault(f"not JSON: {error}", file=str(path))]) from None
    entries = loaded.get("points") if isinstance(loaded, dict) else loaded
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InstanceError([Fault("a points file is a JSON list of objects", file=str(path))])
    return entries


def _calibration(path: Path | None) -> Fitted | None:
    """The efficiency file at `path`. Raises InstanceError."""
    if path is None:
        return None
    import yaml

    from kernels.efficiency import Fitted
    from kernels.facts import parse

    try:
        return Fitted.from_dict(parse(read_text(path, MOST_BYTES)))
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InstanceError([Fault(f"not an efficiency file: {error}", file=str(path))]) from None


def _beside(found: Validation) -> dict[str, Any]:
    from planner.rates.adapters.comparison import beside_aiconfigurator

    return beside_aiconfigurator(found.points, found.ratio)


def _print_seen(seen: dict[str, Any]) -> None:
    from planner.app.cli.common import output
    from planner.view.reporting.table import PlainTable

    table = PlainTable("points", "number", "median error", "90 % error", title="By what the fit had seen")
    for label, figures in seen.items():
        errors = (_percent(figures["median"]), _percent(figures["p90"]))
        table.add_row(label.replace("_", " "), str(figures["points"]), *errors)
    output().print(table)


def _print_beside(compared: dict[str, Any]) -> None:
    from planner.app.cli.common import output
    from planner.view.reporting.table import PlainTable

    table = PlainTable("phase", "points both evaluate", "model", "median error", "90 % error")
    for phase in ("prefill", "decode"):
        for name in ("aiconfigurator", "kernel"):
            errors = compared[phase][name]
            count = str(compared[phase]["points"])
            table.add_row(phase, count, name, _percent(errors["median"]), _percent(errors["p90"]))
    output().print(table)


def _print(found: Validation) -> None:
    from planner.app.cli.common import output
    from planner.view.reporting.table import PlainTable

    console = output()
    table = PlainTable(
        "point", "hardware", "engine", "phase", "GPUs", "size", "measured", "predicted", "ratio"
    )
    for row in found.rows() + found.rows(colocated=True):
        measured, predicted = row["measured_tokens_per_s_per_gpu"], row["predicted_tokens_per_s_per_gpu"]
        words = (
            row["id"],
            row["hardware"],
            row["engine"],
            row["phase"],
            str(row["gpus"]),
            f"{row['size']:g}",
        )
        table.add_row(*words, f"{measured:,.0f}", f"{predicted:,.0f}", f"{row['ratio']:.2f}")
    console.print(table)
    summary = found.summary()
    console.print(_summary_table(summary))
    console.print(_skipped_table(found.skipped))


def _summary_table(summary: dict[str, Any]) -> PlainTable:
    from planner.view.reporting.table import PlainTable

    columns = ("points of", "points", "median error", "90 % error", "median ratio")
    table = PlainTable(*columns, title="Absolute error per GPU")
    rows = {"isolated prefill and decode": summary["all"], "co-located": summary["colocated"]}
    rows |= {f"co-located {label}": figures for label, figures in summary["colocated_class"].items()}
    for group in ("phase", "hardware_and_phase", "model"):
        rows |= summary[group]
    for label, figures in rows.items():
        errors = (_percent(figures["median"]), _percent(figures["p90"]))
        bias = "" if figures["bias"] is None else f"{figures['bias']:.2f}"
        table.add_row(label, str(figures["points"]), *errors, bias)
    return table


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _skipped_table(skipped: tuple[Skipped, ...]) -> PlainTable:
    from planner.view.reporting.table import PlainTable

    reasons: dict[str, list[str]] = {}
    for one in skipped:
        reasons.setdefault(one.reason, []).append(one.name)
    table = PlainTable("not evaluated because", "points", "for example")
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        table.add_row(reason, str(len(names)), ", ".join(names[:3]))
    return table


def _quality_table(quality: dict[str, Any]) -> PlainTable:
    from planner.view.reporting.table import PlainTable

    counts = ", ".join(
        f"{value} {name.replace('_', ' ')}" for name, value in quality.items() if not isinstance(value, dict)
    )
    table = PlainTable("error on", "median", "90 %", title=counts)
    for name, figures in quality.items():
        if isinstance(figures, dict):
            table.add_row(name.replace("_", " "), _percent(figures["median"]), _percent(figures["p90"]))
    return table
