"""Everything one evaluation needs, gathered from the nouns into aligned columns of shape [n, 1]."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from kernels import balance_table
from kernels.busiest_rank import dealt
from kernels.effects import Subject
from kernels.efficiency import NAMES, Efficiency, fitted
from kernels.lengths import spread_over
from kernels.options import OVERLAPS, attention_gpus, redundant_experts, stage_gpus, stages_of
from kernels.recipe import resolve
from kernels.speculation import speculation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernels.accelerator import Accelerator
    from kernels.architecture import Architecture
    from kernels.arrays import Floats, Integers
    from kernels.conditions import Conditions
    from kernels.options import Options
    from kernels.recipe import Recipe

CHUNK_TOKENS = 8192.0  # prompt tokens of one step by default: max_num_batched_tokens of vLLM and TensorRT-LLM


@dataclass(frozen=True)
class Setting:
    """Columns [n, 1] in SI units: the unit, its hardware under the recipe, its efficiencies, the workload."""

    # the unit
    gpus: Floats  # of one pipeline stage, which share every layer that it has
    attention_gpus: Floats
    stages: Floats
    expert_slots: Floats  # expert weights resident per GPU, replicas counted
    overlap: Floats  # index into OVERLAPS
    # the hardware under the recipe
    dense_flop_per_s: Floats
    expert_flop_per_s: Floats
    attention_flop_per_s: Floats
    hbm_bytes: Floats
    hbm_bytes_per_s: Floats
    scale_up_bytes_per_s: Floats
    scale_out_bytes_per_s: Floats
    domain_gpus: Floats
    dense_weight_bytes: Floats
    expert_weight_bytes: Floats
    kv_element_bytes: Floats
    dispatch_element_bytes: Floats
    combine_element_bytes: Floats
    # the efficiencies
    hbm_share: Floats
    expert_hbm_share: Floats
    cache_hbm_share: Floats
    gemm_mfu: Floats
    expert_mfu: Floats
    attention_mfu: Floats
    prefill_attention_mfu: Floats
    prefill_mfu_share: Floats
    attention_overhead_tokens: Floats
    activation_passes: Floats
    padded_tokens: Floats
    popularity_shape: Floats
    scale_up_share: Floats
    scale_out_share: Floats
    exchange_latency_s: Floats
    network_latency_s: Floats
    all_reduce_latency_s: Floats
    decode_leak: Floats
    single_batch_leak: Floats
    prefill_leak: Floats
    imbalance_power: Floats
    gemm_s: Floats
    attention_s: Floats
    experts_s: Floats
    layer_s: Floats
    eager_layer_s: Floats
    step_s: Floats
    request_s: Floats
    prompt_token_s: Floats
    decode_scale: Floats
    prefill_scale: Floats
    # the workload; contexts and their shares are [n, class], of which 1 where lengths are means alone
    reached_tokens: Floats  # contexts of computed prompt tokens
    reached_share: Floats
    contexts: Floats  # contexts of generated tokens
    contexts_share: Floats
    context_tokens: Floats
    computed_tokens: Floats
    cached_tokens: Floats
    output_tokens: Floats
    tpot_s: Floats
    prefill_time_s: Floats
    kv_transfer_s: Floats
    tokens_per_pass: Floats
    chunk_tokens: Floats  # prompt tokens of a replica that may join one decode step
    queries: Floats  # query tokens per request and step: 1 + drafts
    accept_length: Floats
    imbalance: Floats  # maximum over mean expert load
    attention_imbalance: Floats  # maximum over mean attention work of a data-parallel rank
    pass_imbalance: Floats  # the same of a full pass, by how prompts are dealt to ranks
    pass_spread: Floats  # its standard deviation from pass to pass, over itself
    surplus_requests: (
        Floats  # of mean context, on the busiest rank of a decode step beyond the K of the mean one
    )
    scattered_requests: Floats  # the same for each sqrt(K)
    memory_share: Floats
    prefix_cache_share: Floats
    workspace_bytes: Floats
    requests_per_gpu_limit: Floats
    cache_bytes_per_s: Floats

    def rows(self, chosen: slice | Integers) -> Setting:
        """The same columns for some of the options."""
        return Setting(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @property
    def unit_gpus(self) -> Floats:
        """GPUs of the whole unit, all stages."""
        return self.gpus * self.stages

    @property
    def replica_gpus(self) -> Floats:
        """GPUs that hold one replica of all layers, attention split over those of every stage."""
        return self.attention_gpus * self.stages

    def per_computed(self, values: Floats) -> Floats:
        """Mean over computed prompt tokens of what depends on their contexts `reached_tokens`: [n, class] to [n, 1]."""
        return _mean(values, self.reached_share)

    def per_generated(self, values: Floats) -> Floats:
        """Mean over generated tokens of what depends on their `contexts`: [n, class] to [n, 1]."""
        return _mean(values, self.contexts_share)


def _mean(values: Floats, share: Floats) -> Floats:
    mean: Floats = np.sum(values * share, axis=1, keepdims=True)
    return mean


def gather(
    architecture: Architecture,
    options: Options,
    conditions: Conditions | Sequence[Conditions],
    lookup: Callable[[Subject], Efficiency] | None = None,
) -> Setting:
    """Columns for every option; `conditions` is one workload for all options, or one per option.

    `lookup` gives the efficiencies of a subject. Work that grows with the number of options is indexing
    only; objects are read once per distinct combination.
    """
    from kernels.conditions import Conditions as One

    replica = attention_gpus(architecture, options)
    gpus = stage_gpus(options).astype(np.float64)
    columns = _hardware(architecture, options, lookup or fitted())
    columns["gpus"], columns["attention_gpus"] = gpus, replica.astype(np.float64)
    columns["stages"] = stages_of(options).astype(np.float64)
    columns["expert_slots"] = (architecture.routed_experts + redundant_experts(architecture, options)) / gpus
    columns["overlap"] = np.array([OVERLAPS.index(mode) for mode in options.words("overlap", "auto")], float)
    several = [conditions] if isinstance(conditions, One) else list(conditions)
    columns |= _workload(several)
    columns["chunk_tokens"] = np.minimum(columns["tokens_per_pass"], CHUNK_TOKENS)
    if options.pass_tokens is not None:
        given = np.asarray(options.pass_tokens, dtype=np.float64)
        columns["chunk_tokens"] = np.where(np.isnan(given), columns["chunk_tokens"], given)
    if options.requests_per_gpu is not None:
        most = np.asarray(options.requests_per_gpu, dtype=np.float64)
        columns["requests_per_gpu_limit"] = np.fmin(columns["requests_per_gpu_limit"], most)
    columns |= dealt(options, several, gpus / replica, columns)
    drafts = [speculation(architecture, one) for one in several]
    columns["queries"] = np.array([1.0 + count for count, _ in drafts])
    columns["accept_length"] = np.array([accepted for _, accepted in drafts])
    table = balance_table.balancedness(gpus)
    given = np.array([np.nan if one.balancedness is None else one.balancedness for one in several])
    whole = (replica == gpus) | (architecture.routed_experts == 0)
    columns["imbalance"] = np.where(whole, 1.0, 1.0 / np.where(np.isnan(given), table, given))
    return Setting(
        **{name: np.broadcast_to(column, gpus.shape)[:, None].copy() for name, column in columns.items()},
        **{
            name: np.broadcast_to(spread, (len(gpus), spread.shape[1])).copy()
            for name, spread in _spreads(several).items()
        },
    )


def subjects(architecture: Architecture, options: Options) -> list[Subject]:
    """What the efficiencies of every option depend on; each distinct one is built once."""
    dispatched = (attention_gpus(architecture, options) < stage_gpus(options)) & (
        architecture.routed_experts > 0
    )
    keys = list(
        zip(
            options.accelerator,
            options.words("recipe", "auto"),
            dispatched.tolist(),
            options.role,
            options.words("engine", ""),
            strict=True,
        )
    )
    found = {}
    for key in dict.fromkeys(keys):
        accelerator, name, sent, role, engine = key
        recipe = resolve(name, accelerator, architecture.name)
        found[key] = Subject.of(accelerator, architecture, recipe, sent, role, engine)
    return [found[key] for key in keys]


def _hardware(
    architecture: Architecture, options: Options, lookup: Callable[[Subject], Efficiency]
) -> dict[str, Floats]:
    """Hardware, recipe and efficiency columns [n], read once per distinct combination."""
    words = options.words("recipe", "auto")
    keys = list(zip(options.accelerator, words, subjects(architecture, options), strict=True))
    position = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    rows = [
        _row(accelerator, resolve(name, accelerator, architecture.name), lookup(subject))
        for accelerator, name, subject in position
    ]
    index = np.array([position[key] for key in keys], dtype=np.intp)
    return {name: np.array([row[name] for row in rows])[index] for name in rows[0]} if rows else {}


def _row(accelerator: Accelerator, recipe: Recipe, efficiency: Efficiency) -> dict[str, float]:
    return {
        "dense_flop_per_s": getattr(accelerator, f"{recipe.dense_compute}_flop_per_s"),
        "expert_flop_per_s": getattr(accelerator, f"{recipe.expert_compute}_flop_per_s"),
        "attention_flop_per_s": getattr(accelerator, f"{recipe.attention_compute}_flop_per_s"),
        "hbm_bytes": accelerator.hbm_bytes,
        "hbm_bytes_per_s": accelerator.hbm_bytes_per_s,
        "scale_up_bytes_per_s": accelerator.scale_up_bytes_per_s,
        "scale_out_bytes_per_s": accelerator.scale_out_bytes_per_s,
        "domain_gpus": float(accelerator.scale_up_domain_gpus),
        "dense_weight_bytes": recipe.dense_weight_bytes,
        "expert_weight_bytes": recipe.expert_weight_bytes,
        "kv_element_bytes": recipe.kv_element_bytes,
        "dispatch_element_bytes": recipe.dispatch_element_bytes,
        "combine_element_bytes": recipe.combine_element_bytes,
    } | {key: getattr(efficiency, key) for key in NAMES}


def _spreads(several: Sequence[Conditions]) -> dict[str, Floats]:
    reached, reached_share = spread_over([one.reached for one in several])
    contexts, contexts_share = spread_over([one.contexts for one in several])
    return {
        "reached_tokens": reached,
        "reached_share": reached_share,
        "contexts": contexts,
        "contexts_share": contexts_share,
    }


def _workload(several: Sequence[Conditions]) -> dict[str, Floats]:
    same = (
        "context_tokens",
        "computed_tokens",
        "cached_tokens",
        "output_tokens",
        "tpot_s",
        "prefill_time_s",
        "kv_transfer_s",
        "tokens_per_pass",
        "attention_imbalance",
        "memory_share",
        "prefix_cache_share",
        "workspace_bytes",
        "requests_per_gpu_limit",
        "cache_bytes_per_s",
    )
    return {name: np.array([getattr(one, name) for one in several], dtype=np.float64) for name in same}
