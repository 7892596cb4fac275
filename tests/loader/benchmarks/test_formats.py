"""Each format gives the same run in the same units; what a file lacks is told with file and place, all at once."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import yaml

from planner.core.errors import InstanceError
from planner.loader.benchmarks.formats import formats
from planner.loader.benchmarks.read import read_points
from tests.loader.benchmarks.samples import (
    AIPERF,
    CSV,
    GUIDELLM,
    INFERENCEX,
    JSON_SAMPLES,
    LLM_D,
    SGLANG,
    VLLM,
    written,
)


def told(files: list[Path]) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        read_points(files)
    return [str(fault) for fault in caught.value.faults]


def is_the_run(point: object) -> None:
    for name, value in {"requests_per_s": 4.0, "input_tokens": 1000.0, "output_tokens": 200.0}.items():
        assert getattr(point, name) == pytest.approx(value)
    assert point.concurrency == pytest.approx(40.0)  # type: ignore[attr-defined]
    for name, metric in (("ttft_ms", (300.0, 250.0, 900.0)), ("tpot_ms", (48.0, 47.0, 60.0))):
        latencies = getattr(point, name)
        assert [latencies[one] for one in ("mean", "p50", "p99")] == pytest.approx(list(metric))


@pytest.mark.parametrize("kind", JSON_SAMPLES)
def test_every_format_gives_the_run(tmp_path: Path, kind: str) -> None:
    (point,) = read_points([written(tmp_path, JSON_SAMPLES[kind])])
    is_the_run(point)
    assert point.format == formats()[kind.removesuffix(" of old")].TITLE


def test_csv_and_yaml_give_the_run(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "report.yaml").write_text(yaml.safe_dump(LLM_D), encoding="utf-8")
    points = read_points([tmp_path / "rows.csv", tmp_path / "report.yaml"])
    assert len(points) == 2
    for point in points:
        is_the_run(point)
    assert points[0].line == 3


def test_every_format_has_a_sample() -> None:
    assert set(formats()) == {kind.removesuffix(" of old") for kind in JSON_SAMPLES} | {"csv_rows"}


def test_many_runs_in_one_file(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(json.dumps(SGLANG | {"max_concurrency": load}) + "\n" for load in (8, 16)))
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([INFERENCEX | {"conc": load} for load in (8, 16)]))
    points = read_points([lines, rows])
    assert [point.concurrency for point in points] == [8, 16, 8, 16]
    assert [point.line for point in points] == [1, 2, None, None]
    assert [point.path for point in points[2:]] == ["0", "1"]


def test_facts_of_the_replica_where_a_file_has_them(tmp_path: Path) -> None:
    (own,) = read_points([written(tmp_path, LLM_D)])
    assert (own.accelerator, own.gpus, own.tensor_parallel, own.engine) == ("H100", 4, 4, "vllm 0.11.0")
    (row,) = read_points([written(tmp_path, INFERENCEX)])
    assert (row.accelerator, row.gpus, row.engine) == ("h100", 4, "vllm vllm/vllm-openai:v0.11.0")


def test_load_without_a_stated_concurrency_is_by_littles_law(tmp_path: Path) -> None:
    (point,) = read_points([written(tmp_path, VLLM, request_rate=4.0, max_concurrency=None)])
    assert point.concurrency == pytest.approx(4.0 * (0.3 + 199 * 0.048))
    assert "concurrency by Little's law" in point.derived


def test_failed_requests_by_what_the_file_says(tmp_path: Path) -> None:
    (before,) = read_points([written(tmp_path, VLLM, failed=..., num_prompts=410)])
    assert before.failed == 10.0
    (unknown,) = read_points([written(tmp_path, SGLANG)])
    assert unknown.failed is None
    (details,) = read_points([written(tmp_path, SGLANG, errors=["", "timeout", ""])])
    assert details.failed == 1.0
    (errored,) = read_points(
        [written(tmp_path, AIPERF, error_request_count={"unit": "requests", "avg": 7.0})]
    )
    assert errored.failed == 7.0


def test_a_latency_of_nothing_is_none_measured(tmp_path: Path) -> None:
    (point,) = read_points([written(tmp_path, VLLM, mean_ttft_ms=0.0, median_ttft_ms=0.0, p99_ttft_ms=0.0)])
    assert point.ttft_ms == {}


def test_faults_of_all_files_at_once_with_file_and_place(tmp_path: Path) -> None:
    first = written(tmp_path, VLLM, "first.json", total_input_tokens=..., mean_tpot_ms=math.nan)
    second = written(tmp_path, GUIDELLM, "second.json", benchmarks__0__metrics__output_token_count=...)
    third = written(tmp_path, LLM_D, "third.json", version="0.1")
    fourth = tmp_path / "fourth.json"
    fourth.write_text('{"completed": 1,\n "x": }')
    faults = told([first, second, third, fourth])
    assert [fault.replace(f"{tmp_path}/", "").split(": ")[:3] for fault in faults] == [
        ["first.json", "mean_tpot_ms", "is nan"],
        ["first.json", "total_input_tokens", "is missing"],
        ["second.json", "benchmarks.0.metrics.output_token_count.successful.mean", "is missing"],
        ["third.json", "version", "is '0.1', and must be '0.2'"],
        ["fourth.json:2:7", "not valid JSON", "Expecting value"],
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "is nan: the run has no such figure"),
        (math.inf, "is inf: the run has no such figure"),
        (0, "is 0, and must be above 0"),
        ("many", "is 'many', and must be a number"),
        (True, "is True, and must be a number"),
    ],
)
def test_figures_that_are_none(tmp_path: Path, value: object, words: str) -> None:
    faults = told([written(tmp_path, VLLM, request_throughput=value)])
    assert any(f"run.json: request_throughput: {words}" in fault for fault in faults)


def test_units_must_be_known(tmp_path: Path) -> None:
    assert (
        "must be one of ns, us, ms" in told([written(tmp_path, AIPERF, time_to_first_token__unit="ticks")])[0]
    )
    path = "results__request_performance__aggregate__latency__time_to_first_token__units"
    assert "must be one of ms, s" in told([written(tmp_path, LLM_D, **{path: "min"})])[0]


def test_only_whole_replicas(tmp_path: Path) -> None:
    assert "disagg: is set" in told([written(tmp_path, INFERENCEX, disagg=True)])[0]
    role = "scenario__stack__0__standardized__role"
    assert "is decode" in told([written(tmp_path, LLM_D, **{role: "decode"})])[0]
    twice = LLM_D["scenario"]["stack"] * 2
    assert "2 inference engines" in told([written(tmp_path, LLM_D, scenario__stack=twice)])[0]
    assert "was_cancelled" in told([written(tmp_path, AIPERF, was_cancelled=True)])[0]


def test_an_unknown_format_is_refused_with_those_known(tmp_path: Path) -> None:
    (fault,) = told([written(tmp_path, {"tokens": 3})])
    assert "is of no known format" in fault
    assert all(one.TITLE in fault for one in formats().values())


def test_a_misspelt_column_is_reported(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(CSV.replace("p99_ttft_ms", "ttft_p99_ms"), encoding="utf-8")
    (fault,) = told([tmp_path / "rows.csv"])
    assert "rows.csv:3: ttft_p99_ms: is no column of this format; did you mean" in fault


def test_a_format_is_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the folder of formats is all that a new one takes."""
    from planner.loader.benchmarks import formats as folder

    (tmp_path / "tool_of_mine.py").write_text(
        "from planner.loader.benchmarks.point import BenchmarkPoint\n"
        "TITLE = 'my tool'\n"
        "def recognises(record):\n"
        "    return record.has('qps')\n"
        "def points(record):\n"
        "    yield BenchmarkPoint(TITLE, record.file, record.line, record.path, record.positive('qps'),\n"
        "                         1000.0, 200.0, 40.0, {}, {})\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    (point,) = read_points([written(tmp_path, {"qps": 5})])
    assert (point.format, point.requests_per_s) == ("my tool", 5.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("[1, 2]", "is no mapping of keys to values"),
        ("[]", "holds no result"),
        ("3", "is no mapping of keys to values"),
        ('{"request_throughput": ' + "9" * 5000 + "}", "a number of too many digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1}\n{"a": }', "run.json:2:7: not valid JSON"),
        (b"\xff\xfe{", "it is UTF-16"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str | bytes, words: str) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert words in told([file])[0]


def test_a_number_beyond_all_others_is_none(tmp_path: Path) -> None:
    (fault,) = told([written(tmp_path, VLLM, request_throughput=10**400)])
    assert "is inf: the run has no such figure" in fault


def test_what_files_say_of_how_they_were_served(tmp_path: Path) -> None:
    """SGLang's server and its cache hits, runners of InferenceX, metadata of vLLM, arguments in llm-d's reports."""
    server = {
        "model_path": "nvidia/Llama-3.1-70B-Instruct-FP8",
        "tp_size": 8,
        "dp_size": 2,
        "enable_dp_attention": True,
        "quantization": "modelopt_fp8",
        "kv_cache_dtype": "fp8_e4m3",
        "version": "0.5.9",
    }
    (sglang,) = read_points(
        [written(tmp_path, SGLANG, "s.json", server_info=server, cache_report={"cache_hit_rate_pct": 25.0})]
    )
    assert (sglang.gpus, sglang.tensor_parallel, sglang.engine) == (8, 4, "sglang 0.5.9")
    assert (sglang.model, sglang.precision) == (server["model_path"], "modelopt_fp8 fp8 kv")
    assert sglang.cached_share == 0.25
    (inferencex,) = read_points([written(tmp_path, INFERENCEX, "i.json", hw="cluster:b200-dgxc")])
    assert (inferencex.accelerator, inferencex.precision) == ("b200", "bf16")
    (vllm,) = read_points(
        [written(tmp_path, VLLM, "v.json", accelerator="h100", gpus="4", engine="vllm 0.11.0")]
    )
    assert (vllm.accelerator, vllm.gpus, vllm.engine) == ("h100", 4, "vllm 0.11.0")
    native = {"args": {"--quantization": "fp8"}}
    (llm_d,) = read_points([written(tmp_path, LLM_D, "l.json", scenario__stack__0__native=native)])
    assert llm_d.precision == "fp8"
    with pytest.raises(InstanceError, match=r"replicas: is 2: measure one replica"):
        read_points([written(tmp_path, LLM_D, "r.json", scenario__stack__0__standardized__replicas=2)])
