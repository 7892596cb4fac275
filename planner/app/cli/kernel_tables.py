"""What `planner kernel` prints for people: predicted beside measured, errors by group, what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.app.cli.common import output
from planner.view.reporting.table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernels.calibration.single_terms import SingleTerm
    from kernels.calibration.validation import Skipped, Validation


def show_validation(found: Validation) -> None:
    """Every point, the errors by group, and the points that could not be evaluated."""
    table = PlainTable(
        "point", "hardware", "engine", "phase", "GPUs", "size", "measured", "predicted", "ratio"
    )
    for row in found.rows() + found.rows(colocated=True):
        measured, predicted = row["measured_tokens_per_s_per_gpu"], row["predicted_tokens_per_s_per_gpu"]
        texts = (
            *(row[key] for key in ("id", "hardware", "engine", "phase")),
            str(row["gpus"]),
            f"{row['size']:g}",
        )
        table.add_row(*texts, f"{measured:,.0f}", f"{predicted:,.0f}", f"{row['ratio']:.2f}")
    output().print(table)
    output().print(_summary_table(found.summary()))
    output().print(_skipped_table(found.skipped))


def show_held_out(errors: Mapping[str, Any]) -> None:
    """Errors by how much of a point's submission the fit had seen."""
    table = PlainTable("points", "number", "median error", "90 % error", title="By what the fit had seen")
    for label, figures in errors.items():
        table.add_row(label.replace("_", " "), str(figures["points"]), *_errors(figures))
    output().print(table)


def show_beside(compared: Mapping[str, Any]) -> None:
    """Errors of the other package and of the kernel on the points that both evaluate."""
    table = PlainTable("phase", "points both evaluate", "model", "median error", "90 % error")
    for phase in ("prefill", "decode"):
        for name in ("aiconfigurator", "kernel"):
            table.add_row(phase, str(compared[phase]["points"]), name, *_errors(compared[phase][name]))
    output().print(table)


def show_terms(found: Sequence[SingleTerm], errors: Mapping[str, Any]) -> None:
    """Every single kernel, and the errors by kind."""
    table = PlainTable("kind", "GPU", "what", "measured, us", "predicted, us", "ratio")
    for one in found:
        figures = (f"{one.measured_us:,.1f}", f"{one.predicted_us:,.1f}", f"{one.ratio:.2f}")
        table.add_row(one.kind, one.accelerator, one.what, *figures)
    output().print(table)
    short = PlainTable("kind", "terms", "median error", "90 % error", "median ratio")
    for kind, known in errors.items():
        short.add_row(kind, str(known["terms"]), *_errors(known), f"{known['bias']:.2f}")
    output().print(short)


def show_quality(quality: Mapping[str, Any]) -> None:
    """How well a fit meets its points, and how many there were."""
    counts = ", ".join(
        f"{value} {name.replace('_', ' ')}" for name, value in quality.items() if not isinstance(value, dict)
    )
    table = PlainTable("error on", "median", "90 %", title=counts)
    for name, figures in quality.items():
        if isinstance(figures, dict):
            table.add_row(name.replace("_", " "), *_errors(figures))
    output().print(table)


def _summary_table(summary: Mapping[str, Any]) -> PlainTable:
    columns = ("points of", "points", "median error", "90 % error", "median ratio")
    table = PlainTable(*columns, title="Absolute error per GPU")
    rows = {"isolated prefill and decode": summary["all"], "co-located": summary["colocated"]}
    rows |= {f"co-located {label}": figures for label, figures in summary["colocated_class"].items()}
    for group in ("phase", "hardware_and_phase", "model"):
        rows |= summary[group]
    for label, figures in rows.items():
        bias = "" if figures["bias"] is None else f"{figures['bias']:.2f}"
        table.add_row(label, str(figures["points"]), *_errors(figures), bias)
    return table


def _skipped_table(skipped: Sequence[Skipped]) -> PlainTable:
    reasons: dict[str, list[str]] = {}
    for one in skipped:
        reasons.setdefault(one.reason, []).append(one.name)
    table = PlainTable("not evaluated because", "points", "for example")
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        table.add_row(reason, str(len(names)), ", ".join(names[:3]))
    return table


def _errors(figures: Mapping[str, float | None]) -> tuple[str, str]:
    """Median and ninetieth percentile of absolute errors, as texts."""
    return _percent(figures["median"]), _percent(figures["p90"])


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
