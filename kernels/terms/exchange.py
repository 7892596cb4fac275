"""All-to-all between attention and experts, and the all-reduce of tensor parallelism."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting

RING_LATENCIES = 2.0  # of a ring beyond the one of a single shot


def copies_per_expert(architecture: Architecture, setting: Setting) -> tuple[Floats, Floats]:
    """Copies of a token sent (over the network, inside the domain) when every expert gets its own.

    This is what low-latency kernels do in decode: remote share 1 - domain / unit of top-k copies.
    """
    inside = np.minimum(setting.domain_gpus, setting.gpus)
    top = float(architecture.experts_per_token)
    return top * (1.0 - inside / setting.gpus), top * (inside - 1.0) / setting.gpus


def copies_per_domain(architecture: Architecture, setting: Setting) -> tuple[Floats, Floats]:
    """Copies of a token sent when each remote scale-up domain gets one and forwards it inside.

    This is what the throughput kernels of prefill do (deepseek-ai/DeepEP, normal kernels). The number of
    domains reached is the expected number of distinct ones; node-limited routing, where the model has
    it, draws `groups_per_token` of `expert_groups` groups first.
    """
    inside = np.minimum(setting.domain_gpus, setting.gpus)
    domains = np.maximum(setting.gpus / setting.domain_gpus, 1.0)
    top = architecture.experts_per_token
    missed = (1.0 - 1.0 / domains) ** top
    groups, drawn = architecture.expert_groups, architecture.groups_per_token
    if groups > 1:
        limited = np.ones_like(domains)
        for pick in range(drawn):
            limited = limited * np.maximum(groups - groups / domains - pick, 0.0) / (groups - pick)
        missed = np.maximum(missed, limited)
    reached = domains * (1.0 - missed)
    remote = np.where(domains > 1.0, reached * (1.0 - 1.0 / domains), 0.0)
    forwarded = top * (inside - 1.0) / inside
    return remote, forwarded


def transfer(
    setting: Setting, tokens: Floats, bytes_per_token: Floats, copies: tuple[Floats, Floats]
) -> Floats:
    """Seconds of one leg: both link kinds run at once, the slower decides, the busiest GPU is waited for.

    The latency of a leg that leaves the scale-up domain is that of one inside it and the network's.
    """
    remote, inside = copies
    moved = bytes_per_token * setting.imbalance
    out = moved * remote / (setting.scale_out_bytes_per_s * setting.scale_out_share)
    up = moved * inside / (setting.scale_up_bytes_per_s * setting.scale_up_share)
    slower = np.maximum(np.where(remote > 0.0, out, 0.0), up)
    latency = setting.exchange_latency_s + np.where(remote > 0.0, setting.network_latency_s, 0.0)
    alone = setting.gpus <= setting.attention_gpus  # tensor parallel throughout: nothing is dispatched
    return tokens * np.where(alone, 0.0, slower) + np.where(alone, 0.0, latency)


def dispatch_and_combine(
    architecture: Architecture, setting: Setting, tokens: Floats, copies: tuple[Floats, Floats]
) -> Floats:
    """Seconds of both legs of one layer: `copies` of every token to the experts, and what they computed back."""
    if not architecture.moe_layers:
        return 0.0 * tokens
    hidden = architecture.hidden_size
    out = transfer(setting, tokens, hidden * setting.dispatch_element_bytes, copies)
    return out + transfer(setting, tokens, hidden * setting.combine_element_bytes, copies)


def all_reduce(setting: Setting, tokens: Floats, hidden: int) -> Floats:
    """Seconds of one all-reduce of BF16 activations inside an attention replica of r GPUs.

    Inside a domain of d GPUs the faster of two: one shot, every GPU sends its activations to the d - 1
    others at one latency, or a ring, each sends 2 (d - 1) / d of them at three latencies. Then 1 / d of them
    goes 2 (n - 1) / n times over the network between the n domains (Patarasuk and Yuan, JPDC 69, 2009,
    applied per level): a reduce-scatter and an all-gather, each with the latency of the network.
    """
    replica = setting.attention_gpus
    if not np.any(replica > 1.0):
        return np.zeros_like(replica)
    inside = np.minimum(replica, setting.domain_gpus)
    domains = replica / inside
    moved = replica * hidden * 2.0
    alone = moved * (inside - 1.0) / (setting.scale_up_bytes_per_s * setting.scale_up_share)
    latency = setting.all_reduce_latency_s
    up = np.minimum(tokens * alone, tokens * (2.0 * alone / inside) + RING_LATENCIES * latency)
    network = setting.scale_out_bytes_per_s * setting.scale_out_share
    sent = 2.0 * moved * (domains - 1.0) / domains / inside / network
    several, far = domains > 1.0, 2.0 * setting.network_latency_s
    out = tokens * np.where(several, sent, 0.0) + np.where(several, far, 0.0)
    return np.where(replica > 1.0, up + out + latency, 0.0)
