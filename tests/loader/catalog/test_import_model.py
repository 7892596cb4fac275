"""A model's config.json becomes an entry of the catalog: families, faults with their places, and on to a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import kernels
import planner
from kernels.facts import OWN
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.loader.catalog.models import import_model
from planner.loader.catalog.models.families import FAMILIES
from tests.loader.catalog.question import question

LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
    "vocab_size": 128256,
    "rope_theta": 500000.0,
}
PERIOD = ["linear_attention"] * 3 + ["full_attention"]
CONFIGS: dict[str, dict[str, Any]] = {  # the shipped entry, and the configuration it must come from
    "llama-3.1-8b": LLAMA,
    "mixtral-8x7b": {
        "model_type": "mixtral",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_experts_per_tok": 2,
        "num_hidden_layers": 32,
        "num_key_value_heads": 8,
        "num_local_experts": 8,
        "output_router_logits": False,
        "sliding_window": None,
        "tie_word_embeddings": False,
        "vocab_size": 32000,
    },
    "gpt-oss-20b": {
        "model_type": "gpt_oss",
        "experts_per_token": 4,
        "head_dim": 64,
        "hidden_size": 2880,
        "intermediate_size": 2880,
        "layer_types": ["sliding_attention", "full_attention"] * 12,
        "num_attention_heads": 64,
        "num_experts_per_tok": 4,
        "num_hidden_layers": 24,
        "num_key_value_heads": 8,
        "num_local_experts": 32,
        "sliding_window": 128,
        "tie_word_embeddings": False,
        "vocab_size": 201088,
    },
    "qwen3-30b-a3b": {
        "model_type": "qwen3_moe",
        "decoder_sparse_step": 1,
        "head_dim": 128,
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "max_window_layers": 48,
        "mlp_only_layers": [],
        "moe_intermediate_size": 768,
        "num_attention_heads": 32,
        "num_experts": 128,
        "num_experts_per_tok": 8,
        "num_hidden_layers": 48,
        "num_key_value_heads": 4,
        "sliding_window": None,
        "tie_word_embeddings": False,
        "use_sliding_window": False,
        "vocab_size": 151936,
    },
    "qwen3.5-397b-a17b": {
        "model_type": "qwen3_5_moe",
        "tie_word_embeddings": False,
        "vision_config": {"num_heads": 16},
        "text_config": {
            "model_type": "qwen3_5_moe_text",
            "attn_output_gate": True,
            "full_attention_interval": 4,
            "head_dim": 256,
            "hidden_size": 4096,
            "layer_types": PERIOD * 15,
            "linear_conv_kernel_dim": 4,
            "linear_key_head_dim": 128,
            "linear_num_key_heads": 16,
            "linear_num_value_heads": 64,
            "linear_value_head_dim": 128,
            "mamba_ssm_dtype": "float32",
            "mlp_only_layers": [],
            "moe_intermediate_size": 1024,
            "mtp_num_hidden_layers": 1,
            "num_attention_heads": 32,
            "num_experts": 512,
            "num_experts_per_tok": 10,
            "num_hidden_layers": 60,
            "num_key_value_heads": 2,
            "shared_expert_intermediate_size": 1024,
            "vocab_size": 248320,
        },
    },
    "glm-5": {
        "model_type": "glm_moe_dsa",
        "first_k_dense_replace": 3,
        "head_dim": 64,
        "hidden_size": 6144,
        "index_head_dim": 128,
        "index_n_heads": 32,
        "index_topk": 2048,
        "intermediate_size": 12288,
        "kv_lora_rank": 512,
        "moe_intermediate_size": 2048,
        "moe_layer_freq": 1,
        "n_group": 1,
        "n_routed_experts": 256,
        "n_shared_experts": 1,
        "num_attention_heads": 64,
        "num_experts_per_tok": 8,
        "num_hidden_layers": 78,
        "num_key_value_heads": 64,
        "num_nextn_predict_layers": 1,
        "q_lora_rank": 2048,
        "qk_head_dim": 256,
        "qk_nope_head_dim": 192,
        "qk_rope_head_dim": 64,
        "tie_word_embeddings": False,
        "topk_group": 1,
        "v_head_dim": 256,
        "vocab_size": 154880,
    },
    "deepseek-v4-flash": {
        "model_type": "deepseek_v4",
        "compress_ratios": [0, 0, *[4, 128] * 20, 4, 0],
        "expert_dtype": "fp4",
        "head_dim": 512,
        "hidden_size": 4096,
        "index_head_dim": 128,
        "index_n_heads": 64,
        "index_topk": 512,
        "moe_intermediate_size": 2048,
        "n_routed_experts": 256,
        "n_shared_experts": 1,
        "num_attention_heads": 64,
        "num_experts_per_tok": 6,
        "num_hash_layers": 3,
        "num_hidden_layers": 43,
        "num_key_value_heads": 1,
        "num_nextn_predict_layers": 1,
        "o_groups": 8,
        "o_lora_rank": 1024,
        "q_lora_rank": 1024,
        "qk_rope_head_dim": 64,
        "sliding_window": 128,
        "tie_word_embeddings": False,
        "vocab_size": 129280,
    },
    "nemotron-3-nano-30b-a3b": {
        "model_type": "nemotron_h",
        "conv_kernel": 4,
        "head_dim": 128,
        "hidden_size": 2688,
        "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
        "intermediate_size": 1856,
        "mamba_head_dim": 64,
        "mamba_num_heads": 64,
        "mamba_ssm_cache_dtype": "float32",
        "moe_intermediate_size": 1856,
        "moe_shared_expert_intermediate_size": 3712,
        "n_group": 1,
        "n_groups": 8,
        "n_routed_experts": 128,
        "n_shared_experts": 1,
        "num_attention_heads": 32,
        "num_experts_per_tok": 6,
        "num_hidden_layers": 52,
        "num_key_value_heads": 2,
        "sliding_window": None,
        "ssm_state_size": 128,
        "tie_word_embeddings": False,
        "topk_group": 1,
        "vocab_size": 131072,
    },
    "gemma-4-26b-a4b": {
        "model_type": "gemma4",
        "tie_word_embeddings": True,
        "text_config": {
            "model_type": "gemma4_text",
            "attention_k_eq_v": True,
            "enable_moe_block": True,
            "global_head_dim": 512,
            "head_dim": 256,
            "hidden_size": 2816,
            "hidden_size_per_layer_input": 0,
            "intermediate_size": 2112,
            "layer_types": [*["sliding_attention"] * 5, "full_attention"] * 5,
            "moe_intermediate_size": 704,
            "num_attention_heads": 16,
            "num_experts": 128,
            "num_global_key_value_heads": 2,
            "num_hidden_layers": 30,
            "num_key_value_heads": 8,
            "num_kv_shared_layers": 0,
            "sliding_window": 1024,
            "top_k_experts": 8,
            "vocab_size": 262144,
        },
    },
}


def written(folder: Path, config: Any, name: str = "config.json") -> Path:
    file = folder / name
    file.write_text(config if isinstance(config, str) else json.dumps(config, indent=2))
    return file


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_configuration_gives_the_shipped_shapes(tmp_path: Path, name: str) -> None:
    made = kernels.Architecture.from_dict(import_model(written(tmp_path, CONFIGS[name]), name))
    shipped = replace(kernels.architecture(name), title=name)
    assert made == shipped


@pytest.mark.parametrize(
    ("changes", "figures"),
    [
        ({"model_type": "mistral", "sliding_window": 4096}, {"sliding_layers": 32, "sliding_window": 4096}),
        ({"model_type": "qwen2", "use_sliding_window": False, "sliding_window": 9}, {"sliding_layers": 0}),
        ({"tie_word_embeddings": True}, {"tied_embeddings": True}),
        ({"num_key_value_heads": None}, {"kv_heads": 32}),
        (
            {"model_type": "gemma3_text", "sliding_window": 1024, "head_dim": 256},
            {"sliding_layers": 27, "head_size": 256},
        ),
    ],
)
def test_keys_that_change_a_dense_model(
    tmp_path: Path, changes: dict[str, Any], figures: dict[str, Any]
) -> None:
    made = kernels.Architecture.from_dict(import_model(written(tmp_path, LLAMA | changes), "mine"))
    assert {key: getattr(made, key) for key in figures} == figures


def test_the_name_is_that_of_the_folder_or_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "Our-8B"
    folder.mkdir()
    assert import_model(written(folder, LLAMA))["name"] == "our-8b"
    assert import_model(written(tmp_path, LLAMA, "House_config.json"))["name"] == "house"
    with pytest.raises(InstanceError, match="'Our 8B' must be of small letters"):
        import_model(written(tmp_path, LLAMA), "Our 8B")


def test_faults_are_reported_all_at_once_with_their_places(tmp_path: Path) -> None:
    config = {key: value for key, value in LLAMA.items() if key != "vocab_size"}
    config |= {"hidden_size": "wide", "num_hidden_layers": -1, "attention_latent_size": 64}
    with pytest.raises(InstanceError) as told:
        import_model(written(tmp_path, config), "mine")
    text = str(told.value)
    assert len(told.value.faults) == 4
    assert "config.json:6:18: hidden_size: must be a whole number, 0 or more, got 'wide'" in text
    assert "config.json:9:24: num_hidden_layers: must be a whole number" in text
    assert "vocab_size: is missing, and a llama model cannot be sized without" in text
    assert "attention_latent_size: is not understood in a llama model" in text


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("not: [json", "config.json:"),
        ([1, 2], "no mapping of keys to figures"),
        (LLAMA | {"model_type": "lama"}, "'lama' is a family that is not known; did you mean llama"),
        ({}, "model_type: '' is a family that is not known; known: deepseek_v2"),
        (LLAMA | {"sliding_window": 4096}, "sliding_window: is not understood in a llama model"),
        (
            CONFIGS["glm-5"] | {"moe_layer_freq": 2},
            "moe_layer_freq: 2 is not understood in a glm_moe_dsa model",
        ),
        (
            CONFIGS["mixtral-8x7b"] | {"num_local_experts": 0},
            "layers beyond dense_layers need routed_experts",
        ),
        (
            CONFIGS["nemotron-3-nano-30b-a3b"] | {"hybrid_override_pattern": "M-*E"},
            r"hybrid_override_pattern: must list mamba \(M\), attention \(\*\) and moe \(E\), got \['mlp'\]",
        ),
        (
            CONFIGS["deepseek-v4-flash"] | {"compress_ratios": [4, 64]},
            "compress_ratios: must list 0, 4 or 128 for every layer",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, config: Any, message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        import_model(written(tmp_path, config), "mine")


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"nowhere.json: cannot read the file"):
        import_model(tmp_path / "nowhere.json", "mine")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_tells_what_an_empty_file_lacks(tmp_path: Path, family: str) -> None:
    with pytest.raises(InstanceError, match="num_attention_heads: is missing"):
        import_model(written(tmp_path, {"model_type": family}), "mine")


QUESTION = question("our-8b", "h100", {"price_usd_per_gpu_hour": 2.0})


def test_an_imported_model_is_listed_rated_and_planned_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "ours" / "architectures" / "our-8b.yaml"
    done = CliRunner().invoke(
        app, ["catalog", "import-model", str(written(tmp_path, LLAMA)), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert yaml.safe_load(out.read_text())["source"] == "imported from config.json, model_type llama"
    monkeypatch.setenv(OWN, str(tmp_path / "ours"))
    assert "our-8b" in CliRunner().invoke(app, ["catalog", "models"]).stdout
    file = written(tmp_path, QUESTION, "own.yaml")
    rated = CliRunner().invoke(app, ["rates", str(file)])
    assert rated.exit_code == 0, rated.output
    assert "h100" in rated.stdout
    plan = planner.solve(planner.load(file), planner.SolveOptions(relative_gap=0.0))
    assert plan.usable
    same = planner.load(file, {"workloads.chat.model": "llama-3.1-8b"})
    assert planner.solve(same, planner.SolveOptions(relative_gap=0.0)).cost == pytest.approx(plan.cost)


def test_a_file_must_have_the_name_of_its_model(tmp_path: Path) -> None:
    words = ["catalog", "import-model", str(written(tmp_path, LLAMA)), "--name", "our-8b"]
    printed = CliRunner().invoke(app, words)
    assert yaml.safe_load(printed.stdout)["name"] == "our-8b"
    refused = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "other.yaml")])
    assert isinstance(refused.exception, InstanceError)
    assert not (tmp_path / "other.yaml").exists()
