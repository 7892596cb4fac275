"""Families in which most layers keep a state instead of a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.models.parts import grouped, mixture

if TYPE_CHECKING:
    from planner.loader.catalog.models.config import Config
    from planner.loader.catalog.models.parts import Figures


def qwen3_next(config: Config) -> Figures:
    """Qwen3-Next and Qwen3.5: three layers of the gated delta rule for one of gated attention."""
    figures = grouped(config) | {"gated_attention": config.flag("attn_output_gate", True)}
    layers = figures["layers"]
    kinds = config.words("layer_types")
    interval = config.count("full_attention_interval", default=4)
    linear = kinds.count("linear_attention") if kinds else layers - layers // max(interval, 1)
    sizes = config.count("linear_key_head_dim"), config.count("linear_value_head_dim")
    if sizes[0] != sizes[1]:
        config.fault("linear_value_head_dim", "differs from linear_key_head_dim, which is not understood")
    figures |= {
        "linear_layers": linear,
        "linear_key_heads": config.count("linear_num_key_heads"),
        "linear_value_heads": config.count("linear_num_value_heads"),
        "linear_head_size": sizes[0],
        "convolution_size": config.count("linear_conv_kernel_dim", default=4),
        "state_element_bytes": 4 if config.word("mamba_ssm_dtype") == "float32" else 2,
        "mtp_layers": config.count("mtp_num_hidden_layers", default=0),
    }
    if not config.has("num_experts"):
        return figures | {"dense_layers": layers, "dense_hidden_size": config.count("intermediate_size")}
    shared = config.count("shared_expert_intermediate_size", default=0)
    return (
        figures
        | mixture(config, layers)
        | {
            "shared_experts": 1 if shared else 0,
            "shared_expert_hidden_size": shared,
        }
    )


def nemotron_h(config: Config) -> Figures:
    """Nemotron-H and Nemotron 3: mixers (Mamba-2 or attention) and blocks (experts without gate) one by one.

    What the file calls layers are mixers and blocks each for itself; a layer here is a mixer with the block
    that follows it, and a mixer without one counts as a dense layer of size 0.
    """
    kinds = config.words("hybrid_override_pattern", "layers_block_type")
    short = {"M": "mamba", "*": "attention", "E": "moe", "-": "mlp"}
    named = [short.get(kind, kind) for kind in kinds]
    odd = sorted(set(named) - {"mamba", "attention", "moe"})
    if not named or odd:
        config.fault("hybrid_override_pattern", f"must list mamba (M), attention (*) and moe (E), got {odd}")
    space, attending, blocks = (named.count(kind) for kind in ("mamba", "attention", "moe"))
    shared = config.count("n_shared_experts", default=0)
    config.beside_the_point(
        "intermediate_size", "num_hidden_layers", "chunk_size", "mamba_hidden_act", "n_group"
    )
    config.beside_the_point(
        "mtp_hybrid_override_pattern", "mtp_layers_block_type", "mamba_proj_bias", "expand"
    )
    config.beside_the_point("use_mamba_kernels", "mlp_hidden_act", "layer_norm_epsilon")
    config.expect("n_group", 1)
    state = config.word("mamba_ssm_cache_dtype")
    figures = grouped(config, layers=space + attending)
    return figures | {
        "dense_layers": space + attending - blocks,
        "feed_forward_matrices": 2,
        "state_space_layers": space,
        "state_space_heads": config.count("mamba_num_heads"),
        "state_space_head_size": config.count("mamba_head_dim"),
        "state_space_size": config.count("ssm_state_size"),
        "state_space_groups": config.count("n_groups"),
        "convolution_size": config.count("conv_kernel", default=4),
        "state_element_bytes": 4 if state == "float32" else 2,
        "routed_experts": config.count("n_routed_experts"),
        "experts_per_token": config.count("num_experts_per_tok"),
        "expert_hidden_size": config.count("moe_intermediate_size"),
        "expert_latent_size": config.count("moe_latent_size", default=0),
        "shared_experts": shared,
        "shared_expert_hidden_size": config.count("moe_shared_expert_intermediate_size") if shared else 0,
        "mtp_layers": config.count("num_nextn_predict_layers", default=0),
    }
