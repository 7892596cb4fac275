"""The adapter to `aiconfigurator`, against a stand-in for its estimate function."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels.calibration.measurement import translate
from kernels.facts import DATA
from planner.rates.adapters import static_estimate
from planner.rates.adapters.aiconfigurator import point_rate, run_rate
from planner.rates.adapters.comparison import beside_aiconfigurator
from planner.rates.adapters.static_estimate import (
    EstimateRequest,
    NoEstimate,
    SourceUnavailable,
    decode_seconds,
)
from planner.rates.replica_prediction import Load, Replica, measurements

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = {"median": None, "p90": None, "bias": None}
QUESTION = EstimateRequest("deepseek-v3", "h200", "sglang", 8, 1, 16, 1024, 1024)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Every call the adapter makes; a decode token takes 40 ms, a prefill pass 2 s, EP72 is refused."""
    calls: list[dict[str, Any]] = []

    def estimate(model: str, system: str, **keywords: Any) -> SimpleNamespace:
        calls.append({"model": model, "system": system} | keywords)
        if keywords["moe_ep_size"] == 72:
            raise RuntimeError("Cross-node EP requires DeepEP A2A data")
        return SimpleNamespace(tpot=40.0, ttft=2000.0)

    monkeypatch.setattr(static_estimate, "_estimate", lambda: estimate)
    decode_seconds.cache_clear()
    static_estimate.prefill_seconds.cache_clear()
    static_estimate.run_seconds.cache_clear()
    yield calls
    decode_seconds.cache_clear()
    static_estimate.prefill_seconds.cache_clear()
    static_estimate.run_seconds.cache_clear()


def shipped(name: str) -> Any:
    entries = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))
    return translate(next(entry for entry in entries if entry["id"] == name))


def test_names_and_units_are_translated(asked: list[dict[str, Any]]) -> None:
    assert decode_seconds(QUESTION) == pytest.approx(0.040)
    call = asked[0]
    assert (call["model"], call["system"], call["mode"]) == (
        "deepseek-ai/DeepSeek-V3",
        "h200_sxm",
        "static_gen",
    )
    assert (call["attention_dp_size"], call["moe_ep_size"], call["tp_size"], call["batch_size"]) == (
        8,
        8,
        1,
        16,
    )
    assert decode_seconds(QUESTION) == pytest.approx(0.040)
    assert len(asked) == 1  # remembered


def test_points_are_rated_per_gpu(asked: list[dict[str, Any]]) -> None:
    decode = shipped("ix-h200-trtllm-fp8-1024-1024-c3584-cfg328")
    assert point_rate(decode) == pytest.approx(58 / 0.040)
    prefill = shipped("sgl-h100-prefill-ep32-1024")
    assert point_rate(prefill) == pytest.approx(16 * 1024 / 2.0)
    assert asked[1]["batch_size"] == 16
    assert asked[1]["mode"] == "static_ctx"


def test_a_run_is_rated_by_littles_law(asked: list[dict[str, Any]]) -> None:
    """64 requests of 500 tokens at once: 2 s to the first, 499 x 40 ms for the others, on 4 GPUs."""
    replica = Replica("h200", "llama-3.1-70b", 4, "fp8_cache8", 4, "vllm-2026-03")
    (run,) = measurements(replica, [Load(1.0, 64.0, 1000.0, 500.0)])
    assert run_rate(run) == pytest.approx(64 * 500 / (2.0 + 499 * 0.040) / 4)
    call = asked[0]
    assert (call["mode"], call["backend_name"], call["gemm_quant_mode"]) == ("agg", "vllm", "fp8")
    assert (call["batch_size"], call["isl"], call["osl"], call["tp_size"]) == (64, 1000, 500, 4)
    with pytest.raises(NoEstimate, match="no word for w4a8"):
        run_rate(replace(run, recipe="w4a8"))


def test_what_it_cannot_rate_says_why(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(NoEstimate, match="DeepEP A2A"):
        point_rate(shipped("sgl-h100-decode-ep72-2k"))
    with pytest.raises(NoEstimate, match="no data on ascend_910c"):
        point_rate(shipped("cm384-decode-4096-bs96"))


def test_comparison_counts_only_what_both_evaluate(asked: list[dict[str, Any]]) -> None:
    names = ("ix-h200-trtllm-fp8-1024-1024-c3584-cfg328", "sgl-h100-decode-ep72-2k", "cm384-decode-4096-bs96")
    found = beside_aiconfigurator([shipped(name) for name in names], np.array([1.1, 5.0, 5.0]))
    assert found["decode"]["points"] == 1
    assert found["decode"]["kernel"]["median"] == pytest.approx(0.1)
    assert found["decode"]["aiconfigurator"]["median"] == pytest.approx(58 / 0.040 / 1203.67 - 1, abs=1e-3)
    assert found["prefill"] == {"points": 0, "aiconfigurator": NOTHING, "kernel": NOTHING}
    assert sum(found["refused"].values()) == 2


def test_a_missing_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.import_module", _missing)
    static_estimate._estimate.cache_clear()
    with pytest.raises(SourceUnavailable, match=r"needs aiconfigurator \(extra"):
        decode_seconds(QUESTION)


def _missing(name: str) -> None:
    raise ImportError(name)
