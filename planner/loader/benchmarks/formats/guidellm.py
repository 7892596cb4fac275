"""Reports of GuideLLM (JSON or YAML): one object with a list of `benchmarks`, one for each load.

Fields of src/guidellm/benchmark/schemas/generative (GenerativeBenchmarksReport, GenerativeMetrics) of
vllm-project/guidellm. Its `time_per_output_token_ms` spreads the first token's time over all tokens, so the time
per output token is its `inter_token_latency_ms`, a request's mean without the first token. The load is under
`config.strategy`, in reports before 0.4 under `args.strategy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.benchmarks.point import BenchmarkPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "GuideLLM report JSON"


def recognises(record: Record) -> bool:
    """Whether a record is a report of GuideLLM."""
    runs = record.value("benchmarks")
    return isinstance(runs, list) and all(isinstance(run, dict) and "metrics" in run for run in runs)


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """Every benchmark of a report."""
    if not record.value("benchmarks"):
        record.fault("holds no benchmark", "benchmarks")
    for run in record.inside("benchmarks"):
        streams = run.first(
            *(
                f"{where}.strategy.{key}"
                for where in ("config", "args")
                for key in ("streams", "max_concurrency")
            ),
            "metrics.request_concurrency.successful.mean",
        )
        yield BenchmarkPoint(
            TITLE,
            run.file,
            run.line,
            run.path,
            requests_per_s=run.positive("metrics.requests_per_second.successful.mean"),
            input_tokens=run.positive("metrics.prompt_token_count.successful.mean"),
            output_tokens=run.positive("metrics.output_token_count.successful.mean"),
            concurrency=run.positive(streams),
            ttft_ms=run.latencies(_statistics("time_to_first_token_ms")),
            tpot_ms=run.latencies(_statistics("inter_token_latency_ms")),
            completed=run.count("metrics.request_totals.successful"),
            failed=run.count("metrics.request_totals.errored"),
            model=record.text("args.model", "args.backend_kwargs.model")
            or run.text("config.backend.model", "config.spec.backend.model", "worker.backend_model"),
            derived=("time per output token is GuideLLM's inter_token_latency_ms",),
        )


def _statistics(metric: str) -> dict[str, str]:
    summary = f"metrics.{metric}.successful"
    percentiles = {name: f"{summary}.percentiles.{name}" for name in ("p90", "p95", "p99", "p999")}
    return {"mean": f"{summary}.mean", "p50": f"{summary}.median"} | percentiles
