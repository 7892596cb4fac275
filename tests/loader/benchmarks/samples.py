"""One result of each format, small and typed by hand from the field names that its tool publishes.

Every sample is the same run: 4 requests/s of 1,000 prompt and 200 output tokens at concurrency 40, 400 of them
completed; TTFT 300 ms on average and 900 ms at p99, 48 and 60 ms per output token.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# vllm-project/vllm, vllm/benchmarks/serve.py: main_async, benchmark
VLLM = {
    "date": "20261101-120000",
    "endpoint_type": "openai",
    "backend": "openai",
    "label": None,
    "model_id": "meta-llama/Llama-3.1-70B",
    "tokenizer_id": "meta-llama/Llama-3.1-70B",
    "num_prompts": 400,
    "request_rate": "inf",
    "burstiness": 1.0,
    "max_concurrency": 40,
    "duration": 100.0,
    "completed": 400,
    "failed": 0,
    "total_input_tokens": 400_000,
    "total_output_tokens": 80_000,
    "request_throughput": 4.0,
    "request_goodput": None,
    "output_throughput": 800.0,
    "total_token_throughput": 4800.0,
    "mean_ttft_ms": 300.0,
    "median_ttft_ms": 250.0,
    "std_ttft_ms": 80.0,
    "p99_ttft_ms": 900.0,
    "mean_tpot_ms": 48.0,
    "median_tpot_ms": 47.0,
    "std_tpot_ms": 3.0,
    "p99_tpot_ms": 60.0,
    "mean_itl_ms": 48.0,
    "median_itl_ms": 40.0,
    "std_itl_ms": 30.0,
    "p99_itl_ms": 200.0,
}

# sgl-project/sglang, python/sglang/bench_serving.py: benchmark
SGLANG = {
    "backend": "sglang",
    "dataset_name": "random",
    "request_rate": float("inf"),
    "max_concurrency": 40,
    "sharegpt_output_len": None,
    "random_input_len": 1000,
    "random_output_len": 200,
    "random_range_ratio": 1.0,
    "duration": 100.0,
    "completed": 400,
    "total_input_tokens": 400_000,
    "total_output_tokens": 80_000,
    "total_output_tokens_retokenized": 79_900,
    "request_throughput": 4.0,
    "input_throughput": 4000.0,
    "output_throughput": 800.0,
    "mean_e2e_latency_ms": 9852.0,
    "median_e2e_latency_ms": 9800.0,
    "mean_ttft_ms": 300.0,
    "median_ttft_ms": 250.0,
    "p99_ttft_ms": 900.0,
    "mean_tpot_ms": 48.0,
    "median_tpot_ms": 47.0,
    "p99_tpot_ms": 60.0,
    "concurrency": 39.4,
    "accept_length": None,
}


def _summary(mean: float, median: float, p99: float) -> dict[str, Any]:
    percentiles = {"p50": median, "p90": p99 * 0.8, "p95": p99 * 0.9, "p99": p99, "p999": p99 * 1.1}
    return {"successful": {"mean": mean, "median": median, "count": 400, "percentiles": percentiles}}


# vllm-project/guidellm, src/guidellm/benchmark/schemas/generative: report.py, benchmark.py, metrics.py
GUIDELLM = {
    "metadata": {"version": 1, "guidellm_version": "0.5.0"},
    "args": {"target": "http://localhost:8000", "model": "meta-llama/Llama-3.1-70B"},
    "benchmarks": [
        {
            "type_": "generative_benchmark",
            "config": {"strategy": {"type_": "concurrent", "streams": 40}},
            "metrics": {
                "request_totals": {"successful": 400, "incomplete": 3, "errored": 0, "total": 403},
                "requests_per_second": _summary(4.0, 4.0, 6.0),
                "request_concurrency": _summary(39.4, 40.0, 40.0),
                "request_latency": _summary(9.852, 9.8, 12.0),
                "prompt_token_count": _summary(1000.0, 1000.0, 1000.0),
                "output_token_count": _summary(200.0, 200.0, 200.0),
                "time_to_first_token_ms": _summary(300.0, 250.0, 900.0),
                "time_per_output_token_ms": _summary(49.3, 49.0, 61.0),
                "inter_token_latency_ms": _summary(48.0, 47.0, 60.0),
            },
        }
    ],
}

# ai-dynamo/aiperf, src/aiperf/common/models/export_models.py: JsonExportData
AIPERF = {
    "schema_version": "1.0",
    "aiperf_version": "0.4.0",
    "request_throughput": {"unit": "requests/sec", "avg": 4.0},
    "request_count": {"unit": "requests", "avg": 400.0},
    "time_to_first_token": {
        "unit": "ms",
        "avg": 300.0,
        "p50": 250.0,
        "p90": 600.0,
        "p95": 700.0,
        "p99": 900.0,
    },
    "inter_token_latency": {"unit": "ms", "avg": 48.0, "p50": 47.0, "p90": 52.0, "p95": 55.0, "p99": 60.0},
    "output_token_throughput": {"unit": "tokens/sec", "avg": 800.0},
    "input_sequence_length": {"unit": "tokens", "avg": 1000.0},
    "output_sequence_length": {"unit": "tokens", "avg": 200.0},
    "input_config": {
        "endpoint": {"model_names": ["meta-llama/Llama-3.1-70B"], "streaming": True},
        "loadgen": {"concurrency": 40},
    },
    "was_cancelled": False,
}

# triton-inference-server/perf_analyzer, genai-perf/genai_perf/export_data/json_exporter.py: old exports, ns and texts
GENAI_PERF = {
    "request_throughput": {"unit": "requests per sec", "avg": "4.0"},
    "time_to_first_token": {"unit": "ns", "avg": "300000000.0", "p50": "250000000.0", "p99": "900000000.0"},
    "inter_token_latency": {"unit": "ns", "avg": "48000000.0", "p50": "47000000.0", "p99": "60000000.0"},
    "num_output_token": {"unit": "tokens", "avg": "200.0"},
    "num_input_token": {"unit": "tokens", "avg": "1000.0"},
    "input_config": {"model": "meta-llama/Llama-3.1-70B", "concurrency": 40},
}

# SemiAnalysisAI/InferenceX, utils/process_result.py: seconds, tokens per second by the GPU
INFERENCEX = {
    "hw": "h100",
    "conc": 40,
    "image": "vllm/vllm-openai:v0.11.0",
    "model": "meta-llama/Llama-3.1-70B",
    "infmax_model_prefix": "70b",
    "framework": "vllm",
    "precision": "bf16",
    "spec_decoding": "none",
    "disagg": False,
    "is_multinode": False,
    "isl": 1000,
    "osl": 200,
    "tp": 4,
    "ep": 1,
    "dp_attention": "false",
    "tput_per_gpu": 1200.0,
    "output_tput_per_gpu": 200.0,
    "input_tput_per_gpu": 1000.0,
    "mean_ttft": 0.3,
    "median_ttft": 0.25,
    "p99_ttft": 0.9,
    "mean_tpot": 0.048,
    "median_tpot": 0.047,
    "p99_tpot": 0.06,
    "mean_intvty": 20.83,
}

# llm-d/llm-d-benchmark, benchmark_report/schema_v0_2.py and schema_v0_2_components.py
LLM_D: dict[str, Any] = {
    "version": "0.2",
    "run": {"uid": "a", "eid": "b", "time": {"duration": "PT100S"}},
    "scenario": {
        "stack": [
            {
                "metadata": {"schema_version": "0.0.1", "label": "vllm-0", "cfg_id": "c"},
                "standardized": {
                    "kind": "inference_engine",
                    "tool": "vllm",
                    "tool_version": "0.11.0",
                    "role": "replica",
                    "model": {"name": "meta-llama/Llama-3.1-70B"},
                    "accelerator": {
                        "model": "H100",
                        "count": 4,
                        "parallelism": {"dp": 1, "ep": 1, "pp": 1, "tp": 4},
                    },
                },
                "native": {},
            }
        ],
        "load": {
            "metadata": {"schema_version": "0.0.1"},
            "standardized": {
                "tool": "inference-perf",
                "tool_version": "0.3.0",
                "source": "random",
                "input_seq_len": {"distribution": "fixed", "value": 1000},
                "concurrency": 40,
            },
            "native": {},
        },
    },
    "results": {
        "request_performance": {
            "aggregate": {
                "requests": {
                    "total": 400,
                    "failures": 0,
                    "input_length": {"units": "count", "mean": 1000.0},
                    "output_length": {"units": "count", "mean": 200.0},
                },
                "throughput": {"request_rate": {"units": "queries/s", "mean": 4.0}},
                "latency": {
                    "time_to_first_token": {"units": "s", "mean": 0.3, "p50": 0.25, "p99": 0.9},
                    "time_per_output_token": {"units": "ms/token", "mean": 48.0, "p50": 47.0, "p99": 60.0},
                },
            }
        }
    },
}

CSV = (
    "# one's own table\n"
    "concurrency,requests_per_s,input_tokens,output_tokens,mean_ttft_ms,p50_ttft_ms,p99_ttft_ms,mean_tpot_ms,"
    "p50_tpot_ms,p99_tpot_ms,completed,failed,model\n"
    "40,4.0,1000,200,300,250,900,48,47,60,400,0,llama-3.1-70b\n"
)

JSON_SAMPLES: dict[str, Any] = {
    "vllm": VLLM,
    "sglang": SGLANG,
    "guidellm": GUIDELLM,
    "genai_perf": AIPERF,
    "genai_perf of old": GENAI_PERF,
    "inferencex": INFERENCEX,
    "llm_d": LLM_D,
}


def written(folder: Path, sample: dict[str, Any], name: str = "run.json", **changes: Any) -> Path:
    """A file of a sample with values at paths (dots as `__`) changed; those that are `...` are taken out."""
    data = copy.deepcopy(sample)
    for path, value in changes.items():
        *steps, last = path.split("__")
        here: Any = data
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if value is ...:
            del here[last]
        else:
            here[last] = value
    file = folder / name
    file.write_text(json.dumps(data) + "\n", encoding="utf-8")
    return file
