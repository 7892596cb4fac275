"""Results of InferenceX (InferenceMAX): a JSON object, or a list of them, one for each point.

Fields as written by utils/process_result.py of SemiAnalysisAI/InferenceX; rows of its public interface have the
same figures under `metrics`. Latencies are in seconds, tokens per second by the GPU. `isl` and `osl` are nominal
lengths: actual ones are drawn up to 20 % shorter, so requests are counted by tokens, which are exact.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.core.units import MS_PER_SECOND
from planner.loader.benchmarks.point import BenchmarkPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.loader.benchmarks.record import Record

TITLE = "InferenceX result JSON"
_CLUSTER = re.compile(r"^cluster:|-(nv|nvs|nb|dgxc|cw|cr|tw|amd|amds|trt|multinode)$")
"""What names of runners have beside that of the hardware: where they stand."""


def recognises(record: Record) -> bool:
    """Whether a record is a point of InferenceX."""
    return record.has("isl", "osl", "conc") and (
        record.has("output_tput_per_gpu") or record.has("metrics.output_tput_per_gpu")
    )


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one point of a record; disaggregated and multi-node ones are refused."""
    for key in ("disagg", "is_multinode"):
        if record.value(key) in (True, "true", "True"):
            record.fault("is set: a replica that reads and writes on the same GPUs is wanted", key)
    metrics = "metrics." if record.has("metrics.output_tput_per_gpu") else ""
    gpus, width = _gpus(record)
    output = record.positive("osl")
    tokens = record.positive(f"{metrics}output_tput_per_gpu")
    drafts = record.text("spec_decoding", "spec_method", "mtp")
    engine = " ".join(filter(None, (record.text("framework"), record.text("image"))))
    drafted = drafts is not None and drafts.lower() not in ("none", "false", "off")
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=tokens * (gpus or 1) / output,
        input_tokens=record.positive("isl"),
        output_tokens=output,
        concurrency=record.positive("conc"),
        ttft_ms=record.latencies(_statistics(f"{metrics}", "ttft"), MS_PER_SECOND),
        tpot_ms=record.latencies(_statistics(f"{metrics}", "tpot"), MS_PER_SECOND),
        completed=record.count("num_requests_successful"),
        failed=_failed(record),
        accelerator=_hardware(record.text("hw", "hardware")),
        gpus=gpus,
        tensor_parallel=width,
        model=record.text("model"),
        engine=engine if record.has("image") else None,
        precision=record.text("precision"),
        drafted=drafted,
        derived=("requests/s are output tokens/s of all GPUs over the nominal output length",),
        remarks=(f"drafts were verified ({drafts})",) if drafted else (),
    )


def _hardware(runner: str | None) -> str | None:
    """The hardware of a runner such as `cluster:b200-dgxc`."""
    return None if runner is None else _CLUSTER.sub("", runner)


def _gpus(record: Record) -> tuple[int | None, int | None]:
    """GPUs of the replica, and those that share one attention replica."""
    width = record.whole(record.first("tp", "decode_tp"))
    stages = record.whole("pp") or 1
    gpus = record.whole("num_gpus") or (width * stages if width else None)
    if gpus is None:
        record.fault("is missing: tokens by the GPU say nothing of a replica without it", "tp")
    spread = record.value("dp_attention") in (True, "true", "True")
    return gpus, 1 if spread else width


def _failed(record: Record) -> float | None:
    asked, done = record.count("num_requests_total"), record.count("num_requests_successful")
    return None if asked is None or done is None else max(0.0, asked - done)


def _statistics(metrics: str, metric: str) -> dict[str, str]:
    words = {"mean": "mean", "p50": "median", "p90": "p90", "p95": "p95", "p99": "p99"}
    return {name: f"{metrics}{word}_{metric}" for name, word in words.items()}
