"""Rates at requests' own lengths: the kernel asked for one length after the other, and nothing averaged in it.

The judges' view of rates over a distribution. With what they judge they share the kernel's answer for requests that are
all of one length, no mean over lengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import kernels
from planner.instance import Phase
from planner.rates.kernel import KERNEL, all_alike, asked_of, conditions_of
from planner.rates.options import expand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kernels import Conditions, RequestLengths
    from planner.instance import Instance
    from planner.rates import Rates
    from planner.rates.options import Option
    from planner.rates.rates import Work

    Array = NDArray[np.float64]

GROUPS = 12


@dataclass(frozen=True)
class OwnRates:
    """What tokens of each context take on some units, over what the planned rates give them.

    `contexts` [group] ascend; `slowness` [unit, group] is the planned rate over that at this context.
    """

    contexts: Array
    slowness: Array

    def at(self, contexts: Array) -> Array:
        """Slowness at any contexts, straight lines between and beyond those known: [unit, context]."""
        if len(self.contexts) < 2:
            return np.repeat(self.slowness, len(contexts), axis=1)
        right = np.clip(np.searchsorted(self.contexts, contexts), 1, len(self.contexts) - 1)
        low, high = self.contexts[right - 1], self.contexts[right]
        part = (contexts - low) / (high - low)
        found = self.slowness[:, right - 1] * (1.0 - part) + self.slowness[:, right] * part
        return np.maximum(found, 0.0)


def rated_by_kernel(rates: Rates, unit: int, work: Work) -> bool:
    """Whether the rate of a unit for a work is the kernel's, so that the kernel can be asked again."""
    detail = rates.details[unit].get(work.name)
    return detail is not None and detail.source == KERNEL


def own_rates(
    instance: Instance, rates: Rates, units: Sequence[int], column: int, lengths: RequestLengths
) -> OwnRates:
    """Slowness of some units that the kernel rated, for the work at a column, at contexts of requests of `lengths`."""
    work = rates.works[column]
    reads = work.phase is Phase.PREFILL
    tokens = lengths.share * (lengths.computed if reads else lengths.output)
    contexts = (lengths.reached if reads else lengths.contexts)[0]
    options = {one.name: one for one in expand(instance)}
    chosen = [options[rates.units[unit].name] for unit in units]
    groups = _groups(contexts, tokens)
    seconds = np.array([_seconds(instance, work, chosen, lengths, group) for group in groups]).T
    means = np.array([tokens[group] @ contexts[group] / tokens[group].sum() for group in groups])
    return OwnRates(means, seconds * rates.rate[list(units), column][:, None])


def _groups(contexts: Array, tokens: Array) -> list[NDArray[np.int64]]:
    """Classes by context, in groups of about as much attention each; those of one context lie together."""
    order = np.argsort(contexts, kind="stable")
    order = order[tokens[order] > 0.0]
    attention = np.cumsum((tokens * contexts)[order])
    place = np.minimum((attention / attention[-1] * GROUPS).astype(np.int64), GROUPS - 1)
    _, first = np.unique(contexts[order], return_inverse=True)
    place = place[np.unique(first, return_index=True)[1]][first]
    return [order[place == one] for one in np.unique(place)]


def _seconds(
    instance: Instance, work: Work, options: list[Option], lengths: RequestLengths, group: NDArray[np.int64]
) -> Array:
    """Seconds of a token of a group, were all requests of its mean length: [option]."""
    architecture = kernels.architecture(instance.workloads[work.workload].model)
    found = np.empty(len(options))
    alike: dict[object, list[int]] = {}
    for place, option in enumerate(options):
        alike.setdefault((option.run.speculative, option.run.requests_per_gpu), []).append(place)
    for places in alike.values():
        asked = [options[place] for place in places]
        given = conditions_of(instance, work.workload, asked[0].run)
        points = kernels.operating_points(
            architecture, asked_of(instance, asked), _of_group(given, work, lengths, group)
        )
        reads = work.phase is Phase.PREFILL
        found[places] = 1.0 / (points.prefill_tokens_per_s if reads else points.decode_tokens_per_s)
    return found


def _of_group(given: Conditions, work: Work, lengths: RequestLengths, group: NDArray[np.int64]) -> Conditions:
    """Conditions at the mean length of a group, each token of work counting as one; a prompt may take any time."""
    free = replace(all_alike(given), prefill_time_s=math.inf)
    if work.phase is Phase.DECODE:
        tokens = (lengths.share * lengths.output)[group]
        scale = given.context_tokens / lengths.mean_context  # a context that is stated
        return replace(free, kv_tokens=float(tokens @ lengths.contexts[0][group] / tokens.sum()) * scale)
    tokens = (lengths.share * lengths.computed)[group]
    computed, reached = (
        float(tokens @ one[group] / tokens.sum()) for one in (lengths.computed, lengths.reached[0])
    )
    prompt = reached + computed / 2.0
    return replace(
        free,
        input_tokens=prompt,
        cache_hit_share=max(reached - computed / 2.0, 0.0) / prompt,
        kv_tokens=given.context_tokens,
    )
