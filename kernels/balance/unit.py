"""Balancedness of a deployment unit, before and after the expert balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kernels.balance.expert_parallel import balance_experts, unbalanced
from kernels.balance.histogram import drifted, expert_load
from kernels.errors import KernelError
from kernels.facts import figure, read

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats


class Balancedness(NamedTuple):
    """Mean over maximum GPU load, averaged over layers, without and with the balancer."""

    before: float
    after: float


def unit_balancedness(
    architecture: Architecture,
    gpus: int,
    redundant: int,
    nodes: int = 1,
    load: Floats | None = None,
    layers: int = 16,
    seed: int = 0,
) -> Balancedness:
    """Balancedness of one unit under an expert-load histogram.

    `load` [layers, experts] is the predicted histogram; None draws the power law of data/balance.yaml.
    The placement is made for the prediction and judged on loads that drifted from it, as a moving
    average always lags the traffic. Raises KernelError when experts and slots do not divide by the GPUs.
    """
    data = read("", "balance")
    if not architecture.routed_experts:
        raise KernelError(f"{architecture.name} has no experts to balance")
    groups = max(architecture.expert_groups, 1)
    if load is None:
        alpha, group_alpha = figure(data["alpha"]) or 0.0, figure(data["group_alpha"]) or 0.0
        load = expert_load(architecture.routed_experts, alpha, groups, group_alpha, layers, seed)
    real = drifted(load, figure(data["drift"]) or 0.0, seed + 1)
    plain = unbalanced(len(load), architecture.routed_experts, _divisor(architecture.routed_experts, gpus))
    placed = balance_experts(load, gpus, architecture.routed_experts + redundant, groups, nodes)
    return Balancedness(float(plain.balancedness(real).mean()), float(placed.balancedness(real).mean()))


def _divisor(experts: int, gpus: int) -> int:
    """The largest unit size up to `gpus` that divides the experts: 72 GPUs without replicas run as 64."""
    return max(size for size in range(1, min(gpus, experts) + 1) if experts % size == 0)
