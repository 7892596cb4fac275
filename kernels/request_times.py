"""How much the time to read a prompt varies from request to request, by option.

A prompt of n computed tokens takes n s(r) seconds, s those of a token at the context r = cached + n / 2 it reaches:
long prompts take more than in proportion, as attention grows with r.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.mixed import mixed_prompt
from kernels.prefill import prefill_pass

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats
    from kernels.lengths import RequestLengths
    from kernels.setting import Setting

NODES = 16  # contexts at which a token is timed; between them, by the straight line


def prompt_scv(
    architecture: Architecture,
    setting: Setting,
    lengths: RequestLengths | None,
    tokens: Floats,
    requests: Floats,
    together: Booleans,
) -> Floats:
    """Squared coefficient of variation of the time to read a prompt, shape [n]; NaN without lengths.

    At passes of `tokens` per GPU [n]; options that are `together` [n] read beside `requests` per GPU [n] that run.
    """
    if lengths is None:
        return np.full(len(tokens), np.nan)
    reached, _ = lengths.reached
    low, high = max(float(reached.min()), 1.0), max(float(reached.max()), 1.0)
    contexts = np.unique(np.geomspace(low, high, NODES))
    timed = _seconds_per_token(architecture, setting, contexts, tokens, requests, together)
    works = np.array([lengths.computed * np.interp(reached, contexts, row) for row in timed])
    mean = works @ lengths.share
    spread = (works - mean[:, None]) ** 2 @ lengths.share
    found: Floats = spread / mean**2
    return found


def _seconds_per_token(
    architecture: Architecture,
    setting: Setting,
    contexts: Floats,
    tokens: Floats,
    requests: Floats,
    together: Booleans,
) -> Floats:
    """Seconds of a computed token that reaches each of some contexts, up to a factor by option: [n, contexts]."""
    count, nodes = len(tokens), len(contexts)
    row = np.repeat(np.arange(count), nodes)
    at = replace(
        setting.rows(row),
        reached_tokens=np.tile(contexts, count)[:, None],
        reached_share=np.ones((len(row), 1)),
    )
    seconds = prefill_pass(architecture, at, tokens[row, None]).seconds / tokens[row, None]
    if together.any():
        beside = mixed_prompt(architecture, at, requests[row, None]).added_s / at.computed_tokens
        seconds = np.where(together[row, None], beside, seconds)
    return seconds.reshape(count, nodes)
