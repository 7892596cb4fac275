"""vLLM `bench serve --save-result`: one JSON object a run (several one after the other with `--append-result`).

Fields as written by vllm/benchmarks/serve.py of vllm-project/vllm (`main_async` and `benchmark`): durations in
seconds, latencies in milliseconds; `failed` since 0.11, before it the rest of `num_prompts`. What `--metadata
KEY=VALUE` adds stands beside them: `accelerator`, `gpus`, `tensor_parallel`, `engine`, `precision` are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.benchmarks.point import BY_LITTLES_LAW, BenchmarkPoint, concurrency_of
from planner.loader.benchmarks.record import unbounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "vLLM bench serve JSON"


def recognises(record: Record) -> bool:
    """Whether a record is a result of `vllm bench serve`."""
    named = record.has("request_throughput", "total_token_throughput")
    return named and not record.has("total_output_tokens_retokenized")


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one run of a record."""
    completed = record.positive("completed")
    rate = record.positive("request_throughput")
    output = record.positive("total_output_tokens") / completed
    ttft, tpot = (record.latencies(statistics(metric)) for metric in ("ttft", "tpot"))
    failed, notes = _failed(record, completed)
    if record.has("max_concurrency") and unbounded(record.value("request_rate")):
        concurrency = record.positive("max_concurrency")
    else:
        concurrency = concurrency_of(rate, ttft, tpot, output)
        notes = (*notes, BY_LITTLES_LAW)
    drafts = record.count("spec_decode_acceptance_length")
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=rate,
        input_tokens=record.positive("total_input_tokens") / completed,
        output_tokens=output,
        concurrency=concurrency,
        ttft_ms=ttft,
        tpot_ms=tpot,
        completed=completed,
        failed=failed,
        accelerator=record.text("accelerator"),
        gpus=record.whole("gpus"),
        tensor_parallel=record.whole("tensor_parallel"),
        model=record.text("model_id"),
        engine=record.text("engine"),
        precision=record.text("precision"),
        drafted=bool(drafts),
        derived=("lengths are total tokens over completed requests", *notes),
        remarks=(f"drafts were verified, {drafts:.2f} tokens a step",) if drafts else (),
    )


def statistics(metric: str) -> dict[str, str]:
    """Keys of the statistics of `ttft` or `tpot`, as vLLM and SGLang write them."""
    words = {"mean": "mean", "p50": "median", "p90": "p90", "p95": "p95", "p99": "p99"}
    return {name: f"{word}_{metric}_ms" for name, word in words.items()}


def _failed(record: Record, completed: float) -> tuple[float | None, tuple[str, ...]]:
    if record.has("failed"):
        return record.count("failed"), ()
    asked = record.count("num_prompts")
    if asked is None:
        return None, ()
    return max(0.0, asked - completed), ("failed requests are num_prompts less completed",)
