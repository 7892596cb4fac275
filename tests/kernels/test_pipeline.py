"""Pipeline stages against equations by hand: cycles, bubbles, hops, memory, prompts, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import Conditions, KernelError, Options, accelerator, architecture
from kernels.decode import decode_step
from kernels.efficiency import fitted
from kernels.mixed import mixed_prompt
from kernels.pipeline import hand_over, last_layers, most_layers
from kernels.prefill import prefill_pass
from kernels.sweep import prefill_sweep, transfer_seconds
from kernels.terms.memory import request_limit, weight_bytes
from tests.kernels.asking import options, point, setting

LLAMA, QWEN = architecture("llama-3.1-70b"), architecture("qwen3-235b-a22b")
ASKED = Conditions(2000.0, 500.0, tpot_s=0.1, prefill_time_s=4.0)


def one(value: float) -> np.ndarray:
    return np.array([[value]])


def stages(count: int) -> dict[str, np.ndarray]:
    return {"pipeline_parallel": np.array([count])}


@pytest.mark.parametrize(("model", "gpus", "count"), [("llama-3.1-70b", 16, 4), ("qwen3-235b-a22b", 16, 4)])
def test_a_cycle_is_so_many_times_the_slowest_stage(model: str, gpus: int, count: int) -> None:
    cut = setting("h100", "decode", gpus, ASKED, model, tensor_parallel=np.array([4]), **stages(count))
    stage = setting("h100", "decode", 4, ASKED, model, tensor_parallel=np.array([4]))
    whole = decode_step(architecture(model), stage, one(6.0))
    last = whole.split["head"] + whole.split["fixed"]
    layers = architecture(model).layers
    most, least = math.ceil(layers / count) / layers, (layers // count) / layers
    body = whole.seconds - last
    hop, handed = hand_over(cut, one(6.0), architecture(model).hidden_size)
    slowest = np.maximum(most * body, least * body + last) + hop
    found = decode_step(architecture(model), cut, one(6.0))
    assert found.seconds == pytest.approx(count * slowest)
    assert sum(found.split.values()) == pytest.approx(found.seconds)
    assert found.split["bubble"] == pytest.approx(count * slowest - whole.seconds - handed)


def test_stages_of_94_layers_are_24_and_23() -> None:
    cut = setting("h100", "decode", 16, ASKED, "qwen3-235b-a22b", **stages(4))
    assert QWEN.layers == 94
    assert most_layers(QWEN, cut)[0, 0] == pytest.approx(24 / 94)
    assert last_layers(QWEN, cut)[0, 0] == pytest.approx(23 / 94)


def test_one_request_alone_passes_every_stage_once() -> None:
    cut = setting("h100", "decode", 16, ASKED, "llama-3.1-70b", tensor_parallel=np.array([4]), **stages(4))
    stage = setting("h100", "decode", 4, ASKED, "llama-3.1-70b", tensor_parallel=np.array([4]))
    found = decode_step(LLAMA, cut, one(1.0 / 16.0))
    _, handed = hand_over(cut, one(1.0 / 4.0), LLAMA.hidden_size)
    assert found.split["bubble"][0, 0] == 0.0
    assert found.seconds == pytest.approx(decode_step(LLAMA, stage, one(1.0 / 4.0)).seconds + handed)
    two, four = (decode_step(LLAMA, cut, one(count / 16.0)).seconds for count in (2, 4))
    assert two == pytest.approx(found.seconds)  # a second microbatch fits into the bubble
    assert found.seconds < four < 1.3 * found.seconds


def test_hops_inside_a_node_and_between_nodes() -> None:
    cut = setting("h100", "decode", 16, ASKED, "llama-3.1-70b", tensor_parallel=np.array([4]), **stages(4))
    up, out = 450e9 * cut.scale_up_share[0, 0], 50e9 * cut.scale_out_share[0, 0]
    near, far = cut.all_reduce_latency_s[0, 0], cut.network_latency_s[0, 0]
    moved = 10.0 * 8192 * 2 * 2  # hidden state and residual in 16 bits
    inside = moved / up + 3 * moved / up + near
    network = moved / out + 3 * moved / up + near + far
    slowest, all_four = hand_over(cut, one(10.0), 8192)
    assert slowest[0, 0] == pytest.approx(max(inside, network))
    assert all_four[0, 0] == pytest.approx(2 * inside + network + near + far)  # and tokens back to the first
    one_node = setting(
        "h100", "decode", 8, ASKED, "llama-3.1-70b", tensor_parallel=np.array([4]), **stages(2)
    )
    assert hand_over(one_node, one(10.0), 8192)[1][0, 0] == pytest.approx(inside + near)
    plain = setting("h100", "decode", 8, ASKED, "llama-3.1-70b")
    assert [part[0, 0] for part in hand_over(plain, one(10.0), 8192)] == [0.0, 0.0]


def test_memory_of_a_stage() -> None:
    cut = setting("h100", "colocated", 16, ASKED, "llama-3.1-70b", recipe=("bf16",), **stages(2))
    blocks = LLAMA.mixer_parameters + 80 * LLAMA.feed_forward_parameters
    table = LLAMA.embedding_parameters
    assert weight_bytes(LLAMA, cut)[0, 0] == pytest.approx((blocks / 2 + table) * 2.0 / 8)
    room = cut.hbm_bytes[0, 0] * cut.memory_share[0, 0] - 4e9 - weight_bytes(LLAMA, cut)[0, 0]
    cache = 80 * 2 * 8 * 128 * 2.0 * 2250.0  # all layers of one request
    requests = room * 8 / (cache / 2)  # of one stage of 8 GPUs, which holds half of the layers
    assert request_limit(LLAMA, cut)[0, 0] * 16 == pytest.approx(requests)


def test_prompts_follow_each_other_through_the_stages() -> None:
    cut = setting("h100", "prefill", 16, ASKED, "llama-3.1-70b", **stages(2))
    size = 512.0 / 8
    slowest = prefill_pass(LLAMA, cut, one(size)).seconds[0, 0] / 2 / cut.prefill_scale[0, 0]
    found = prefill_sweep(LLAMA, cut, one(size))
    assert found.rate_per_gpu[0, 0] * 16 == pytest.approx(512.0 / slowest)
    assert found.tpot_s[0, 0] == pytest.approx((4 + 2 - 1) * slowest)  # 2,000 tokens are 4 passes
    assert transfer_seconds(LLAMA, cut) == pytest.approx(
        transfer_seconds(LLAMA, setting("h100", "prefill", 16, ASKED, "llama-3.1-70b"))
    )


def test_a_prompt_lengthens_the_slowest_stage_alone() -> None:
    free = {
        "eager_layer_s": 0.0,
        "prompt_token_s": 0.0,
        "all_reduce_latency_s": 0.0,
        "network_latency_s": 0.0,
    }
    zero = {name: one(value) for name, value in free.items()} | {"scale_up_bytes_per_s": one(np.inf)}
    cut, stage = (
        replace(setting("h100", "colocated", gpus, ASKED, "llama-3.1-70b", **columns), **zero)
        for gpus, columns in ((16, stages(2)), (8, {}))
    )
    cut = replace(cut, scale_out_bytes_per_s=one(np.inf))
    mine, whole = mixed_prompt(LLAMA, cut, one(8.0)), mixed_prompt(LLAMA, stage, one(8.0))
    assert mine.added_s == pytest.approx(whole.added_s / 2)
    steps = whole.service_s - stage.step_s  # one chunk
    assert mine.service_s == pytest.approx(2 * (steps / 2 + stage.step_s))


def test_a_whole_unit_reaches_what_its_parts_do() -> None:
    found = point("h100", "colocated", 16, ASKED, "llama-3.1-70b", engine=("vllm",), **stages(2))
    batch, tpot = found.batch_per_gpu[0], found.tpot_s[0]
    assert tpot <= ASKED.tpot_s
    cut = setting("h100", "colocated", 16, ASKED, "llama-3.1-70b", engine=("vllm",), **stages(2))
    seconds = decode_step(LLAMA, cut, one(batch)).seconds / cut.decode_scale
    added = mixed_prompt(LLAMA, cut, one(batch)).added_s / cut.prefill_scale
    assert found.decode_tokens_per_s[0] == pytest.approx((16 * batch / seconds)[0, 0])
    assert found.prefill_tokens_per_s[0] == pytest.approx((2000.0 / added)[0, 0])
    assert tpot == pytest.approx((seconds + (16 * batch - 1) * added / 500.0)[0, 0])
    band = fitted().bands["", "", "colocated", ""]
    assert (found.provenance[0], found.band_low[0]) == ("extrapolated", band.low)


def test_a_model_too_large_for_a_node_runs_better_in_two_stages_than_over_the_network() -> None:
    asked = Conditions(2000.0, 500.0, tpot_s=0.1)
    flat = point("h100", "decode", 16, asked, "llama-3.1-405b", tensor_parallel=np.array([16]))
    cut = point("h100", "decode", 16, asked, "llama-3.1-405b", **stages(2))
    assert cut.decode_tokens_per_s[0] > flat.decode_tokens_per_s[0]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["decode", "prefill", "colocated"]),
    st.sampled_from([2, 4, 8]),
    st.sampled_from(
        ["hbm_tb_per_s", "scale_up_gb_per_s", "scale_out_gbit_per_s", "bf16_tflops", "fp8_tflops"]
    ),
    st.floats(0.3, 1.0),
    st.floats(0.4, 1.0),
)
def test_slower_hardware_and_tighter_times_are_never_faster(
    role: str, count: int, figure: str, share: float, tighter: float
) -> None:
    from kernels.accelerator import _SCALE

    whole = accelerator("h100")
    field, factor = _SCALE[figure]
    slower = whole.override(**{figure: getattr(whole, field) * share / factor})
    tight = replace(ASKED, tpot_s=ASKED.tpot_s * tighter)
    most = _rates(point(whole, role, 16, ASKED, "llama-3.1-70b", **stages(count)))
    for less in (
        point(slower, role, 16, ASKED, "llama-3.1-70b", **stages(count)),
        point(whole, role, 16, tight, "llama-3.1-70b", **stages(count)),
    ):
        figures = _rates(less)[-1:] if role == "colocated" else _rates(less)
        assert np.all(figures <= most[-len(figures) :] * (1 + 1e-7))


def _rates(found: object) -> np.ndarray:
    prefill, decode = found.prefill_tokens_per_s, found.decode_tokens_per_s  # type: ignore[attr-defined]
    return np.nan_to_num(np.concatenate([prefill, decode]))


def test_one_stage_is_the_unit_as_it_was() -> None:
    plain, cut = (
        point("h200", "colocated", 8, ASKED, "llama-3.1-70b", **columns) for columns in ({}, stages(1))
    )
    assert plain.decode_tokens_per_s == cut.decode_tokens_per_s
    assert plain.provenance == cut.provenance
    assert "bubble" not in cut.time_split


def test_what_cannot_be_cut_says_so() -> None:
    drafting = replace(ASKED, draft_tokens=1.0, accept_length=1.8)
    found = point("h200", "decode", 16, drafting, "deepseek-v3", **stages(2))
    assert found.reason == ("drafts are not rated in pipeline stages",)
    many = point("h200", "decode", 128, ASKED, "llama-3.1-70b", **stages(128))
    assert many.reason == ("more stages than layers (80)",)
    for count, message in ((0, "must be at least 1"), (3, "must divide gpus")):
        with pytest.raises(KernelError, match=f"pipeline_parallel {message}"):
            options("h200", "decode", 8, **stages(count))
    with pytest.raises(KernelError, match="pipeline_parallel has 2 entries"):
        Options((accelerator("h200"),), ("decode",), np.array([8]), pipeline_parallel=np.array([1, 2]))
