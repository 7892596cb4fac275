"""Single terms against hand-worked numbers and against measured kernels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kernels import Conditions, architecture
from kernels.balance_table import published_balancedness
from kernels.cache import state_bytes
from kernels.calibration.single_terms import errors_by_kind, single_terms
from kernels.decode import DRAFT_SHARE, decode_step
from kernels.efficiency import priors
from kernels.speculation import speculation
from kernels.terms import attention, dense, exchange, experts, memory, overlap
from kernels.terms.roof import Roof, matrix_product
from tests.kernels.asking import options, setting

V3 = architecture("deepseek-v3")
ASKED = Conditions(4096, 512, kv_tokens=4096, draft_tokens=0)


def one(value: float) -> np.ndarray:
    return np.array([[value]])


def test_rooflines() -> None:
    roof = Roof(one(3.0), one(2.0))
    assert roof.seconds() == pytest.approx((3.0**4 + 2.0**4) ** 0.25)
    assert Roof(one(3.0), one(0.1)).seconds() == pytest.approx(3.0, rel=1e-6)
    product = matrix_product(one(100.0), 1e9, one(1.0), one(1e12), one(1e11))
    assert product.compute_s == pytest.approx(0.2)
    assert product.memory_s == pytest.approx(0.01)


def test_absorbed_attention_counts_two_flops_per_head_and_latent() -> None:
    given = setting("h800", "decode", 144, ASKED)
    roof = attention.decode_core(V3, given, one(88.0))
    reached = 4096 + given.attention_overhead_tokens[0, 0]
    flops = 88 * reached * 2 * 128 * (576 + 512)
    assert roof.compute_s[0, 0] == pytest.approx(flops / (989e12 * given.attention_mfu[0, 0]))
    read = 88 * 4096 * 576 * 2
    assert roof.memory_s[0, 0] == pytest.approx(read / (3.35e12 * given.cache_hbm_share[0, 0]))


def test_absorbed_attention_matches_the_measured_kernel_on_h800() -> None:
    given = setting("h800", "decode", 144, ASKED)
    for batch, measured_us in ((64, 155.2), (128, 292.0), (256, 585.8)):  # alibaba/InferSim bench_data, 4K
        found = attention.decode_core(V3, given, one(batch)).seconds()[0, 0]
        assert found * 1e6 == pytest.approx(measured_us, rel=0.25)


def test_two_query_tokens_share_one_cache_read() -> None:
    plain = attention.decode_core(V3, setting("h800", "decode", 144, ASKED), one(64.0))
    asked = Conditions(4096, 512, kv_tokens=4096, draft_tokens=1, accept_length=1.8)
    drafted = attention.decode_core(V3, setting("h800", "decode", 144, asked), one(64.0))
    assert drafted.compute_s == pytest.approx(2 * plain.compute_s)
    assert drafted.memory_s == pytest.approx(plain.memory_s)


def test_latent_cache_is_read_by_every_gpu_of_a_replica_and_grouped_heads_split() -> None:
    for model, share in (("deepseek-v3", 1.0), ("llama-3.1-70b", 1 / 8)):
        whole = setting("h100", "decode", 8, ASKED, model, tensor_parallel=np.array([1]))
        split = setting("h100", "decode", 8, ASKED, model, tensor_parallel=np.array([8]))
        alone = attention.decode_core(architecture(model), whole, one(8.0)).memory_s
        together = attention.decode_core(architecture(model), split, one(1.0)).memory_s
        assert together == pytest.approx(alone * share)


def test_prefill_attention_is_half_the_square_and_a_cached_prefix_lengthens_it() -> None:
    cold = setting("h800", "prefill", 32, Conditions(8192, 1))
    warm = setting("h800", "prefill", 32, Conditions(8192, 1, cache_hit_share=0.5))
    extra = cold.attention_overhead_tokens[0, 0]
    ratio = attention.prefill_core(V3, warm, one(4096.0)) / attention.prefill_core(V3, cold, one(4096.0))
    assert ratio[0, 0] == pytest.approx((4096 + 2048 + extra) / (4096 + extra))


def test_sliding_and_selected_tokens_bound_what_is_attended() -> None:
    oss, sparse = architecture("gpt-oss-120b"), architecture("deepseek-v3.2")
    assert attention.attended_tokens(oss, one(8128.0)) == 0.5 * 8128 + 0.5 * 128
    assert attention.attended_tokens(sparse, one(65536.0)) == 2048
    assert attention.indexer_flops(sparse, one(1000.0)) == 2 * 64 * 128 * 1000


@pytest.mark.parametrize(("gpus", "slots"), [(8, 32), (32, 9), (72, 4), (96, 3), (144, 2), (320, 1)])
def test_expert_slots_are_the_published_ones(gpus: int, slots: int) -> None:
    assert setting("h800", "decode", gpus, ASKED).expert_slots == slots


def test_kimi_unit_has_96_redundant_experts() -> None:
    assert setting("h200", "decode", 96, ASKED, "kimi-k2").expert_slots * 96 == 384 + 96


def test_small_batches_read_few_experts() -> None:
    """All experts at large batch, eight of 256 for one token; without replicas unpopular ones stay cold longer."""
    given = replace(setting("h200", "decode", 8, ASKED), popularity_shape=one(1.0))
    whole = 32 * V3.expert_parameters / (4.8e12 * given.hbm_share[0, 0] * given.expert_hbm_share[0, 0])
    assert experts.grouped_product(V3, given, one(1e6)).memory_s == pytest.approx(whole, rel=1e-3)
    one_each = experts.grouped_product(V3, given, one(4.0)).memory_s[0, 0]  # one arrival a slot on average
    assert one_each == pytest.approx(whole / 2)
    alike = replace(given, popularity_shape=one(1e9))
    assert experts.grouped_product(V3, alike, one(4.0)).memory_s[0, 0] == pytest.approx(
        whole * (1 - np.exp(-1))
    )
    single = experts.grouped_product(V3, given, one(1 / 8)).memory_s[0, 0]
    assert single == pytest.approx(whole / 32, rel=0.05)  # one request, eight experts over eight GPUs


def test_grouped_product_waits_for_the_busiest_gpu() -> None:
    even, uneven = (
        replace(
            setting("h800", "decode", 32, Conditions(4096, 512, balancedness=level)), padded_tokens=one(0.0)
        )
        for level in (1.0, 0.8)
    )
    ratio = (
        experts.grouped_product(V3, uneven, one(128.0)).compute_s
        / experts.grouped_product(V3, even, one(128.0)).compute_s
    )
    assert ratio == pytest.approx(1 / 0.8)


def test_low_latency_exchange_matches_deepep_on_h800() -> None:
    asked = Conditions(4096, 512, balancedness=1.0)
    for gpus, dispatch_us in ((16, 118), (32, 155), (64, 173), (128, 192), (256, 194)):  # DeepEP README
        given = setting("h800", "decode", gpus, asked)
        copies = exchange.copies_per_expert(V3, given)
        # the README times the bare kernel; an engine's latency factor is not part of it
        bare = replace(
            given,
            exchange_latency_s=one(priors().exchange_latency_s),
            network_latency_s=one(priors().network_latency_s),
        )
        found = exchange.transfer(bare, one(128.0), one(7168.0), copies)
        assert found[0, 0] * 1e6 == pytest.approx(dispatch_us, rel=0.15)


def test_copies_by_hand() -> None:
    given = setting("h800", "prefill", 32, ASKED)  # four nodes of eight
    remote, inside = exchange.copies_per_expert(V3, given)
    assert (remote[0, 0], inside[0, 0]) == (6.0, pytest.approx(8 * 7 / 32))
    reached = 4 * (1 - (6 / 8) * (5 / 7) * (4 / 6) * (3 / 5))  # four of eight groups, two groups a node
    remote, inside = exchange.copies_per_domain(V3, given)
    assert remote[0, 0] == pytest.approx(reached * 3 / 4)
    assert inside[0, 0] == pytest.approx(8 * 7 / 8)


def test_a_unit_inside_one_domain_never_uses_the_network() -> None:
    rack = setting("gb200_nvl72", "decode", 72, ASKED)
    assert exchange.copies_per_expert(V3, rack)[0] == 0.0
    assert exchange.copies_per_domain(V3, rack)[0] == 0.0
    for given, network in ((rack, 0.0), (setting("h100", "decode", 72, ASKED), 1.0)):
        empty = exchange.transfer(given, one(0.0), one(7168.0), exchange.copies_per_expert(V3, given))
        assert empty == pytest.approx(given.exchange_latency_s + network * given.network_latency_s)


def test_tensor_parallel_units_dispatch_nothing_and_reduce_in_two_levels() -> None:
    given = setting("h100", "prefill", 16, ASKED, tensor_parallel=np.array([16]))
    assert exchange.transfer(given, one(64.0), one(7168.0), exchange.copies_per_expert(V3, given)) == 0.0
    volume = 2 * 64 * 16 * 7168 * 2
    up = volume * 7 / 8 / (450e9 * given.scale_up_share[0, 0])
    out = volume / 2 / 8 / (50e9 * given.scale_out_share[0, 0])
    rings = 1 + exchange.RING_LATENCIES
    latency = rings * given.all_reduce_latency_s[0, 0] + 2 * given.network_latency_s[0, 0]
    assert exchange.all_reduce(given, one(64.0), 7168)[0, 0] == pytest.approx(up + out + latency)


def test_a_small_all_reduce_takes_one_shot() -> None:
    given = setting("h100", "decode", 8, ASKED, "llama-3.1-70b", tensor_parallel=np.array([8]))
    sent = 7 * 2 * 8192 * 2 / (450e9 * given.scale_up_share[0, 0])  # two tokens to each of seven others
    found = exchange.all_reduce(given, one(2 / 8), 8192)[0, 0]
    assert found == pytest.approx(sent + given.all_reduce_latency_s[0, 0])


def test_exchanges_over_pcie_reach_less_of_the_link() -> None:
    asked, eight = Conditions(1024, 128), {"tensor_parallel": np.array([8])}
    card, sxm = (setting(name, "colocated", 8, asked, "llama-3.1-70b", **eight) for name in ("l40s", "h100"))
    assert card.scale_up_share[0, 0] < 0.8 * sxm.scale_up_share[0, 0]


def test_overlap_leaks() -> None:
    assert overlap.overlapped(one(3.0), one(2.0), 0.0) == 3.0
    assert overlap.overlapped(one(2.0), one(3.0), 1.0) == 5.0
    assert overlap.overlapped(one(3.0), one(2.0), 0.5) == 4.0


def test_elementwise_counts_copies_replicas_and_imbalance() -> None:
    even = setting("h100", "decode", 16, Conditions(4096, 512, balancedness=1.0))
    single = dense.elementwise(even, one(1.0), 7168, 8)
    whole = setting("h100", "decode", 16, ASKED, tensor_parallel=np.array([16]))
    passes = even.activation_passes[0, 0]
    sliced = 16 * (passes + 8 * 2) / (passes + 8 * passes)  # copies on every GPU, written and read once
    assert dense.elementwise(whole, one(1.0), 7168, 8) == pytest.approx(sliced * single)
    uneven = setting("h100", "decode", 16, Conditions(4096, 512, balancedness=0.5))
    assert dense.elementwise(uneven, one(1.0), 7168, 8) == pytest.approx(single * (1 + 8 * 2) / (1 + 8))


def test_weights_of_a_wide_decode_unit() -> None:
    given = setting("h800", "decode", 144, ASKED)
    by_hand = (
        61 * 187_105_280 + 3 * 3 * 7168 * 18432 + 58 * (3 * 44_040_192 + 7168 * 256) + 4 * 129_280 * 7168
    )  # two routed slots and the shared expert in FP8, embedding tables in BF16
    assert memory.weight_bytes(V3, given)[0, 0] == pytest.approx(by_hand)
    assert memory.request_bytes(V3, given, one(1000.0))[0, 0] == 1000 * 70_272


def test_request_limit_fills_the_memory_and_no_more() -> None:
    given = setting("h800", "decode", 144, ASKED)
    held = memory.request_limit(V3, given)[0, 0] * 4096 * 70_272
    used = held + memory.weight_bytes(V3, given)[0, 0] + given.workspace_bytes[0, 0]
    assert used == pytest.approx(80 * 2**30 * given.memory_share[0, 0])


def test_requests_that_draft_keep_a_state_behind_every_query() -> None:
    hybrid, held = architecture("qwen3.5-397b-a17b"), []
    for drafts in (0, 3):
        asked = Conditions(1024, 1024, kv_tokens=1024, draft_tokens=drafts, accept_length=1.0)
        given = setting("b200", "decode", 8, asked, "qwen3.5-397b-a17b", tensor_parallel=np.array([8]))
        room = memory.cache_room_bytes(hybrid, given) / memory.request_limit(hybrid, given)
        held.append(room[0, 0] / 8)
    assert held[1] - held[0] == pytest.approx(4 * state_bytes(hybrid, 8.0))


def test_speculation() -> None:
    assert speculation(V3, Conditions(1, 1)) == (0.0, 1.0)  # nothing is drafted unless asked for
    assert speculation(V3, Conditions(1, 1, draft_tokens=1)) == (1, pytest.approx(1.8))
    assert speculation(V3, Conditions(1, 1, draft_tokens=2)) == (2, pytest.approx(1 + 0.8 + 0.64))
    assert speculation(architecture("kimi-k2"), Conditions(1, 1)) == (0.0, 1.0)
    assert speculation(V3, Conditions(1, 1, draft_tokens=1, accept_length=1.6)) == (1, 1.6)


def test_every_draft_repeats_part_of_the_fixed_time_and_every_query_is_sampled() -> None:
    for drafts in (0, 3):
        asked = Conditions(4096, 512, kv_tokens=4096, draft_tokens=drafts, accept_length=1.0)
        given = setting("h200", "decode", 8, asked)
        fixed = decode_step(V3, given, one(4.0)).split["fixed"]
        repeated = DRAFT_SHARE * drafts
        sampled = 4.0 * given.request_s * (1 + drafts + repeated)
        assert fixed == pytest.approx(given.step_s * (1 + repeated) + sampled)


def test_published_balancedness_is_interpolated() -> None:
    assert published_balancedness(32) == pytest.approx(0.80)
    assert published_balancedness(8, "plain") == pytest.approx(0.67)
    assert 0.80 < published_balancedness(24) < 0.90


def test_options_refuse_ragged_columns() -> None:
    from kernels import KernelError

    with pytest.raises(KernelError, match=r"recipe has 2 entries.*"):
        options("h800", "decode", 8, recipe=("fp8", "bf16"))
    with pytest.raises(KernelError, match="unknown role 'train'"):
        options("h800", "train", 8)
    with pytest.raises(KernelError, match="at least 1"):
        options("h800", "decode", 0)


def test_every_kind_of_measured_kernel_is_predicted_within_the_bar() -> None:
    """A total that is right because its terms err in turn shows here: GEMMs, experts, attention and layers apart."""
    errors = errors_by_kind(single_terms())
    assert {kind: found["terms"] for kind, found in errors.items()} == {
        "decode attention": 140,
        "decode layer": 140,
        "experts": 72,
        "gemm": 128,
        "layer GEMMs": 140,
        "prefill attention": 6,
    }
    assert all(found["median"] <= 0.15 for found in errors.values())
    assert all(0.85 <= found["bias"] <= 1.15 for found in errors.values())
