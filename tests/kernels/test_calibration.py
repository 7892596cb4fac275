"""Reading measured points, fitting to them, judging the fit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kernels import KernelError, accelerator
from kernels.calibration.calibrate import calibrate, summary
from kernels.calibration.fit import solve
from kernels.calibration.held_out import by_source, covered_by_another, held_out_rates
from kernels.calibration.measurement import Measurement, Unusable, overlap_of, recipe_of, translate
from kernels.calibration.validation import held_out_errors, predict, read_points, validate, validate_held_out
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
        ({"parallelism": {"ep": 1, "tp": 1, "unit_gpus": 32}}, "contradicts itself"),
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


def test_shipped_calibration_meets_its_bar(points: list[Measurement]) -> None:
    found = validate(SHIPPED)
    assert {one.reason.split(":")[0] for one in found.skipped} == {"layout contradicts itself"}
    assert len(found.skipped) == 2
    isolated = [point in points for point in found.points]
    assert sum(isolated) == len(points) == 128
    deepseek = np.array([point.architecture.name.startswith("deepseek") for point in found.points]) & isolated
    quality = summary(found.ratio[deepseek])
    assert quality["median"] <= 0.06
    assert quality["p90"] <= 0.20
    assert found.summary()["phase"]["prefill"]["points"] == 27


def test_points_of_unseen_sources_are_predicted_within_the_bar() -> None:
    """Every source predicted by a fit that never saw it, hardware that nobody else measured included."""
    found = validate_held_out(SHIPPED)
    errors = held_out_errors(found)
    deepseek = np.array([point.architecture.name.startswith("deepseek") for point in found.points])
    for chosen in (deepseek, deepseek & covered_by_another(found.points), ~np.zeros_like(deepseek)):
        quality = summary(found.ratio[chosen])
        assert quality["median"] <= 0.08
        assert quality["p90"] <= 0.20
    assert (
        errors["in_sample"]["median"]
        < errors["held_out_point"]["median"]
        < errors["held_out_source"]["median"]
        < errors["held_out_accelerator"]["median"]
    )


def test_shipped_file_was_fitted_to_the_shipped_points(points: list[Measurement]) -> None:
    counted = fitted().points
    assert sum(counted.values()) == len(points)
    assert counted["h100", "sglang", "decode"] == 17


def test_colocated_points_are_judged_but_not_fitted() -> None:
    mixed = {"gpus": 8, "ep": 8, "tp": 1}
    given = entry(
        phase="mixed", tokens_counted="output", parallelism=mixed, batch_per_gpu=None, concurrency=256
    )
    found = translate(given)
    assert (found.phase, found.size) == ("colocated", 32.0)
    decode = predict(
        [translate(given | {"phase": "decode", "batch_per_gpu": 32.0, "overlap": "", "engine": ""})]
    )[0]
    prefill = predict([translate(given | {"phase": "prefill", "overlap": "", "engine": ""})])[0]
    together = predict([translate(given | {"overlap": "", "engine": ""})])[0]
    assert 1 / together == pytest.approx(1 / decode + 4096 / 1536 / prefill)
    judged = validate(SHIPPED).summary()
    assert judged["colocated"]["points"] == 88
    assert judged["all"]["points"] == 128


def test_fit_recovers_planted_factors(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name in ("gb200_nvl72", "h200", "h100")]
    truth = replace(
        fitted(),
        rate=fitted().rate | {("h200", "tensorrt-llm", "decode"): 1.3},
        mfu=fitted().mfu | {"hopper": 1.1},
    )
    planted = [
        replace(point, rate_per_gpu=rate) for point, rate in zip(chosen, predict(chosen, truth), strict=True)
    ]
    solution = solve(planted)
    ratio = solution.predict(planted) / np.array([point.rate_per_gpu for point in planted])
    assert summary(ratio)["p90"] < 0.03
    assert solution.effective < len(solution.parameters) < len(chosen)


def test_one_wild_point_does_not_bend_the_fit(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name == "gb300_nvl72"]
    wild = [*chosen[:-1], replace(chosen[-1], rate_per_gpu=chosen[-1].rate_per_gpu * 10)]
    ratio = solve(wild).predict(chosen) / np.array([point.rate_per_gpu for point in chosen])
    assert summary(ratio)["median"] < 0.08


def test_held_out_points_are_not_seen(points: list[Measurement]) -> None:
    """Spoiling a source must not change what its own fold predicts for it."""
    chosen = [point for point in points if point.accelerator.name in ("ascend_910c", "mi300x")]
    spoiled = [
        replace(point, rate_per_gpu=point.rate_per_gpu * (3.0 if point.accelerator.name == "mi300x" else 1.0))
        for point in chosen
    ]
    honest, blind = (held_out_rates(some, by_source, None) for some in (chosen, spoiled))
    outside = [index for index, point in enumerate(chosen) if point.accelerator.name == "mi300x"]
    np.testing.assert_allclose(honest[outside], blind[outside])


def test_calibrate_writes_what_the_reader_reads(points: list[Measurement]) -> None:
    chosen = [point for point in points if point.accelerator.name in ("ascend_910c", "mi300x")]
    content = calibrate(chosen)
    assert content["quality"]["source_held_out_accelerator_covered"]["median"] is None  # one source each
    again = Fitted.from_dict(json.loads(json.dumps(content)))
    bands = {(row["accelerator"], row["phase"]): row for row in content["bands"]}
    assert all(row["low"] <= 1.0 <= row["high"] for row in bands.values())
    ratio = predict(chosen, again) / np.array([point.rate_per_gpu for point in chosen])
    assert summary(ratio)["median"] == pytest.approx(content["quality"]["calibrated"]["median"], abs=0.002)
    assert again.fit(accelerator("mi300x"), "", "decode").engine == "moreh-vllm"
    assert again.fit(accelerator("b200"), "", "decode").provenance == "extrapolated"


def test_a_users_own_single_point_is_enough(points: list[Measurement]) -> None:
    content = calibrate([point for point in points if point.name == "ds-profile-decode"])
    again = Fitted.from_dict(content)
    assert content["quality"]["calibrated"]["median"] < 0.02
    assert again.unseen["prefill"] == (0.5, 2.0)


def test_efficiency_file_that_lacks_a_section_is_refused() -> None:
    with pytest.raises(KernelError, match="lacks engine_latency"):
        Fitted.from_dict(
            {"shared": {}, "generation_latency": {}, "mfu": {}, "pairs": [], "bands": [], "unseen": {}}
        )
    older = parse((DATA / "efficiencies" / "fitted.yaml").read_text(encoding="utf-8"))
    older["shared"] = {key: value for key, value in older["shared"].items() if key != "network_latency_s"}
    with pytest.raises(KernelError, match="lacks shared network_latency_s"):
        Fitted.from_dict(older)
