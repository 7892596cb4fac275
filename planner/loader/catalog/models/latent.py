"""Families whose heads share what they cache, and families that select what they attend to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.models.parts import deepseek_mixture, grouped, latent, trunk

if TYPE_CHECKING:
    from planner.loader.catalog.models.config import Config
    from planner.loader.catalog.models.parts import Figures


def deepseek(config: Config) -> Figures:
    """DeepSeek-V2 and V3, Kimi K2: latent attention and a mixture after the first layers."""
    return latent(config) | deepseek_mixture(config)


def deepseek_sparse(config: Config) -> Figures:
    """DeepSeek-V3.2 and GLM-5: an indexer selects what latent attention sees."""
    kinds = config.words("indexer_types")
    config.beside_the_point("index_share_for_mtp_iteration", "index_topk_freq", "index_skip_topk_offset")
    config.beside_the_point("indexer_rope_interleave", "mlp_layer_types", "head_dim", "num_experts")
    config.every("layer_types", "deepseek_sparse_attention")
    config.expect("index_topk_pattern", None)
    size = config.count("index_head_dim")
    return deepseek(config) | {
        "selected_tokens": config.count("index_topk"),
        "indexer_layers": kinds.count("full"),
        "indexer_heads": config.count("index_n_heads"),
        "indexer_size": size,
        "indexer_key_bytes": size + 4,
    }


def deepseek_v4(config: Config) -> Figures:
    """DeepSeek-V4: windows beside entries for 4 or 128 tokens, one vector being key and value of all heads."""
    layers, size = config.count("num_hidden_layers"), config.count("head_dim")
    ratios = [int(word) for word in config.words("compress_ratios") if word.isdigit()][:layers]
    if len(ratios) < layers or not {0, 4, 128}.issuperset(ratios):
        config.fault("compress_ratios", "must list 0, 4 or 128 for every layer")
    indexer = config.count("index_head_dim")
    config.beside_the_point("num_hash_layers", "compress_rope_theta", "expert_dtype", "qk_rope_head_dim")
    return trunk(config) | {
        "attention": "compressed",
        "attention_heads": config.count("num_attention_heads"),
        "head_size": size,
        "value_head_size": size,
        "query_latent_size": config.count("q_lora_rank"),
        "output_groups": config.count("o_groups"),
        "output_latent_size": config.count("o_lora_rank"),
        "sliding_layers": ratios.count(0),
        "sliding_window": config.count("sliding_window"),
        "csa_layers": ratios.count(4),
        "csa_ratio": 4 if 4 in ratios else 0,
        "hca_layers": ratios.count(128),
        "hca_ratio": 128 if 128 in ratios else 0,
        "selected_tokens": config.count("index_topk"),
        "indexer_heads": config.count("index_n_heads"),
        "indexer_size": indexer,
        "indexer_key_bytes": indexer + 4,
        "dense_layers": 0,
        "routed_experts": config.count("n_routed_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "shared_experts": config.count("n_shared_experts"),
        "expert_hidden_size": config.count("moe_intermediate_size"),
        "mtp_layers": config.count("num_nextn_predict_layers", default=0),
    }


def minimax_m3(config: Config) -> Figures:
    """MiniMax-M3: grouped queries over selected blocks, the keys of the indexer in the width of the cache."""
    sparse = config.part("sparse_attention_config")
    freq = [int(word) for word in config.words("moe_layer_freq")]
    layers = config.count("num_hidden_layers")
    figures = grouped(config)
    names = ("sparse_num_index_heads", "sparse_index_dim", "sparse_topk_blocks", "sparse_block_size")
    given = [value for value in map(sparse.get, names) if isinstance(value, int)]
    chosen = sparse.get("sparse_attention_freq")
    if len(given) < len(names) or not isinstance(chosen, list):
        config.fault("sparse_attention_config", f"must give {', '.join(names)} and sparse_attention_freq")
        return figures
    heads, size, blocks, block = given
    selecting = sum(one == 1 for one in chosen)
    config.beside_the_point("moe_intermediate_size", "first_k_dense_replace", "shared_intermediate_size")
    config.expect("attention_output_gate", False)
    return figures | {
        "dense_layers": freq.count(0) if freq else 0,
        "dense_hidden_size": config.count("dense_intermediate_size"),
        "selected_tokens": blocks * block,
        "selecting_layers": selecting,
        "indexer_layers": selecting,
        "indexer_heads": heads,
        "indexer_size": size,
        "indexer_key_bytes": 2 * size,
        "routed_experts": config.count("num_local_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "shared_experts": config.count("n_shared_experts", default=0),
        "expert_hidden_size": config.count("intermediate_size"),
        "mtp_layers": config.count("num_nextn_predict_layers", default=0),
        "layers": layers,
    }
