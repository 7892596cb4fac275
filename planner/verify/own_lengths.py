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
from planner.rates.kernel import all_alike, asked_of, conditions_of
from planner.rates.kernel_detail import KERNEL
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

ASKED = 10
"""Contexts at which the kernel is asked; between them, and beyond, by straight lines."""
UNBOUNDED = 1e6
"""Of memory, in shares of what there is: as many requests run as are planned, however long."""


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
    """Slowness of some units that the kernel rated, for the work at a column, at contexts of requests of `lengths`.

    Units run as they are planned to, with as many requests at once, but every request is of one context.
    """
    work = rates.works[column]
    contexts = _contexts_to_ask(lengths, work.phase)
    options = {one.name: one for one in expand(instance)}
    alike: dict[object, list[int]] = {}
    for place, unit in enumerate(units):
        run = options[rates.units[unit].name].run
        held = rates.details[unit][work.name].batch_per_gpu
        alike.setdefault((run.speculative, run.requests_per_gpu, held), []).append(place)
    seconds = np.empty((len(units), len(contexts)))
    for (*_, held), places in alike.items():  # type: ignore[misc]
        some = [options[rates.units[units[place]].name] for place in places]
        seconds[places] = _seconds(instance, work, some, held, lengths, contexts)
    return OwnRates(contexts, seconds * rates.rate[list(units), column][:, None])


def _contexts_to_ask(lengths: RequestLengths, phase: Phase) -> Array:
    """Some contexts from the least to the largest, apart by about as much attention each; of prompts none is less than
    that of the mean prompt without a cached prefix."""
    reads = phase is Phase.PREFILL
    contexts, share = lengths.reached if reads else lengths.contexts
    order = np.argsort(contexts, kind="stable")
    attention = np.cumsum((share * contexts)[order])
    at = np.minimum(np.searchsorted(attention, np.linspace(0.0, attention[-1], ASKED)), len(order) - 1)
    least = lengths.mean_computed / 2.0 if reads else 0.0
    return np.unique(np.maximum(contexts[order][at], least))


def _seconds(
    instance: Instance,
    work: Work,
    options: list[Option],
    held: float | None,
    lengths: RequestLengths,
    contexts: Array,
) -> Array:
    """Seconds of a token of requests that are all of one context, `held` of them on a GPU: [option, context]."""
    architecture = kernels.architecture(instance.workloads[work.workload].model)
    given = conditions_of(instance, work.workload, options[0].run, sharing=options[0].workloads)
    asked = asked_of(instance, options)
    free = replace(all_alike(given), prefill_time_s=math.inf, tpot_s=math.inf, memory_share=UNBOUNDED)
    if held is not None:
        free = replace(free, requests_per_gpu_limit=held)
    scale = given.context_tokens / lengths.mean_context  # of a context that is stated
    found = []
    for context in contexts.tolist():
        if work.phase is Phase.DECODE:
            points = kernels.operating_points(architecture, asked, replace(free, kv_tokens=context * scale))
            found.append(1.0 / points.decode_tokens_per_s)
        else:
            points = kernels.operating_points(architecture, asked, _reaching(free, lengths, context))
            found.append(1.0 / points.prefill_tokens_per_s)
    return np.array(found).T


def _reaching(free: Conditions, lengths: RequestLengths, context: float) -> Conditions:
    """Conditions of prompts with as many computed tokens as the mean one, and a cached prefix up to the context."""
    cached = context - lengths.mean_computed / 2.0
    prompt = lengths.mean_computed + cached
    return replace(free, input_tokens=prompt, cache_hit_share=cached / prompt, kv_tokens=free.context_tokens)
