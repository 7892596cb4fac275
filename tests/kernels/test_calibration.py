"""Reading measured points, fitting to them, judging the fit."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from kernels import KernelError
from kernels.calibration.calibrate import calibrate, summary
from kernels.calibration.fit import solve
from kernels.calibration.held_out import FOLDS, by_submission, held_out_rates, parts_of
from kernels.calibration.measurement import Measurement, Unusable, translate
from kernels.calibration.prediction import subject_of
from kernels.calibration.runs import shipped_points, shipped_runs
from kernels.calibration.validation import predict, read_points, validate
from kernels.calibration.words import overlap_of, recipe_of
from kernels.effects import engine_and_years
from kernels.efficiency import Fitted, fitted
from kernels.facts import DATA, parse

SHIPPED: list[dict[str, Any]] = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def points() -> list[Measurement]:
    """The isolated prefill and decode points that ship with the package."""
    return [point for point in read_points(SHIPPED)[0] if point.phase != "colocated"]


def entry(**changes: Any) -> dict[str, Any]:
    """A complete decode point, changed here and there."""
    plain = {
        "id": "mine",
        "source": {"title": "my bench"},
        "model": "DeepSeek-V3",
        "hardware": "H20-96GB",
        "engine": "SGLang 0.4.6",
        "precision": "fp8 (W8A8 block GEMM, bf16 attention core)",
        "phase": "decode",
        "parallelism": {"ep": 16, "tp": 1, "gpus": 16},
        "input_len": 4096,
        "output_len": 1536,
        "batch_per_gpu": 32,
        "overlap": "TBO off",
        "value_per_gpu": 500.0,
        "tier": "A",
    }
    return plain | changes


def test_a_point_is_translated() -> None:
    found = translate(entry(mtp={"on": True, "draft_tokens": 1, "accept_len": 1.7}))
    assert (found.accelerator.name, found.engine, found.recipe) == ("h20_96", "sglang", "fp8")
    assert (found.gpus, found.tensor_parallel, found.overlap, found.size) == (16, 1, "none", 32.0)
    assert found.conditions.context_tokens == 4096 + 768
    assert (found.conditions.draft_tokens, found.conditions.accept_length) == (1.0, 1.7)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phase": "mixed"}, "does not count output tokens alone"),
        ({"batch_per_gpu": None}, "no batch"),
        ({"hardware": "TPU v9"}, "unknown hardware"),
        ({"model": "Mystery-1T"}, "unknown model"),
        ({"value_per_gpu": None}, "no value_per_gpu"),
        ({"input_len": None}, "no lengths"),
        ({"parallelism": {}}, "no GPU count"),
        ({"kind": "production"}, "production average"),
        ({"kind": "theoretical"}, "not a measurement"),
    ],
)
def test_a_point_without_its_conditions_says_what_is_missing(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        translate(entry(**changes))


def test_prefill_pass_size_and_workers_are_read_from_the_words() -> None:
    words = {"ep": 32, "gpus": 32, "desc": "8,192 tokens per device per forward, balanced routing"}
    found = translate(entry(phase="prefill", parallelism=words, batch_per_gpu=None))
    assert (found.size, found.conditions.balancedness) == (8192.0, 1.0)
    workers = {"ep": 8, "gpus": 80, "desc": "1 prefill workers x 8 GPUs, 9 decode workers x 8 GPUs"}
    assert translate(entry(parallelism=workers)).gpus == 8
    assert translate(entry(phase="prefill", parallelism={"tp": 8, "gpus": 8})).size == 16_384 / 8


def test_words_of_benchmarks() -> None:
    assert [recipe_of(word) for word in ("nvfp4 MoE + fp8 attention", "int8 W8A8", "mxfp4", "bf16")] == [
        "fp4",
        "int8",
        "mxfp4",
        "bf16",
    ]
    assert [overlap_of(word) for word in ("TBO on", "DBO off", "SBO", "")] == [
        "two_batch",
        "none",
        "single_batch",
        "auto",
    ]


def test_malformed_entries_are_skipped_with_a_reason() -> None:
    found, skipped = read_points([entry(batch_per_gpu="many"), {"id": "empty"}, entry(tier="C"), entry()])
    assert [point.name for point in found] == ["mine"]
    assert "malformed" in skipped[0].reason
    assert "tier C" in skipped[2].reason


def test_shipped_calibration_meets_its_bar() -> None:
    """A change of the physics or of a recipe that worsens predictions shows here before it ships."""
    found = validate(shipped_points())
    assert {one.reason.split(":")[0] for one in found.skipped} == {
        "requests waited longer than they were served"
    }
    errors = found.summary()
    assert (errors["all"]["points"], errors["colocated"]["points"]) == (130, 2476)
    assert errors["phase"]["decode"]["median"] <= 0.035
    assert errors["phase"]["prefill"]["median"] <= 0.03
    assert errors["all"]["p90"] <= 0.10
    assert errors["colocated"]["median"] <= 0.05
    assert errors["colocated"]["p90"] <= 0.18
    assert 0.95 <= errors["colocated"]["bias"] <= 1.05
    large = {name: kind for name, kind in errors["colocated_class"].items() if kind["points"] >= 100}
    assert len(large) == 7
    assert all(0.9 <= kind["bias"] <= 1.1 for kind in large.values())


def test_shipped_file_was_fitted_to_the_shipped_points() -> None:
    """Fitting anew to some thousand points takes longer than a test may; their number tells a stale file."""
    quality = parse((DATA / "efficiencies" / "fitted.yaml").read_text(encoding="utf-8"))["quality"]
    found, _ = read_points(shipped_points())
    assert quality["points"] == len(found)
    assert quality["submissions"] == len({point.submission for point in found})
    assert quality["colocated_submission_held_out"]["median"] <= 0.10
    assert quality["colocated_submission_held_out"]["p90"] <= 0.32


def test_bands_hold_what_they_say() -> None:
    """The share of points inside the band of their class; their own submissions widened it, no more."""
    found, _ = read_points(shipped_points())
    ratio = np.array([point.rate_per_gpu for point in found]) / predict(found)
    bands = [fitted().band(subject_of(point)) for point in found]
    inside = np.array([band.low <= one <= band.high for band, one in zip(bands, ratio, strict=True)])
    assert 0.8 <= inside.mean() <= 0.97


def test_a_colocated_point_pays_for_its_prompts_inside_its_steps() -> None:
    mixed = {"gpus": 8, "ep": 8, "tp": 1}
    given = entry(
        phase="mixed", tokens_counted="output", parallelism=mixed, batch_per_gpu=None, concurrency=256
    )
    found = translate(given)
    assert (found.phase, found.size) == ("colocated", 32.0)
    decode = predict([translate(given | {"phase": "decode", "batch_per_gpu": 32.0, "engine": ""})])[0]
    together = predict([translate(given | {"engine": ""})])[0]
    assert together < decode
    free = predict([translate(given | {"engine": "", "input_len": 1.0, "kv_len": 4096 + 768})])[0]
    assert free > together


def test_a_run_without_its_rate_has_it_by_littles_law() -> None:
    given = entry(
        phase="mixed",
        tokens_counted="output",
        value_per_gpu=None,
        concurrency=64,
        latency={"ttft_ms": 1000.0, "tpot_ms": 20.0},
    )
    assert translate(given).rate_per_gpu == pytest.approx(64 * 1536 / (1.0 + 1535 * 0.02) / 16)


def test_every_shipped_run_stands_once_and_says_whether_it_drafted() -> None:
    runs = shipped_runs()
    told = (
        "hardware",
        "engine",
        "engine_month",
        "model_key",
        "precision",
        "input_len",
        "output_len",
        "concurrency",
    )
    named = [(*(run[key] for key in told), str(run["parallelism"]), str(run["mtp"])) for run in runs]
    taken = sorted(
        (name, run["latency"]["ttft_ms"], run["latency"]["tpot_ms"])
        for name, run in zip(named, runs, strict=True)
    )
    apart = [  # a run printed twice differs by its rounding
        one[0] != other[0] or max(abs(one[1] / other[1] - 1.0), abs(one[2] / other[2] - 1.0)) > 6e-4
        for one, other in pairwise(taken)
    ]
    assert all(apart)
    drafting = [run for run in runs if run["mtp"]["on"]]
    assert {run["model_key"] for run in drafting} == {"deepseek-r1", "qwen3.5-397b-a17b"}
    found = translate(next(run for run in drafting if run["mtp"]["draft_tokens"] == 3))
    assert (found.conditions.draft_tokens, found.conditions.accept_length) == (3.0, 2.4)


def test_a_release_that_was_measured_has_its_own_factor_and_no_other_has() -> None:
    point = next(point for point in read_points(shipped_points())[0] if point.engine == "vllm-2026-04")
    asked = subject_of(point)
    key = ("release", f"vllm 2026-04 {asked.architecture}")
    assert asked.month == "2026-04"
    faster = replace(fitted(), factor={**fitted().factor, key: 2.0 * fitted().factor[key]})
    assert faster(asked).decode_scale == pytest.approx(2.0 * fitted()(asked).decode_scale)
    for month in ("", "2026-05"):
        other = replace(asked, month=month)
        assert faster(other).decode_scale == fitted()(other).decode_scale


def test_a_saturated_run_holds_what_fits() -> None:
    given = entry(phase="mixed", tokens_counted="output", batch_per_gpu=None)
    full = translate(given)
    assert full.size == full.conditions.requests_per_gpu_limit
    many = translate(given | {"batch_per_gpu": 1e6})
    assert predict([many])[0] == pytest.approx(predict([replace(many, size=1e5)])[0])


def test_months_of_engines() -> None:
    source = {"title": "MLPerf Inference v5.1 (Dell)"}
    assert translate(entry(source=source)).engine == "sglang-2025-08"
    assert translate(entry(source={"title": "LMSYS 2025-05-05"})).engine == "sglang-2025-05"
    assert translate(entry()).engine == "sglang"
    assert engine_and_years("vllm") == ("vllm", 0.0)
    assert engine_and_years("vllm-2026-06") == ("vllm", 0.5)
    assert engine_and_years("vllm-2024-01") == engine_and_years("vllm-2025-03")
    with pytest.raises(KernelError, match="YYYY-MM"):
        engine_and_years("vllm-2026-13")


def test_fit_recovers_planted_factors(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name in ("gb200_nvl72", "h200", "h100")]
    key = ("rate", "h200 tensorrt-llm dispatched decode")
    truth = replace(fitted(), factor={**fitted().factor, key: 1.3})
    planted = [
        replace(point, rate_per_gpu=rate) for point, rate in zip(chosen, predict(chosen, truth), strict=True)
    ]
    solution = solve(planted)
    ratio = solution.predict(planted) / np.array([point.rate_per_gpu for point in planted])
    assert summary(ratio)["p90"] < 0.05
    assert solution.effective < len(solution.parameters)


def test_one_wild_point_does_not_bend_the_fit(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name == "gb300_nvl72"]
    wild = [*chosen[:-1], replace(chosen[-1], rate_per_gpu=chosen[-1].rate_per_gpu * 10)]
    ratio = solve(wild).predict(chosen) / np.array([point.rate_per_gpu for point in chosen])
    assert summary(ratio)["median"] < 0.08


def test_held_out_is_a_refit_without_the_submission(points: list[Measurement]) -> None:
    """Its own points do not move what is predicted for a submission."""
    chosen = [point for point in points if point.accelerator.name in ("h100", "h200")]
    label = next(point.submission for point in chosen if point.phase == "prefill")
    unseen = [index for index, point in enumerate(chosen) if point.submission == label]
    faster = [
        replace(point, rate_per_gpu=3.0 * point.rate_per_gpu) if point.submission == label else point
        for point in chosen
    ]
    plain, moved = (held_out_rates(given, by_submission)[unseen] for given in (chosen, faster))
    np.testing.assert_array_equal(plain, moved)


def test_submissions_of_one_model_on_one_hardware_are_left_out_apart() -> None:
    months = [f"2025-{month:02d} h200 gpt-oss-120b" for month in range(1, 13)]
    others = [f"2025-03 {name} deepseek-r1" for name in ("h100", "h200", "b200")]
    labels = [*months, *others, *months]
    parts = parts_of(labels)
    assert len(set(parts[:12])) == 12
    assert list(parts[:12]) == list(parts[-12:])
    assert len(set(parts)) == len(set(labels)) <= FOLDS


def test_a_run_that_waits_longer_than_it_is_served_tells_no_batch() -> None:
    waiting = {"phase": "colocated", "concurrency": 64.0, "output_len": 100, "input_len": 1000}
    for ttft_ms, count in ((1900.0, 1), (2100.0, 0)):
        found, skipped = read_points([entry(**waiting, latency={"ttft_ms": ttft_ms, "tpot_ms": 20.0})])
        assert len(found) == count
        assert all("waited longer" in one.reason for one in skipped)


def test_calibrate_writes_what_the_reader_reads(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name in ("ascend_910c", "mi300x")]
    content = calibrate(chosen)
    again = Fitted.from_dict(json.loads(json.dumps(content)))
    assert all(row["low"] <= 1.0 <= row["high"] for row in content["bands"])
    ratio = predict(chosen, again) / np.array([point.rate_per_gpu for point in chosen])
    assert summary(ratio)["median"] == pytest.approx(
        content["quality"]["isolated_calibrated"]["median"], abs=0.002
    )
    asked = subject_of(chosen[0])
    assert again.fit(asked).provenance == "calibrated"
    assert again.fit(replace(asked, accelerator="b200")).provenance == "extrapolated"
    assert content["quality"]["colocated_calibrated"]["median"] is None


def test_every_fitted_value_says_what_decided_it(points: list[Measurement]) -> None:
    content = parse((DATA / "efficiencies" / "fitted.yaml").read_text(encoding="utf-8"))
    values = [
        *content["shared"].values(),
        *(v for effect in content["effects"].values() for v in effect.values()),
    ]
    assert all(-0.01 <= value["decided"] <= 1.0 for value in values)
    assert all(value["decided"] < 0.01 for value in values if value["points"] == 0)


def test_a_users_own_single_point_is_enough(points: list[Measurement]) -> None:
    content = calibrate([point for point in points if point.name == "ds-profile-decode"])
    again = Fitted.from_dict(content)
    assert content["quality"]["isolated_calibrated"]["median"] < 0.05
    assert (again.bands["", "", "prefill", ""].low, again.bands["", "", "prefill", ""].high) == (0.5, 2.0)


def test_better_hardware_is_not_slower_under_one_engine() -> None:
    """An unnamed engine puts no generation's launch costs on any hardware."""
    from tests.bench.kernel_bars import HARDWARE, UNITS, slower_pairs

    pairs, slower = slower_pairs(HARDWARE, UNITS[:2])
    assert pairs > 300
    assert slower == 0


def test_efficiency_file_that_lacks_a_section_is_refused() -> None:
    with pytest.raises(KernelError, match="lacks effects, bands"):
        Fitted.from_dict({"shared": {}, "measured": {}})
    older = parse((DATA / "efficiencies" / "fitted.yaml").read_text(encoding="utf-8"))
    older["shared"] = {key: value for key, value in older["shared"].items() if key != "network_latency_s"}
    with pytest.raises(KernelError, match="lacks shared network_latency_s"):
        Fitted.from_dict(older)
