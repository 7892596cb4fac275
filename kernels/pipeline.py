"""Pipeline parallelism: stages of layers that microbatches pass one after the other, and what that leaves idle.

A unit of p stages has g GPUs in each. Requests run as microbatches that follow each other; m of them under way take

    cycle = max(sum of the stages, m x slowest stage),   throughput = m microbatches a cycle

so that with m = p, as engines run (vLLM keeps as many batches under way as it has stages), a unit yields one microbatch
per slowest stage, and every request a token a cycle. Fewer microbatches leave stages idle: the bubble of GPipe (Huang
et al., arXiv 1811.06965), (p - 1) / (m + p - 1) of the time where stages are equal and one prompt comes as m chunks.
No point was measured with stages: rates of such units are extrapolated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.step import Step

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting

HANDED_VECTORS = (
    2.0  # a token hands on its hidden state and the residual beside it (vLLM, IntermediateTensors)
)
ACTIVATION_BYTES = 2.0  # of a number of either
LAST_STAGE = ("head", "fixed")  # terms of a step that are no layer's: the LM head, sampling, the host


def in_stages(setting: Setting) -> bool:
    """Whether any option is cut into stages."""
    return bool(np.any(setting.stages > 1.0))


def most_layers(architecture: Architecture, setting: Setting) -> Floats:
    """Share of the layers that the largest stage has: ceil(layers / p) of them."""
    layers = float(architecture.layers)
    return np.ceil(layers / setting.stages) / layers


def last_layers(architecture: Architecture, setting: Setting) -> Floats:
    """Share of the layers of the last stage: floor(layers / p), as engines spare it for the head.

    vLLM gives layers that are left over to stages before the last (`get_pp_indices`).
    """
    layers = float(architecture.layers)
    return np.floor(layers / setting.stages) / layers


def microbatch(setting: Setting, requests: Floats) -> Floats:
    """Requests per GPU of a stage in one microbatch, where a unit holds `requests` per GPU of its own.

    p microbatches share the requests of a unit, and a stage has a p-th of its GPUs: as many per GPU. Below one
    request in each attention replica there are fewer microbatches, of one request.
    """
    if not in_stages(setting):
        return requests
    return np.where(setting.stages > 1.0, np.maximum(requests, 1.0 / setting.attention_gpus), requests)


def hand_over(setting: Setting, tokens: Floats, hidden: int) -> tuple[Floats, Floats]:
    """Seconds in which `tokens` per GPU of a stage pass to the next: at most, and over all p stages.

    Every GPU of an attention replica of r sends its r-th of the vectors over its own link, and the next stage gathers
    them: tokens 2 hidden bytes over the link, r - 1 times as many inside the stage. Stages lie in one scale-up domain
    as far as it holds whole ones; the others are reached over the network. Nothing of it is hidden. The last
    stage hands tokens back, at the latency alone.
    """
    stages, domain = setting.stages, setting.domain_gpus
    together = np.maximum(np.floor(domain / setting.gpus), 1.0)
    network = np.ceil(stages / together) - 1.0
    inside = stages - 1.0 - network
    moved = tokens * hidden * HANDED_VECTORS * ACTIVATION_BYTES
    up_link = setting.scale_up_bytes_per_s * setting.scale_up_share
    gathered = moved * (setting.attention_gpus - 1.0) / up_link
    up = moved / up_link + gathered + setting.all_reduce_latency_s
    remote = stages * setting.gpus > domain
    far = setting.network_latency_s + setting.all_reduce_latency_s
    out = np.where(
        remote, moved / (setting.scale_out_bytes_per_s * setting.scale_out_share) + gathered + far, 0.0
    )
    back = np.where(remote, far, setting.all_reduce_latency_s)
    several = stages > 1.0
    slowest = np.where(several, np.maximum(np.where(inside > 0.0, up, 0.0), out), 0.0)
    return slowest, np.where(several, inside * up + network * out + back, 0.0)


def slowest_stage(
    architecture: Architecture, setting: Setting, layers_s: Floats, last_s: Floats, handed_s: Floats
) -> Floats:
    """Seconds of the slowest stage: the largest one, or the last with what comes after the layers; then it hands on.

    `layers_s` is the time of all layers, `last_s` of the rest.
    """
    largest = layers_s * most_layers(architecture, setting)
    last = layers_s * last_layers(architecture, setting) + last_s
    return np.maximum(largest, last) + handed_s


def staged(
    architecture: Architecture, setting: Setting, step: Step, tokens: Floats, share: Floats | float = 1.0
) -> Step:
    """The step of a model cut into stages: the cycle of its microbatches of `tokens` per GPU of a stage.

    As many are under way as the unit has stages, or a `share` of that. Two terms more: `stage_transfer`, what a token
    is handed on, and `bubble`, what it waits for the slowest stage. A model in one piece stays as it is.
    """
    if not in_stages(setting):
        return step
    split = step.split
    last: Floats = sum((split[name] for name in LAST_STAGE if name in split), 0.0 * tokens)
    slowest_hop, handed = hand_over(setting, tokens, architecture.hidden_size)
    once = step.seconds + handed
    slowest = slowest_stage(architecture, setting, step.seconds - last, last, slowest_hop)
    bubble = np.where(setting.stages > 1.0, np.maximum(share * setting.stages * slowest - once, 0.0), 0.0)
    return Step(once + bubble, lambda: split | {"stage_transfer": handed, "bubble": bubble})
