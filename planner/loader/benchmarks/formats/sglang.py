"""SGLang `bench_serving --output-file`: JSON lines, one object a run.

Fields as written by python/sglang/bench_serving.py of sgl-project/sglang (`benchmark`): latencies in milliseconds.
Since 0.5 `server_info` holds the arguments of the server that answered; with `--output-details` `errors` has a text for
each failed request, with `--cache-report` the share of prompt tokens that was cached is told.
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
    width, stages = record.whole("server_info.tp_size"), record.whole("server_info.pp_size") or 1
    spread = record.value("server_info.enable_dp_attention") is True
    version, cached = record.text("server_info.version"), record.count("cache_report.cache_hit_rate_pct")
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
        gpus=width * stages if width else None,
        tensor_parallel=width and (width // (record.whole("server_info.dp_size") or 1) if spread else width),
        model=record.text("server_info.model_path"),
        engine=f"sglang {version}" if version else None,
        precision=_precision(record),
        drafted=accepted > 1.0,
        cached_share=None if cached is None else cached / 100.0,
        derived=(
            "lengths are total tokens over completed requests",
            *(() if known else (BY_LITTLES_LAW,)),
        ),
        remarks=(f"drafts were verified, {accepted:.2f} tokens a step",) if accepted > 1.0 else (),
    )


def _precision(record: Record) -> str | None:
    """Words for the quantisation of the server, and for its cache where that is narrow."""
    words, cache = record.text("server_info.quantization"), record.text("server_info.kv_cache_dtype") or ""
    return f"{words} fp8 kv" if words and cache.startswith("fp8") else words
