"""Parameters, FLOPs and cache bytes against what the models' authors publish."""

from __future__ import annotations

import pytest

from kernels import Architecture, KernelError, architecture, architecture_names
from kernels.facts import figure, read


@pytest.mark.parametrize("name", architecture_names())
def test_parameters_reproduce_the_published_total(name: str) -> None:
    published = read("architectures", name)["published"]
    total = figure(published["parameters_total"])
    digits = 0.03 if name == "kimi-k2" else 0.006  # "1T" against 1.026T; the others name three digits
    assert architecture(name).parameters_total == pytest.approx(total, rel=digits)


@pytest.mark.parametrize("name", architecture_names())
def test_active_parameters_lie_between_counting_no_table_and_both(name: str) -> None:
    model = architecture(name)
    published = figure(read("architectures", name)["published"]["parameters_active"])
    assert published is not None
    assert model.parameters_active - 2 * model.embedding_parameters <= published * 1.02
    assert published <= model.parameters_active * 1.03


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
