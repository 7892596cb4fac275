"""The public face: reasons, limits, splits, bands."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import kernels
from kernels import Conditions, KernelError, Options, accelerator, architecture, operating_points
from kernels.efficiency import fitted
from kernels.operating_points import band_factor_of
from kernels.setting import gather
from kernels.terms.memory import request_limit
from tests.kernels.asking import options, point

ASKED = Conditions(4500, 1000, kv_tokens=4989, cache_hit_share=0.563, tpot_s=0.05, prefill_time_s=5.0)


def test_roles_have_their_rates() -> None:
    three = Options((accelerator("h200"),) * 3, ("prefill", "decode", "colocated"), np.array([16, 16, 16]))
    found = operating_points(architecture("deepseek-v3"), three, ASKED)
    assert found.reason == ("", "", "")
    assert np.isnan(found.prefill_tokens_per_s).tolist() == [False, True, False]
    assert np.isnan(found.decode_tokens_per_s).tolist() == [True, False, False]
    assert found.prefill_tokens_per_s[2] != found.prefill_tokens_per_s[0]  # beside its decode, not alone
    assert found.batch_per_gpu[2] < found.batch_per_gpu[1]  # leaves room for its own prefill
    assert found.kv_transfer_s[2] == 0.0
    assert found.kv_transfer_s[0] == pytest.approx(4500 * 70_272 / 50e9, rel=0.3)


@pytest.mark.parametrize(
    ("hardware", "gpus", "asked", "reason"),
    [
        ("h800", 8, ASKED, "weights do not fit in memory"),
        ("ascend_910b", 32, ASKED, "not published: hbm_bytes_per_s, scale_up_bytes_per_s"),
        ("h20_141", 16, ASKED, "not published: scale_out_bytes_per_s"),
        ("h800", 144, Conditions(4500, 1000, tpot_s=0.002), "TPOT out of reach"),
        ("h800", 16, Conditions(4_000_000, 1000), "no room for the KV cache of one request"),
    ],
)
def test_what_cannot_run_says_why(hardware: str, gpus: int, asked: Conditions, reason: str) -> None:
    found = point(hardware, "decode", gpus, asked)
    assert found.reason == (reason,)
    assert np.isnan(found.decode_tokens_per_s).all()
    assert found.binding == ("",)


def test_unpublished_network_is_no_obstacle_inside_a_node() -> None:
    assert point("h20_141", "decode", 8, ASKED).reason == ("",)


def test_prefill_budget_and_recipe_are_limits_too() -> None:
    rushed = Conditions(4500, 1000, prefill_time_s=1e-3)
    assert point("h800", "prefill", 32, rushed).reason == ("prefill time out of reach",)
    unable = point("a100_80gb", "decode", 32, ASKED, recipe=("fp8",))
    assert unable.reason == ("the accelerator cannot compute this recipe",)


def test_terms_add_up_to_the_step() -> None:
    found = point("h800", "decode", 144, replace(ASKED, draft_tokens=1.0))
    total = sum(seconds[0] for seconds in found.time_split.values())
    accepted = found.decode_tokens_per_s[0] / 144 * total / found.batch_per_gpu[0]
    assert accepted == pytest.approx(1.8)
    assert total == pytest.approx(1.8 * found.tpot_s[0])
    term, limit = found.binding[0].split("; ")
    assert limit == "tpot"
    assert found.time_split[term][0] == max(seconds[0] for seconds in found.time_split.values())


def test_batch_stops_at_memory_or_at_the_engines_cap() -> None:
    loose = Conditions(4500, 1000, kv_tokens=4989, tpot_s=10.0)
    full = point("h800", "decode", 144, loose)
    room = request_limit(
        architecture("deepseek-v3"),
        gather(architecture("deepseek-v3"), options("h800", "decode", 144), loose),
    )
    assert full.batch_per_gpu[0] == pytest.approx(room[0, 0])
    assert full.binding[0].endswith("memory")
    assert full.memory_bound[0]
    capped = Conditions(4500, 1000, kv_tokens=4989, tpot_s=10.0, requests_per_gpu_limit=20)
    assert point("h800", "decode", 144, capped).batch_per_gpu[0] == pytest.approx(20)
    assert point("h800", "decode", 144, capped).binding[0].endswith("request cap")


def test_loading_the_cached_prefix_can_bind() -> None:
    fast = point("h800", "prefill", 32, ASKED)
    slow = point("h800", "prefill", 32, Conditions(4500, 1000, cache_hit_share=0.563, cache_bytes_per_s=2e8))
    assert slow.prefill_tokens_per_s[0] < fast.prefill_tokens_per_s[0]
    loaded = slow.prefill_tokens_per_s[0] / 32 * 0.563 / 0.437 * 70_272
    assert loaded == pytest.approx(2e8, rel=1e-6)


def test_bands_and_their_quantiles() -> None:
    known, unknown = (point(name, "decode", 144, ASKED) for name in ("h800", "l40s"))
    assert (known.provenance, unknown.provenance) == (("calibrated",), ("extrapolated",))
    assert known.band_low[0] < 1.0 < known.band_high[0]
    strange = fitted().bands["", "", "decode", ""]  # of accelerators held out
    assert (unknown.band_low[0], unknown.band_high[0]) == pytest.approx((strange.low, strange.high))
    for quantile, factor in ((0.1, known.band_low), (0.5, np.ones(1)), (0.9, known.band_high)):
        found = band_factor_of(known.band_low, known.band_high, np.array([quantile]))
        assert found == pytest.approx(factor)


def test_chunking_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Options((accelerator("h800"),) * 7, ("decode",) * 7, np.array([16, 32, 72, 144, 32, 72, 144]))
    whole = operating_points(architecture("deepseek-v3"), many, ASKED)
    monkeypatch.setattr("kernels.sweep.CHUNK_POINTS", 50)
    pieces = operating_points(architecture("deepseek-v3"), many, ASKED)
    np.testing.assert_array_equal(whole.decode_tokens_per_s, pieces.decode_tokens_per_s)


def test_dense_models_run_tensor_parallel() -> None:
    asked = Conditions(2000, 200, tpot_s=0.05)
    found = point("h100", "decode", 4, asked, "llama-3.1-70b")
    assert found.reason == ("",)
    assert found.time_split["all_reduce"][0] > 0.0
    assert "experts" not in found.time_split


def test_conditions_report_every_fault() -> None:
    with pytest.raises(KernelError, match=r"input_tokens.*tpot_s.*cache_hit_share.*accept_length"):
        Conditions(0, 1, tpot_s=-1, cache_hit_share=1.0, draft_tokens=1, accept_length=3)


def test_import_is_light() -> None:
    heavy = ("scipy", "pandas", "pulp", "planner", "yaml")
    code = f"import sys, kernels; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_public_names_are_there() -> None:
    assert all(hasattr(kernels, name) for name in kernels.__all__)


@pytest.mark.parametrize(
    ("name", "prefill", "decode"),
    [("box_4090d_1s", 54.21, 8.73), ("box_4090d", 74.362, 11.26), ("box_4090", 88.2, 13.5)],
)
def test_every_measured_box_serves_one_user(name: str, prefill: float, decode: float) -> None:
    patient = Conditions(500, 300, tpot_s=0.2, prefill_time_s=60.0)
    box = point(name, "colocated", 1, patient, "deepseek-v3")
    assert box.provenance == ("measured",)
    assert (box.prefill_tokens_per_s[0], box.decode_tokens_per_s[0]) == (prefill, decode)


def test_a_measured_box_answers_with_its_measurement() -> None:
    patient = Conditions(500, 300, tpot_s=0.2, prefill_time_s=60.0)
    box = point("box_4090d", "colocated", 1, patient, "deepseek-r1")
    assert (box.provenance, box.reason) == (("measured",), ("",))
    assert (box.prefill_tokens_per_s[0], box.decode_tokens_per_s[0]) == (74.362, 11.26)
    assert box.tpot_s[0] == pytest.approx(1 / 11.26)
    assert box.band_low[0] == box.band_high[0] == 1.0
    hasty = point("box_4090d", "colocated", 1, Conditions(500, 300, tpot_s=0.05), "deepseek-r1")
    assert hasty.reason == ("TPOT out of reach",)
    assert "not published" in point("box_4090d", "decode", 1, patient, "deepseek-r1").reason[0]
    mixed = Options((accelerator("box_4090d"), accelerator("h200")), ("colocated",) * 2, np.array([1, 16]))
    both = operating_points(architecture("deepseek-r1"), mixed, patient)
    assert both.provenance == ("measured", "calibrated")
    assert (
        both.decode_tokens_per_s[1]
        == point("h200", "colocated", 16, patient, "deepseek-r1").decode_tokens_per_s[0]
    )


def test_a_batch_leaves_a_prompt_the_time_that_it_has() -> None:
    """Steps that read a prompt are the longer the more requests run: a limit on them is a limit on the batch."""
    free = Conditions(1500.0, 400.0, tpot_s=0.1)
    asked = {"model": "llama-3.1-70b", "recipe": ("fp8",)}
    widest = point("h100", "colocated", 4, free, **asked)
    limit = 0.9 * float(widest.prefill_time_s[0])
    found = point("h100", "colocated", 4, replace(free, prefill_time_s=limit), **asked)
    assert float(found.prefill_time_s[0]) == pytest.approx(limit, rel=1e-6)
    assert found.batch_per_gpu[0] < widest.batch_per_gpu[0]
    assert found.decode_tokens_per_s[0] < widest.decode_tokens_per_s[0]
    assert found.binding[0].endswith("; prefill time")
    hopeless = point("h100", "colocated", 4, replace(free, prefill_time_s=1e-4), **asked)
    assert hopeless.reason == ("prefill time out of reach",)
