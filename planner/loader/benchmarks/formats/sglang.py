"""SGLang `bench_serving --output-file`: JSON lines, one object a run.

Fields as written by python/sglang/bench_serving.py of sgl-project/sglang (`benchmark`): latencies in milliseconds.
Model and failures are not given; with `--output-details` `errors` has a text for each failed request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.benchmarks.formats.vllm import statistics
from planner.loader.benchmarks.point import BY_LITTLES_LAW, BenchmarkPoint, concurrency_of
from planner.loader.benchmarks.record import unbounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "SGLang bench_serving JSONL"


def recognises(record: Record) -> bool:
    """Whether a record is a line of `bench_serving`."""
    return record.has("request_throughput", "total_output_tokens_retokenized")


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one run of a record."""
    completed = record.positive("completed")
    rate = record.positive("request_throughput")
    output = record.positive("total_output_tokens") / completed
    ttft, tpot = (record.latencies(statistics(metric)) for metric in ("ttft", "tpot"))
    errors = record.value("errors")
    accepted = record.count("accept_length") or 1.0
    limited = record.has("max_concurrency") and unbounded(record.value("request_rate"))
    measured = record.first("max_concurrency", "concurrency") if limited else "concurrency"
    known = record.has(measured)
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=rate,
        input_tokens=record.positive("total_input_tokens") / completed,
        output_tokens=output,
        concurrency=record.positive(measured) if known else concurrency_of(rate, ttft, tpot, output),
        ttft_ms=ttft,
        tpot_ms=tpot,
        completed=completed,
        failed=float(sum(map(bool, errors))) if isinstance(errors, list) else None,
        derived=(
            "lengths are total tokens over completed requests",
            *(() if known else (BY_LITTLES_LAW,)),
        ),
        remarks=(f"drafts were verified, {accepted:.2f} tokens a step",) if accepted > 1.0 else (),
    )
