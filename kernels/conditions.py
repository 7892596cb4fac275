"""What one workload asks of a deployment: lengths, cache hits, latency limits, speculation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.balance.dealing import RULES
from kernels.errors import KernelError
from kernels.lengths import RequestLengths, exponential

if TYPE_CHECKING:
    from kernels.arrays import Floats

SAME = 1e-6
"""Means of lengths that differ by no more of themselves are the same."""


@dataclass(frozen=True)
class Conditions:
    """One workload's conditions.

    Attributes
    ----------
    input_tokens : mean prompt length, cached prefix included.
    output_tokens : mean answer length.
    kv_tokens : mean KV length of a running decode; None means prompt plus half the answer.
    cache_hit_share : share of prompt tokens whose KV cache is found, in [0, 1).
    tpot_s : longest allowed time per output token.
    prefill_time_s : longest allowed service time of a prefill, queueing left out; of a prefill unit the
        hand-over of the cache included, where it is known.
    kv_transfer_s : time to hand one prompt's cache from a prefill to a decode unit; None computes it from
        the bytes of the cache and the links of the unit.
    tokens_per_pass : most prompt tokens an attention replica takes in one prefill pass.
    draft_tokens : drafts per step of multi-token prediction; None drafts nothing.
    accept_length : tokens a step yields on average, at most 1 + draft_tokens; None follows from the
        model's published acceptance p as 1 + p + ... + p^draft_tokens.
    balancedness : mean over maximum expert load of a GPU; None takes the published value for the EP size.
    attention_imbalance : maximum over mean attention work of a data-parallel rank, 1 when the prefill or
        decode balancer has evened it out.
    ranks : how requests are spread over the ranks of units that read or write alone, `even`, `dealt` or `bound`
        (`kernels.balance.dealing`), on top of that; units that do both were measured as they are.
    memory_share : share of HBM the engine may fill.
    prefix_cache_share : share of the HBM left beside the weights that keeps prefixes for later requests.
    workspace_bytes : HBM per GPU kept for activations, graphs and communication buffers.
    requests_per_gpu_limit : the engine's own cap on running requests.
    cache_bytes_per_s : bandwidth per GPU that loads cached prefixes from disk or network; inf hides it.
    beside : lengths of requests of other workloads that may be in the same steps.
    lengths : how requests differ, its means being those above; None takes every request for the mean one.
    """

    input_tokens: float
    output_tokens: float
    kv_tokens: float | None = None
    cache_hit_share: float = 0.0
    tpot_s: float = 0.05
    prefill_time_s: float = math.inf
    kv_transfer_s: float | None = None
    tokens_per_pass: float = 16384.0
    draft_tokens: float | None = None
    accept_length: float | None = None
    balancedness: float | None = None
    attention_imbalance: float = 1.0
    ranks: str = "even"
    memory_share: float = 0.95
    prefix_cache_share: float = 0.0
    workspace_bytes: float = 4e9
    requests_per_gpu_limit: float = 2048.0
    cache_bytes_per_s: float = math.inf
    lengths: RequestLengths | None = None
    beside: tuple[RequestLengths, ...] = ()

    def __post_init__(self) -> None:
        positive = ("input_tokens", "output_tokens", "tpot_s", "prefill_time_s", "tokens_per_pass")
        faults = [f"{name} must be positive" for name in positive if not getattr(self, name) > 0]
        if not 0.0 <= self.cache_hit_share < 1.0:
            faults.append("cache_hit_share must be in [0, 1)")
        if not 0.0 <= self.prefix_cache_share < 1.0:
            faults.append("prefix_cache_share must be in [0, 1)")
        if self.draft_tokens is not None and not self.draft_tokens >= 0:
            faults.append("draft_tokens cannot be negative")
        if self.accept_length is not None and not 1.0 <= self.accept_length <= 1.0 + (
            self.draft_tokens or 0.0
        ):
            faults.append("accept_length must be between 1 and 1 + draft_tokens")
        if self.kv_transfer_s is not None and not self.kv_transfer_s >= 0:
            faults.append("kv_transfer_s cannot be negative")
        if self.ranks not in RULES:
            faults.append(f"ranks must be one of {', '.join(RULES)}")
        if self.kv_tokens is not None and not self.kv_tokens > 0:
            faults.append("kv_tokens must be positive")
        if self.lengths is not None and not faults:
            faults += self._other_means(self.lengths)
        if faults:
            raise KernelError("conditions: " + "; ".join(faults))

    def _other_means(self, lengths: RequestLengths) -> list[str]:
        """What of the means is not that of the lengths."""
        pairs = {
            "computed": (self.computed_tokens, lengths.mean_computed),
            "cached": (self.cached_tokens, lengths.mean_cached),
            "output": (self.output_tokens, lengths.mean_output),
        }
        return [
            f"{name} tokens are {stated:g}, those of the lengths {mean:g}"
            for name, (stated, mean) in pairs.items()
            if abs(stated - mean) > SAME * max(stated, mean, 1.0)
        ]

    @property
    def context_tokens(self) -> float:
        """Mean KV length of a running decode."""
        if self.kv_tokens is not None:
            return self.kv_tokens
        if self.lengths is not None:
            return self.lengths.mean_context
        return self.input_tokens + self.output_tokens / 2

    @property
    def reached(self) -> tuple[Floats, Floats]:
        """Contexts that computed tokens attend to on average over a prompt, and the share of each: arrays [class]."""
        if self.lengths is None:
            return np.array([self.cached_tokens + self.computed_tokens / 2.0]), np.ones(1)
        return self.lengths.reached

    @property
    def contexts(self) -> tuple[Floats, Floats]:
        """Contexts that generated tokens attend to (mean: `context_tokens`), and the share of each: arrays [class]."""
        if self.lengths is None:
            return np.array([self.context_tokens]), np.ones(1)
        contexts, share = self.lengths.contexts
        return contexts * (self.context_tokens / self.lengths.mean_context), share

    @property
    def requests(self) -> RequestLengths:
        """How requests differ: `lengths`, or where these are means alone, by exponential laws of their means."""
        if self.lengths is not None:
            return self.lengths
        return exponential(self.input_tokens, self.output_tokens, self.cache_hit_share)

    @property
    def computed_tokens(self) -> float:
        """Prompt tokens left to compute after the cached prefix."""
        return self.input_tokens * (1.0 - self.cache_hit_share)

    @property
    def cached_tokens(self) -> float:
        """Prompt tokens found in the cache."""
        return self.input_tokens * self.cache_hit_share
