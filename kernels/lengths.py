"""Lengths of requests as a distribution: mean contexts over it, and how much the work of a request varies.

Attention of a prompt that has c cached tokens and n computed ones reaches n (c + n / 2) pairs, and an answer of o
tokens after a prompt of c + n reads o (c + n + o / 2) entries: both grow with the square of the length, so that
the mean over requests is more than the request of mean length asks for. Per token of work,

    reached = E[n (c + n / 2)] / E[n],        context = E[o (c + n + o / 2)] / E[o]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats

NODES = 24  # of a law of lengths


@dataclass(frozen=True, eq=False)
class RequestLengths:
    """Classes of requests, each array of shape [class]: `share` of the requests, all 1 together; tokens of one."""

    share: Floats
    computed: Floats
    cached: Floats
    output: Floats

    def __post_init__(self) -> None:
        arrays = (self.share, self.computed, self.cached, self.output)
        if len({array.shape for array in arrays}) > 1 or self.share.ndim != 1 or not self.share.size:
            raise KernelError("lengths: arrays of one shape [class], with one class at least")
        if not all(np.isfinite(array).all() for array in arrays) or any(
            (array < 0.0).any() for array in arrays
        ):
            raise KernelError("lengths: every figure must be finite and not negative")
        if abs(self.share.sum() - 1.0) > 1e-9:
            raise KernelError("lengths: the shares must sum to 1")
        if not (self.mean_computed > 0.0 and self.mean_output > 0.0):
            raise KernelError("lengths: some tokens must be computed, and some generated")

    @property
    def mean_computed(self) -> float:
        """Mean of computed prompt tokens."""
        return float(self.share @ self.computed)

    @property
    def mean_cached(self) -> float:
        """Mean of prompt tokens found in the cache."""
        return float(self.share @ self.cached)

    @property
    def mean_output(self) -> float:
        """Mean of generated tokens."""
        return float(self.share @ self.output)

    @property
    def reached(self) -> tuple[Floats, Floats]:
        """Contexts of computed tokens [class], and the share of the computed tokens that have each."""
        return self.cached + self.computed / 2.0, self.share * self.computed / self.mean_computed

    @property
    def contexts(self) -> tuple[Floats, Floats]:
        """Contexts of generated tokens [class], and the share of the generated tokens that have each."""
        context = self.cached + self.computed + self.output / 2.0
        return context, self.share * self.output / self.mean_output

    @property
    def mean_context(self) -> float:
        """Mean context that a generated token attends to."""
        context, weight = self.contexts
        return float(weight @ context)

    def scv(self, work: Floats) -> float:
        """Squared coefficient of variation of `work` [class] over the requests."""
        mean = float(self.share @ work)
        return float(self.share @ (work - mean) ** 2) / mean**2


def gamma_law(mean: float, scv: float) -> tuple[Floats, Floats]:
    """Lengths of a gamma law and the share of each: nodes of the Gauss-Laguerre rule, so that moments are exact.

    Variation of the time to read a prompt rests on the fourth moment of its length, and of two public traces the gamma
    law of the same mean and variation has it about right, the log-normal far too large: where attention takes a sixth
    of the time of the mean prompt, it is 1.5 (Azure 2023 conversations), by gamma 1.6, by log-normal 2.6; and 4.0
    (Mooncake conversations), by gamma 3.4, by log-normal 10. Nodes and shares from the eigenvectors of the Jacobi
    matrix (G. H. Golub and J. H. Welsch, Mathematics of Computation 23, 1969).
    """
    if not scv:
        return np.array([mean]), np.ones(1)
    shape, step = 1.0 / scv, np.arange(1, NODES)
    beside = np.sqrt(step * (step + shape - 1.0))
    jacobi = np.diag(2.0 * np.arange(NODES) + shape) + np.diag(beside, 1) + np.diag(beside, -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    share = vectors[0] ** 2
    return mean * np.maximum(nodes, 0.0) / shape, share / share.sum()


def exponential(input_tokens: float, output_tokens: float, cache_hit_share: float) -> RequestLengths:
    """Requests of which means alone are known, as exponential laws of them, the same share of each prompt cached."""
    prompt, of_prompt = gamma_law(input_tokens, 1.0)
    output, of_output = gamma_law(output_tokens, 1.0)
    prompts = np.repeat(prompt, len(output))
    return RequestLengths(
        np.outer(of_prompt, of_output).ravel(),
        prompts * (1.0 - cache_hit_share),
        prompts * cache_hit_share,
        np.tile(output, len(prompt)),
    )


def spread_over(several: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Values and weights of several distributions as arrays [distribution, class], the short ones with weights of 0."""
    width = max(len(values) for values, _ in several)
    filled = [
        (np.pad(values, (0, width - len(values)), mode="edge"), np.pad(weights, (0, width - len(weights))))
        for values, weights in several
    ]
    return np.array([values for values, _ in filled]), np.array([weights for _, weights in filled])
