"""Parameters, FLOPs and cache bytes against what the models' authors publish."""

from __future__ import annotations

import numpy as np
import pytest

from kernels import (
    Architecture,
    Conditions,
    KernelError,
    Options,
    accelerator,
    architecture,
    architecture_names,
    operating_points,
)
from kernels.facts import figure, read


@pytest.mark.parametrize("name", architecture_names())
def test_parameters_reproduce_the_published_total(name: str) -> None:
    published = read("architectures", name)["published"]
    total = figure(published["parameters_total"])
    digits = 0.03 if name == "kimi-k2" else 0.02  # "1T" against 1.026T; the others name two digits or three
    assert architecture(name).parameters_total == pytest.approx(total, rel=digits)


@pytest.mark.parametrize("name", architecture_names())
def test_every_file_names_its_source_and_every_null_its_reason(name: str) -> None:
    entry = read("architectures", name)
    assert entry["source"]
    facts = [fact for fact in (entry | entry["published"]).values() if isinstance(fact, dict)]
    for fact in (fact for fact in facts if "value" in fact):
        assert fact.get("reason" if fact["value"] is None else "source"), fact


@pytest.mark.parametrize("name", architecture_names())
def test_active_parameters_lie_between_counting_no_table_and_both(name: str) -> None:
    model = architecture(name)
    published = figure(read("architectures", name)["published"]["parameters_active"])
    assert published is not None
    least = model.parameters_active - model.embedding_tables * model.embedding_parameters
    assert least <= published * 1.02 or round(least / 1e9) == round(published / 1e9)  # "3B" is a whole number
    assert published <= model.parameters_active * 1.03


def test_kinds_of_layers_have_the_parameters_of_their_projections() -> None:
    plain = {
        "name": "mine",
        "attention": "gqa",
        "layers": 4,
        "dense_layers": 4,
        "hidden_size": 100,
        "attention_heads": 8,
        "kv_heads": 2,
        "head_size": 16,
        "value_head_size": 16,
        "vocabulary": 10,
    }

    def mixers(**changes: object) -> int:
        return Architecture.from_dict(plain | changes).mixer_parameters

    whole = 100 * 16 * (8 + 8 + 2 + 2)
    assert mixers() == 4 * whole
    assert mixers(gated_attention=True) == 4 * (whole + 100 * 16 * 8)
    assert mixers(shared_key_value=True) == 4 * (whole - 100 * 16 * 2)
    near = 100 * 8 * (8 + 8 + 4 + 4)
    windows = {"sliding_layers": 3, "sliding_window": 9, "sliding_kv_heads": 4, "sliding_head_size": 8}
    assert mixers(**windows) == whole + 3 * near
    linear = {"linear_layers": 3, "linear_key_heads": 2, "linear_value_heads": 4, "linear_head_size": 8}
    assert mixers(**linear) == whole + 3 * 100 * (16 + 16 + 32 + 32 + 8 + 32)
    space = {
        "state_space_layers": 3,
        "state_space_heads": 4,
        "state_space_head_size": 8,
        "state_space_size": 16,
    }
    assert mixers(**space) == whole + 3 * 100 * (32 + 32 + 16 + 16 + 4 + 32)
    sparse = {"selected_tokens": 5, "indexer_heads": 3, "indexer_size": 8, "indexer_key_bytes": 12}
    assert mixers(**sparse) == 4 * (whole + 100 * 8 * 4)
    assert mixers(**sparse, selecting_layers=3, indexer_layers=2) == 4 * whole + 2 * 100 * 8 * 4


@pytest.mark.parametrize("name", architecture_names())
def test_every_shipped_model_is_rated_where_it_fits(name: str) -> None:
    rack = Options((accelerator("gb300_nvl72"),), ("colocated",), np.array([64 if "v4-pro" in name else 32]))
    points = operating_points(architecture(name), rack, Conditions(2000, 500))
    assert points.reason == ("",)
    assert points.decode_tokens_per_s[0] > 0


def test_what_nobody_published_refuses_the_model_with_every_reason() -> None:
    entry = dict(read("architectures", "qwen3-8b"))
    entry["kv_heads"] = {"value": None, "reason": "the report leaves it open"}
    entry["vocabulary"] = {"value": None, "reason": "no tokenizer yet"}
    with pytest.raises(
        KernelError, match=r"cannot be rated, not published: .*kv_heads \(the report leaves it open\)"
    ):
        Architecture.from_dict(entry)
    with pytest.raises(KernelError, match=r"not published: layers \(a preview\)"):
        Architecture.from_dict(
            read("architectures", "qwen3-8b") | {"layers": {"value": None, "reason": "a preview"}}
        )
    entry["kv_heads"] = {"value": 8, "source": "config"}
    entry["vocabulary"] = {"value": 151936, "source": "config"}
    assert Architecture.from_dict(entry) == architecture("qwen3-8b")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 0, "dense_layers": 0}, "layers must be 1 or more"),
        ({"sliding_layers": 3}, "sliding_layers needs sliding_window"),
        (
            {"linear_layers": 40, "linear_key_heads": 1, "linear_value_heads": 1, "linear_head_size": 1},
            "more than",
        ),
        ({"dense_layers": 37}, "dense_layers = 37 are more than layers"),
        ({"dense_layers": 30}, "layers beyond dense_layers need routed_experts"),
        ({"selecting_layers": 2}, "selecting_layers needs selected_tokens"),
        ({"attention": "mla"}, "mla needs query_latent_size; mla needs kv_latent_size"),
        ({"gated_attention": 1}, "gated_attention must be true or false"),
    ],
)
def test_kinds_that_do_not_fit_are_reported(changes: dict[str, object], message: str) -> None:
    with pytest.raises(KernelError, match=message):
        Architecture.from_dict(read("architectures", "qwen3-8b") | changes)


@pytest.mark.parametrize(
    ("name", "kv_bytes"), [("deepseek-v3", 70_272), ("qwen2.5-72b", 327_680), ("llama-3.1-405b", 516_096)]
)
def test_cache_bytes_per_token_are_the_published_ones(name: str, kv_bytes: int) -> None:
    model = architecture(name)
    assert 2 * model.layers * model.kv_elements_per_token_layer == kv_bytes  # arXiv 2505.09343, table 1


def test_deepseek_v3_by_hand() -> None:
    model = architecture("deepseek-v3")
    assert model.parameters_total == 671_025_397_760
    assert model.attention_parameters == 187_105_280
    assert model.expert_parameters == 3 * 7168 * 2048
    assert model.decode_flops_per_pair == 2 * 128 * (576 + 512)
    assert model.prefill_flops_per_pair == 2 * 128 * (192 + 128)
    assert 2 * (model.parameters_active - model.embedding_parameters) == 73_249_193_984


def test_gqa_attends_with_key_and_value_heads() -> None:
    model = architecture("llama-3.1-70b")
    assert model.decode_flops_per_pair == model.prefill_flops_per_pair == 4 * 64 * 128
    assert model.attention_parameters == 2 * 8192 * 128 * (64 + 8)


def test_faults_come_all_at_once_and_names_are_suggested() -> None:
    with pytest.raises(KernelError, match=r"unknown key 'heads'.*missing 'layers'.*mla or gqa"):
        Architecture.from_dict({"name": "mine", "heads": 3, "attention": "linear"})
    with pytest.raises(KernelError, match="did you mean deepseek-v3"):
        architecture("deepseek-v33")
