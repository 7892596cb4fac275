"""AIPerf and GenAI-Perf profile exports: one JSON object a run, each metric with its `unit` and statistics.

Fields of src/aiperf/common/models/export_models.py (JsonExportData) of ai-dynamo/aiperf, which keeps to the export
of GenAI-Perf (genai_perf/export_data/json_exporter.py of triton-inference-server/perf_analyzer). Old exports write
numbers as texts and nanoseconds. `inter_token_latency` is a request's mean without its first token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.benchmarks.point import BY_LITTLES_LAW, BenchmarkPoint, concurrency_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "AIPerf or GenAI-Perf profile export JSON"
MS_PER = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "seconds": 1e3}
CONCURRENCY = ("loadgen.concurrency", "concurrency", "perf_analyzer.stimulus.concurrency")
MODEL = ("endpoint.model_names", "model_names", "formatted_model_name", "model")


def recognises(record: Record) -> bool:
    """Whether a record is a profile export."""
    return record.has("request_throughput.avg") and record.has("request_throughput.unit")


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one run of a record."""
    if record.value("was_cancelled"):
        record.fault("the run was cancelled before it was over", "was_cancelled")
    rate = record.positive("request_throughput.avg")
    output = record.positive(record.first("output_sequence_length.avg", "num_output_token.avg"))
    ttft, tpot = (_latencies(record, name) for name in ("time_to_first_token", "inter_token_latency"))
    stated = record.first(*(f"input_config.{path}" for path in CONCURRENCY))
    known = record.has(stated)
    failed = record.count("error_request_count.avg")
    by_aiperf = record.has("aiperf_version") and not record.value("error_summary")
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=rate,
        input_tokens=record.positive(record.first("input_sequence_length.avg", "num_input_token.avg")),
        output_tokens=output,
        concurrency=record.positive(stated) if known else concurrency_of(rate, ttft, tpot, output),
        ttft_ms=ttft,
        tpot_ms=tpot,
        completed=record.count("request_count.avg"),
        failed=0.0 if failed is None and by_aiperf else failed,
        model=record.text(*(f"input_config.{path}" for path in MODEL)),
        derived=() if known else (BY_LITTLES_LAW,),
    )


def _latencies(record: Record, metric: str) -> dict[str, float]:
    """Statistics of a metric in ms in the unit that is given beside them."""
    if not record.has(metric):
        return {}
    names = {"mean": "avg"} | {name: name for name in ("p50", "p90", "p95", "p99")}
    paths = {name: f"{metric}.{key}" for name, key in names.items()}
    return record.latencies_by_unit(paths, f"{metric}.unit", MS_PER)
