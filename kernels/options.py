"""Deployment options: what may be run on what, as columns of equal length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.errors import KernelError

if TYPE_CHECKING:
    from kernels.accelerator import Accelerator
    from kernels.architecture import Architecture
    from kernels.arrays import Floats, Integers

ROLES = ("prefill", "decode", "colocated")
OVERLAPS = ("auto", "none", "two_batch", "single_batch")
AUTOMATIC = -1


@dataclass(frozen=True)
class Options:
    """Columns of length n; an optional column may be empty and then takes its default everywhere.

    Attributes
    ----------
    accelerator : the hardware.
    role : `prefill`, `decode` or `colocated`.
    gpus : GPUs of the unit: the expert-parallel size of a mixture of experts, else the tensor-parallel size.
    tensor_parallel : GPUs of a stage that share one attention replica; automatic is 1 with experts, all without.
    redundant_experts : replicas beside the routed experts; automatic fills whole slots with at least one
        replica per eight experts beyond one node, and none inside a node.
    recipe : precision recipe, or `auto`.
    overlap : `auto` takes the faster of none and two micro-batches, as an engine's operator would.
    engine : serving engine whose fitted efficiencies are wanted, or `name-YYYY-MM` for that of a month; empty takes
        the typical engine, the same on all hardware.
    quantile : of the error band at which rates are wanted, in (0, 1); absent is the middle, 0.5.
    pass_tokens : prompt tokens that an attention replica takes in one prefill pass; NaN or absent takes the
        fastest pass that keeps the time limit of a prefill.
    pipeline_parallel : stages that the layers are cut into, each on an equal part of the GPUs; absent: one.
    requests_per_gpu : most running requests by the GPU, where that is less than what the conditions allow; NaN or
        absent: nothing but these.
    """

    accelerator: tuple[Accelerator, ...]
    role: tuple[str, ...]
    gpus: Integers
    tensor_parallel: Integers | None = None
    redundant_experts: Integers | None = None
    recipe: tuple[str, ...] = ()
    overlap: tuple[str, ...] = ()
    engine: tuple[str, ...] = ()
    quantile: Floats | None = None
    pass_tokens: Floats | None = None
    pipeline_parallel: Integers | None = None
    requests_per_gpu: Floats | None = None

    def __post_init__(self) -> None:
        count = len(self.accelerator)
        columns = {name: getattr(self, name) for name in self.__dataclass_fields__}
        faults = [
            f"{name} has {len(column)} entries, not {count}"
            for name, column in columns.items()
            if column is not None and len(column) not in ({count} if name in ("role", "gpus") else {0, count})
        ]
        faults += [f"unknown role {role!r}" for role in sorted(set(self.role) - set(ROLES))]
        faults += [f"unknown overlap {mode!r}" for mode in sorted(set(self.overlap) - set(OVERLAPS))]
        if np.any(np.asarray(self.gpus) < 1):
            faults.append("gpus must be at least 1")
        if self.quantile is not None and not np.all((self.quantile > 0.0) & (self.quantile < 1.0)):
            faults.append("quantile must lie between 0 and 1")
        if self.pass_tokens is not None and np.any(np.asarray(self.pass_tokens) <= 0.0):
            faults.append("pass_tokens must be positive")
        if self.requests_per_gpu is not None and np.any(np.asarray(self.requests_per_gpu) <= 0.0):
            faults.append("requests_per_gpu must be positive")
        if self.pipeline_parallel is not None and len(self.pipeline_parallel) == len(self.gpus):
            stages = np.asarray(self.pipeline_parallel)
            if np.any(stages < 1):
                faults.append("pipeline_parallel must be at least 1")
            elif np.any(np.asarray(self.gpus) % stages):
                faults.append("pipeline_parallel must divide gpus")
        if faults:
            raise KernelError("options: " + "; ".join(faults))

    def __len__(self) -> int:
        return len(self.accelerator)

    def words(self, name: str, default: str) -> tuple[str, ...]:
        """A word column with its default filled in."""
        column: tuple[str, ...] = getattr(self, name)
        return column or (default,) * len(self)


def stages_of(options: Options) -> Integers:
    """Pipeline stages of each option. Shape [n]."""
    if options.pipeline_parallel is None or not len(options.pipeline_parallel):
        return np.ones(len(options), dtype=np.int64)
    return np.asarray(options.pipeline_parallel, dtype=np.int64)


def stage_gpus(options: Options) -> Integers:
    """GPUs of one pipeline stage: those that work on a layer together. Shape [n]."""
    found: Integers = np.asarray(options.gpus, dtype=np.int64) // stages_of(options)
    return found


def attention_gpus(architecture: Architecture, options: Options) -> Integers:
    """GPUs of a stage that share one attention replica, automatic values filled in. Shape [n]."""
    gpus = stage_gpus(options)
    automatic = np.ones_like(gpus) if architecture.routed_experts else gpus
    if options.tensor_parallel is None:
        return automatic
    given = np.asarray(options.tensor_parallel, dtype=np.int64)
    return np.where(given > 0, np.minimum(given, gpus), automatic)


def redundant_experts(architecture: Architecture, options: Options) -> Integers:
    """Replicas beside the routed experts, automatic values filled in. Shape [n].

    The automatic rule reproduces the published units: 32 replicas at 32, 72 and 144 GPUs for 256
    experts (9, 4 and 2 slots per GPU), 96 at 96 GPUs for 384 experts.
    """
    gpus = stage_gpus(options)
    routed = architecture.routed_experts
    wanted = np.where(gpus > 8, -(-routed * 9 // 8), routed)
    automatic = -(-wanted // gpus) * gpus - routed
    shared_out = attention_gpus(architecture, options) == gpus
    automatic = np.where(shared_out | (routed == 0), 0, automatic)
    if options.redundant_experts is None:
        return automatic
    given = np.asarray(options.redundant_experts, dtype=np.int64)
    return np.where(given >= 0, given, automatic)
