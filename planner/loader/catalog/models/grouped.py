"""Families with grouped queries: dense ones, mixtures of experts, windows in some layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.models.parts import deepseek_mixture, drafts, grouped, mixture, trunk, windows

if TYPE_CHECKING:
    from planner.loader.catalog.models.config import Config
    from planner.loader.catalog.models.parts import Figures


def dense(config: Config) -> Figures:
    """Grouped queries and one feed-forward block a layer: Llama, Mistral, Qwen2, Qwen3."""
    figures = grouped(config)
    return figures | {
        "dense_layers": figures["layers"],
        "dense_hidden_size": config.count("intermediate_size"),
    }


def mixtral(config: Config) -> Figures:
    """Experts of the size of a feed-forward block in every layer: Mixtral, MiniMax-M2."""
    return (
        grouped(config)
        | {
            "dense_layers": 0,
            "routed_experts": config.count("num_local_experts", "num_experts"),
            "experts_per_token": config.count("num_experts_per_tok"),
            "expert_hidden_size": config.count("intermediate_size"),
        }
        | drafts(config)
    )


def minimax_m2(config: Config) -> Figures:
    """As Mixtral; a shared expert is written down and left out by all published sizes."""
    config.expect("shared_intermediate_size", 0)
    config.every("attn_type_list", "1")
    return mixtral(config)


def gpt_oss(config: Config) -> Figures:
    """As Mixtral, with windows in every other layer."""
    config.beside_the_point("experts_per_token")
    return mixtral(config) | windows(config, every=2)


def qwen3_moe(config: Config) -> Figures:
    """Qwen3 mixtures: experts in every layer but those named."""
    figures = grouped(config)
    return figures | mixture(config, figures["layers"])


def glm4_moe(config: Config) -> Figures:
    """GLM-4.5 to 4.7: grouped queries, then the mixture of DeepSeek."""
    config.expect("n_group", 1)
    return grouped(config) | deepseek_mixture(config)


def llama4(config: Config) -> Figures:
    """Llama 4: a shared expert beside one routed, in every layer or every other; chunks in three of four layers."""
    figures = grouped(config)
    layers, step = figures["layers"], max(config.count("interleave_moe_layer_step", default=1), 1)
    rotary = config.words("no_rope_layers")
    near = sum(word != "0" for word in rotary) if rotary else layers - layers // 4
    config.beside_the_point("moe_layers", "no_rope_layer_interval", "layer_types", "attn_temperature_tuning")
    config.beside_the_point("attn_scale", "floor_scale")
    return figures | {
        "dense_layers": layers - layers // step,
        "dense_hidden_size": config.count("intermediate_size_mlp"),
        "routed_experts": config.count("num_local_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "shared_experts": 1,
        "expert_hidden_size": config.count("intermediate_size"),
        "sliding_layers": near,
        "sliding_window": config.count("attention_chunk_size"),
    }


def gemma3(config: Config) -> Figures:
    """Gemma 3: five layers with windows for one without, tied embeddings."""
    figures = dense(config) | {"tied_embeddings": config.flag("tie_word_embeddings", True)}
    return figures | windows(config, every=config.count("sliding_window_pattern", default=6))


def gemma4(config: Config) -> Figures:
    """Gemma 4: heads of another size without window, keys taken as values there, experts beside a dense block."""
    layers, heads = config.count("num_hidden_layers"), config.count("num_attention_heads")
    near_size, near_heads = config.count("head_dim"), config.count("num_key_value_heads")
    shared = config.flag("attention_k_eq_v", False)
    size = config.count("global_head_dim", default=near_size)
    for key in ("hidden_size_per_layer_input", "num_kv_shared_layers"):
        config.expect(key, 0)
    config.expect("use_double_wide_mlp", False)
    config.beside_the_point("vocab_size_per_layer_input", "expert_intermediate_size", "enable_moe_block")
    figures = (
        trunk(config)
        | windows(config, every=6)
        | {
            "attention": "gqa",
            "attention_heads": heads,
            "kv_heads": config.count("num_global_key_value_heads", default=near_heads)
            if shared
            else near_heads,
            "head_size": size,
            "value_head_size": size,
            "shared_key_value": shared,
            "sliding_kv_heads": near_heads,
            "sliding_head_size": near_size,
            "tied_embeddings": config.flag("tie_word_embeddings", True),
        }
    )
    block = config.count("intermediate_size")
    if not config.flag("enable_moe_block", False):
        config.beside_the_point("num_experts", "top_k_experts", "moe_intermediate_size")
        return figures | {"dense_layers": layers, "dense_hidden_size": block}
    return figures | {
        "dense_layers": 0,
        "routed_experts": config.count("num_experts"),
        "experts_per_token": config.count("top_k_experts"),
        "expert_hidden_size": config.count("moe_intermediate_size"),
        "shared_experts": 1,
        "shared_expert_hidden_size": block,
    }
