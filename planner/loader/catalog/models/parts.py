"""Parts that configurations of several families write down alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.loader.catalog.models.config import Config

Figures = dict[str, Any]

_NO_SIZE = (
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "initial_context_length",
    "layer_norm_epsilon",
    "max_window_layers",
    "moe_router_dtype",
    "moe_shared_expert_overlap",
    "norm_topk_prob",
    "num_logits_to_keep",
    "output_router_logits",
    "qk_head_dim",
    "query_pre_attn_scalar",
    "router_aux_loss_coef",
    "router_jitter_noise",
    "chunk_size_feed_forward",
    "use_qk_norm",
    "qk_norm_type",
    "pruned_heads",
    "num_key_value_heads",
)


def trunk(config: Config, layers: int | None = None) -> Figures:
    config.beside_the_point(*_NO_SIZE)
    return {
        "layers": config.count("num_hidden_layers") if layers is None else layers,
        "hidden_size": config.count("hidden_size"),
        "vocabulary": config.count("vocab_size"),
        "tied_embeddings": config.flag("tie_word_embeddings", False),
    }


def grouped(config: Config, layers: int | None = None) -> Figures:
    """Grouped queries; a window that is set without a list of layers holds in every layer."""
    figures, heads = trunk(config, layers), config.count("num_attention_heads")
    size = config.count("head_dim", default=figures["hidden_size"] // max(heads, 1))
    figures |= {
        "attention": "gqa",
        "attention_heads": heads,
        "kv_heads": config.count("num_key_value_heads", default=heads),
        "head_size": size,
        "value_head_size": size,
    }
    if config.family in ("mistral", "mixtral") and config.has("sliding_window"):
        figures |= {"sliding_layers": figures["layers"], "sliding_window": config.count("sliding_window")}
    if not config.flag("use_sliding_window", True):
        config.beside_the_point("sliding_window", "layer_types")
    return figures


def windows(config: Config, every: int) -> Figures:
    """Layers with a window: listed, or all but each `every`-th."""
    kinds, layers = config.words("layer_types"), config.count("num_hidden_layers")
    near = kinds.count("sliding_attention") if kinds else layers - layers // max(every, 1)
    return {"sliding_layers": near, "sliding_window": config.count("sliding_window")}


def latent(config: Config) -> Figures:
    heads = config.count("num_attention_heads")
    config.beside_the_point("num_key_value_heads")
    return trunk(config) | {
        "attention": "mla",
        "attention_heads": heads,
        "query_latent_size": config.count("q_lora_rank"),
        "kv_latent_size": config.count("kv_lora_rank"),
        "rope_head_size": config.count("qk_rope_head_dim"),
        "nope_head_size": config.count("qk_nope_head_dim"),
        "value_head_size": config.count("v_head_dim"),
    }


def deepseek_mixture(config: Config) -> Figures:
    config.expect("moe_layer_freq", 1)
    groups = config.count("n_group", default=0)
    grouped = {"expert_groups": groups, "groups_per_token": config.count("topk_group", default=0)}
    config.beside_the_point("topk_group")
    return {
        "dense_layers": config.count("first_k_dense_replace", default=0),
        "dense_hidden_size": config.count("intermediate_size"),
        "routed_experts": config.count("n_routed_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "shared_experts": config.count("n_shared_experts", default=0),
        "expert_hidden_size": config.count("moe_intermediate_size"),
        **(grouped if groups > 1 else {}),
    } | drafts(config)


def mixture(config: Config, layers: int) -> Figures:
    """Experts of their own size in every layer; the size of a dense block is written down and not used."""
    config.expect("decoder_sparse_step", 1)
    config.expect("mlp_only_layers", [])
    return {
        "dense_layers": 0,
        "routed_experts": config.count("num_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "expert_hidden_size": config.count("moe_intermediate_size"),
    }


def drafts(config: Config) -> Figures:
    used = config.flag("use_mtp", True)
    config.beside_the_point("mtp_transformer_layers", "num_mtp_modules")
    layers = config.count("num_nextn_predict_layers", "num_mtp_modules", default=0)
    return {"mtp_layers": layers if used else 0}
