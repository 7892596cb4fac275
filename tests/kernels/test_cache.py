"""Bytes of cache and state by kind of layer, against sums by hand and what the models' authors publish."""

from __future__ import annotations

import numpy as np
import pytest

from kernels import Architecture, architecture
from kernels.cache import attended_flops, entries, kept_bytes, read_bytes, state_bytes
from kernels.terms.attention import attended_tokens, state_flops

PLAIN = {
    "name": "mine",
    "attention": "gqa",
    "layers": 12,
    "dense_layers": 12,
    "hidden_size": 1024,
    "attention_heads": 8,
    "kv_heads": 2,
    "head_size": 64,
    "value_head_size": 64,
    "dense_hidden_size": 4096,
    "vocabulary": 1000,
}


def of(**changes: object) -> Architecture:
    return Architecture.from_dict(PLAIN | changes)


def at(tokens: float) -> np.ndarray:
    return np.array([[tokens]])


def test_grouped_queries_keep_keys_and_values_of_every_token() -> None:
    assert kept_bytes(of(), at(1000.0), 2.0)[0, 0] == 12 * 1000 * 2 * 2 * 64 * 2
    assert kept_bytes(of(), at(1000.0), 2.0, 2.0)[0, 0] == 12 * 1000 * 2 * 2 * 64 * 2 / 2
    assert (
        kept_bytes(of(), at(1000.0), 2.0, 8.0)[0, 0] == 12 * 1000 * 2 * 2 * 64 * 2 / 2
    )  # two heads, no more


def test_windows_keep_the_last_tokens_only_with_heads_of_their_own() -> None:
    model = of(sliding_layers=10, sliding_window=512, sliding_kv_heads=4, sliding_head_size=32)
    near, far = 10 * 2 * 4 * 32, 2 * 2 * 2 * 64
    assert kept_bytes(model, at(300.0), 1.0)[0, 0] == 300 * (near + far)
    assert kept_bytes(model, at(2048.0), 1.0)[0, 0] == 512 * near + 2048 * far
    flops = 4 * 8 * (10 * 512 * 32 + 2 * 2048 * 64)
    assert attended_flops(model, at(2048.0))[0, 0] == flops
    assert attended_tokens(model, at(2048.0))[0, 0] == pytest.approx(flops / (12 * 4 * 8 * 64))


def test_linear_layers_keep_a_state_that_does_not_grow() -> None:
    model = of(linear_layers=9, linear_key_heads=4, linear_value_heads=8, linear_head_size=32)
    state = 8 * 32 * 32 * 2 + 3 * (4 + 4 + 8) * 32 * 2  # a square a head, three inputs of the convolution
    assert state_bytes(model) == 9 * state
    assert state_bytes(model, 4.0) == 9 * state / 4
    assert kept_bytes(model, at(1000.0), 2.0)[0, 0] == 3 * 1000 * 2 * 2 * 64 * 2
    grown = read_bytes(model, at(2000.0), 2.0) - read_bytes(model, at(1000.0), 2.0)
    assert grown[0, 0] == 3 * 1000 * 2 * 2 * 64 * 2
    assert read_bytes(model, at(0.0), 2.0)[0, 0] == 2 * 9 * state  # read and written
    drafting = read_bytes(model, at(1000.0), 2.0, queries=4.0) - read_bytes(model, at(1000.0), 2.0)
    assert (
        drafting[0, 0] == 3 * 9 * state
    )  # entries and the state are read once, a state written behind each query
    assert state_flops(model) == 9 / 12 * 6 * 8 * 32 * 32


def test_state_space_layers_likewise() -> None:
    model = of(
        state_space_layers=8,
        state_space_heads=16,
        state_space_head_size=32,
        state_space_size=64,
        state_space_groups=2,
        state_element_bytes=4,
    )
    state = 16 * 32 * 64 * 4 + 3 * (16 * 32 + 2 * 2 * 64) * 2
    assert state_bytes(model) == 8 * state
    assert state_bytes(model, 8.0) == 8 * state / 2  # as many groups as there are
    assert state_flops(model) == 8 / 12 * 4 * 16 * 32 * 64


def test_selection_bounds_what_is_read_and_its_keys_are_kept() -> None:
    sparse = {"selected_tokens": 256, "indexer_heads": 4, "indexer_size": 32, "indexer_key_bytes": 36}
    model = of(**sparse, selecting_layers=8, indexer_layers=4)
    token = 2 * 2 * 64
    assert kept_bytes(model, at(1000.0), 1.0)[0, 0] == 1000 * (12 * token + 4 * 36)
    assert read_bytes(model, at(1000.0), 1.0)[0, 0] == 1000 * (4 * token + 4 * 36) + 256 * 8 * token
    assert read_bytes(model, at(100.0), 1.0)[0, 0] == kept_bytes(model, at(100.0), 1.0)[0, 0]


def test_compressed_layers_keep_an_entry_for_several_tokens_and_a_window() -> None:
    model = architecture("deepseek-v4-flash")
    kept = 1_048_576 * (21 / 4 * 512 + 20 / 128 * 512 + 21 / 4 * 132) + 43 * 128 * 512
    assert kept_bytes(model, at(1_048_576.0), 1.0)[0, 0] == pytest.approx(kept)
    read = 21 * 512 * 512 + 20 * 8192 * 512 + 43 * 128 * 512 + 21 * 262_144 * 132
    assert read_bytes(model, at(1_048_576.0), 1.0)[0, 0] == pytest.approx(read)


@pytest.mark.parametrize(("name", "share"), [("deepseek-v4-pro", 0.10), ("deepseek-v4-flash", 0.07)])
def test_deepseek_v4_keeps_the_published_share_of_the_cache_of_v3_2(name: str, share: float) -> None:
    """Model cards: 10 % and 7 % at a million tokens, with four-bit keys of the indexer, here of eight bits."""
    ours = kept_bytes(architecture(name), at(1e6), 1.0) / kept_bytes(
        architecture("deepseek-v3.2"), at(1e6), 1.0
    )
    assert share <= ours[0, 0] <= share + 0.02


@pytest.mark.parametrize(
    ("name", "bytes_per_token"),
    [
        ("llama-3.1-8b", 131_072),  # 2 x 32 layers x 8 heads x 128 x 2 bytes
        ("gpt-oss-20b", 24_576),  # 12 of 24 layers, beyond the window
        ("qwen3-next-80b-a3b", 24_576),  # 12 of 48 layers, 2 heads of 256
        ("qwen3.5-397b-a17b", 30_720),  # 15 of 60 layers, 2 heads of 256
        ("nemotron-3-nano-30b-a3b", 6_144),  # 6 layers, 2 heads of 128
        ("gemma-3-27b", 81_920),  # 10 of 62 layers, 16 heads of 128
        ("gemma-4-31b", 81_920),  # 10 of 60 layers, 4 heads of 512
        ("glm-4.5", 376_832),  # 92 layers, 8 heads of 128
        ("minimax-m2.5", 253_952),  # 62 layers, 8 heads of 128
        ("kimi-k2.5", 70_272),  # 61 layers of 512 + 64
        ("glm-5", 78 * (1152 + 132)),  # and a key of the indexer in each layer
        ("glm-5.2", 78 * 1152 + 21 * 132),
    ],
)
def test_a_further_token_of_a_long_context_costs_so_many_bytes(name: str, bytes_per_token: int) -> None:
    model = architecture(name)
    one = kept_bytes(model, at(100_001.0), 2.0) - kept_bytes(model, at(100_000.0), 2.0)
    assert one[0, 0] == pytest.approx(bytes_per_token)


def test_every_layer_is_of_one_kind() -> None:
    for name in ("llama-4-scout", "minimax-m3", "gemma-4-26b-a4b", "deepseek-v3.2"):
        model = architecture(name)
        assert sum(kind.layers for kind in entries(model)) == model.layers
