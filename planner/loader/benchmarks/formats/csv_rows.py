"""CSV files of one's own: a header, and a row for each load.

Columns: `requests_per_s`, `input_tokens`, `output_tokens`; `concurrency`; `mean_ttft_ms`, `p50_ttft_ms` ...
`p999_ttft_ms`, the same of `tpot_ms`; `completed`, `failed`; `accelerator`, `gpus`, `tensor_parallel`, `model`,
`engine`, `precision` (or the name of a recipe). The first three are needed; a field left empty is one that is not
known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.suggest import did_you_mean
from planner.loader.benchmarks.point import BY_LITTLES_LAW, STATISTICS, BenchmarkPoint, concurrency_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "CSV (a column requests_per_s)"
LATENCIES = {f"{name}_{metric}_ms" for name in STATISTICS for metric in ("ttft", "tpot")}
COLUMNS = LATENCIES | {
    *("requests_per_s", "input_tokens", "output_tokens", "concurrency", "completed", "failed"),
    *("accelerator", "gpus", "tensor_parallel", "model", "engine", "precision"),
}


def recognises(record: Record) -> bool:
    """Whether a record is a row of such a file."""
    return record.has("requests_per_s") and not record.has("isl")


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one point of a row."""
    for name in sorted(set(record.data) - COLUMNS):
        record.fault(f"is no column of this format{did_you_mean(name, COLUMNS)}", name)
    rate, output = record.positive("requests_per_s"), record.positive("output_tokens")
    ttft, tpot = (
        record.latencies({name: f"{name}_{metric}_ms" for name in STATISTICS}) for metric in ("ttft", "tpot")
    )
    stated = record.has("concurrency")
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=rate,
        input_tokens=record.positive("input_tokens"),
        output_tokens=output,
        concurrency=record.positive("concurrency") if stated else concurrency_of(rate, ttft, tpot, output),
        ttft_ms=ttft,
        tpot_ms=tpot,
        completed=record.count("completed"),
        failed=record.count("failed"),
        accelerator=record.text("accelerator"),
        gpus=record.whole("gpus"),
        tensor_parallel=record.whole("tensor_parallel"),
        model=record.text("model"),
        engine=record.text("engine"),
        precision=record.text("precision"),
        derived=() if stated else (BY_LITTLES_LAW,),
    )
