"""Time to read a prompt over a distribution of lengths: its mean, and how much it varies, by option.

A prompt of n computed tokens takes n s(r) seconds, s those of a token at the context r = cached + n / 2 it reaches:
long prompts take more than in proportion, as attention grows with r.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.mixed import mixed_prompt
from kernels.prefill import prefill_pass

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats
    from kernels.lengths import RequestLengths
    from kernels.setting import Setting

NODES = (
    16  # contexts at which a token is timed, apart by as much attention; between them, by the straight line
)


class PromptTimes(NamedTuple):
    """Of each option [n]: squared coefficient of variation of the time to read a prompt, and its mean over the time of
    the mean context. A pass that overlaps what it does takes the longer of two, so that mean is 1 or more."""

    scv: Floats
    stretch: Floats


def prompt_times(
    architecture: Architecture,
    setting: Setting,
    lengths: RequestLengths | None,
    tokens: Floats,
    requests: Floats,
    together: Booleans,
) -> PromptTimes:
    """Times to read the prompts of a distribution; without lengths they are unknown (NaN), and of mean 1.

    At passes of `tokens` per GPU [n]; options that are `together` [n] read beside `requests` per GPU [n] that run.
    """
    if lengths is None:
        return PromptTimes(np.full(len(tokens), np.nan), np.ones(len(tokens)))
    reached, share = lengths.reached
    contexts = _nodes(reached, share)
    timed = _seconds_per_token(architecture, setting, contexts, tokens, requests, together)
    at = setting.reached_tokens, setting.reached_share
    mixed = _seconds(architecture, setting, at, tokens[:, None], requests[:, None], together[:, None])
    works = np.array([lengths.computed * np.interp(reached, contexts, row) for row in timed])
    mean = works @ lengths.share
    spread = (works - mean[:, None]) ** 2 @ lengths.share
    stretch = np.maximum(mean / (lengths.mean_computed * mixed[:, 0]), 1.0)
    return PromptTimes(spread / mean**2, stretch)


def _nodes(reached: Floats, share: Floats) -> Floats:
    """Contexts from the least to the largest, apart by about as much attention each."""
    order = np.argsort(reached, kind="stable")
    attention = np.cumsum((share * reached)[order])
    at = np.minimum(np.searchsorted(attention, np.linspace(0.0, attention[-1], NODES)), len(order) - 1)
    return np.unique(reached[order][at])


def _seconds_per_token(
    architecture: Architecture,
    setting: Setting,
    contexts: Floats,
    tokens: Floats,
    requests: Floats,
    together: Booleans,
) -> Floats:
    """Seconds of a computed token that reaches each of some contexts: [n, contexts]."""
    count, nodes = len(tokens), len(contexts)
    row = np.repeat(np.arange(count), nodes)
    at = np.tile(contexts, count)[:, None], np.ones((len(row), 1))
    some = setting.rows(row)
    found = _seconds(architecture, some, at, tokens[row, None], requests[row, None], together[row, None])
    return found.reshape(count, nodes)


def _seconds(
    architecture: Architecture,
    setting: Setting,
    at: tuple[Floats, Floats],
    tokens: Floats,
    requests: Floats,
    together: Booleans,
) -> Floats:
    """Seconds of a computed token whose contexts, and the share of each, are `at`, up to a factor by option: [n, 1]."""
    some = replace(setting, reached_tokens=at[0], reached_share=at[1])
    seconds = prefill_pass(architecture, some, tokens).seconds / tokens
    if together.any():
        beside = mixed_prompt(architecture, some, requests).added_s / some.computed_tokens
        seconds = np.where(together, beside, seconds)
    return seconds
