"""llm-d Benchmark Reports v0.2 (YAML or JSON): one report a run, each statistic with its `units`.

Fields of benchmark_report/schema_v0_2.py and schema_v0_2_components.py of llm-d/llm-d-benchmark (0.2 and 0.2.x):
the stack under `scenario.stack`, the load under `scenario.load`, figures under `results.request_performance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.loader.benchmarks.point import BY_LITTLES_LAW, BenchmarkPoint, concurrency_of
from planner.loader.benchmarks.record import Record, unbounded

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "llm-d Benchmark Report v0.2 YAML or JSON"
AGGREGATE = "results.request_performance.aggregate"
LOAD = "scenario.load.standardized"
MS_PER = {"ms": 1.0, "s": 1e3, "ms/token": 1.0, "s/token": 1e3}
ENGINE = "inference_engine"
SHARED_PREFIXES = "prompts share prefixes: cached ones are in the rate"


def recognises(record: Record) -> bool:
    """Whether a record is a benchmark report, of whatever version."""
    return record.has("version", "scenario") and (record.has("results") or record.has("metrics"))


def points(record: Record) -> Iterator[BenchmarkPoint]:
    """The one run of a report."""
    version = str(record.value("version"))
    if version != "0.2" and not version.startswith("0.2."):
        record.fault(f"is {version!r}, and must be '0.2': convert the report first", "version")
        return
    rates = f"{AGGREGATE}.throughput"
    rate = record.positive(f"{record.first(f'{rates}.request_rate', f'{rates}.requests_rate')}.mean")
    output = record.positive(f"{AGGREGATE}.requests.output_length.mean")
    latency = f"{AGGREGATE}.latency"
    ttft = _latencies(record, f"{latency}.time_to_first_token")
    tpot = _latencies(
        record, record.first(f"{latency}.time_per_output_token", f"{latency}.inter_token_latency")
    )
    stated = not unbounded(record.value(f"{LOAD}.concurrency"))
    total = record.count(f"{AGGREGATE}.requests.total")
    failed = record.count(f"{AGGREGATE}.requests.failures")
    yield BenchmarkPoint(
        TITLE,
        record.file,
        record.line,
        record.path,
        requests_per_s=rate,
        input_tokens=record.positive(f"{AGGREGATE}.requests.input_length.mean"),
        output_tokens=output,
        concurrency=record.positive(f"{LOAD}.concurrency")
        if stated
        else concurrency_of(rate, ttft, tpot, output),
        ttft_ms=ttft,
        tpot_ms=tpot,
        completed=None if total is None else total - (failed or 0.0),
        failed=failed,
        derived=() if stated else (BY_LITTLES_LAW,),
        remarks=(SHARED_PREFIXES,) if record.has(f"{LOAD}.prefix") else (),
        **_replica(record),
    )


def _replica(record: Record) -> dict[str, Any]:
    """What was measured: the fields of a point on accelerator, model and engine."""
    engine = _engine(record)
    named = map(engine.text, ("standardized.tool", "standardized.tool_version"))
    return {
        "accelerator": engine.text("standardized.accelerator.model"),
        "gpus": engine.whole("standardized.accelerator.count"),
        "tensor_parallel": engine.whole("standardized.accelerator.parallelism.tp"),
        "model": engine.text("standardized.model.name"),
        "engine": " ".join(filter(None, named)) or None,
        "precision": engine.text("native.args.--quantization"),
    }


def _engine(record: Record) -> Record:
    """The one engine of the stack, empty where none is named; several, and engines of one phase, are refused."""
    stack = record.inside("scenario.stack")
    engines = [one for one in stack if ENGINE in (one.value("metadata.kind"), one.value("standardized.kind"))]
    if len(engines) > 1:
        record.fault(f"has {len(engines)} inference engines: measure one replica", "scenario.stack")
    for engine in engines:
        role = engine.text("standardized.role")
        if role in ("prefill", "decode"):
            engine.fault(f"is {role}: a replica that reads and writes is wanted", "standardized.role")
        replicas = engine.count("standardized.replicas") or 1.0
        if replicas > 1.0:
            engine.fault(f"is {replicas:g}: measure one replica", "standardized.replicas")
    return engines[0] if len(engines) == 1 else Record({}, record.file, record.faults, record.line)


def _latencies(record: Record, path: str) -> dict[str, float]:
    if not record.has(path):
        return {}
    names = {"mean": "mean", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p99p9"}
    paths = {name: f"{path}.{key}" for name, key in names.items()}
    return record.latencies_by_unit(paths, f"{path}.units", MS_PER)
