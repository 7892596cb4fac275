"""Steps of units of which only rates were measured: a constant rate, for there is nothing else to go by.

prefill, request   servers of one prompt each, which take tokens / rate; a unit of k prompts at once is k of them
decode             every step takes the time per token, however few are in it; rate x time per token slots
co-located         running requests / decode rate + prompt tokens / prefill rate
"""

from __future__ import annotations

import numpy as np

from kernels.exchange_shown import Shown
from kernels.step_times import LONGEST, POINTS, StepTimes

MOST_ROWS = 1e9
MOST_SLOTS = 100_000
"""Slots of a unit that the engine keeps books of; more are free of waits."""


def measured_times(
    prefill_per_s: float | None, decode_per_s: float | None, tpot_s: float, slots: float
) -> StepTimes:
    """Tables of a unit, or of one server of it, from what it does per second of each phase; None: it does not."""
    requests = np.concatenate([[0.0], np.geomspace(1.0, max(slots, 2.0), POINTS)])
    rows = np.concatenate([[0.0], np.geomspace(1.0, MOST_ROWS, POINTS)])
    contexts = np.concatenate([[1.0], np.geomspace(64.0, LONGEST, POINTS)])
    nothing = np.zeros(POINTS + 1)
    together = prefill_per_s is not None and decode_per_s is not None
    linear = requests / decode_per_s if decode_per_s is not None else nothing
    return StepTimes(
        ranks=1,
        requests=requests,
        contexts=contexts,
        rows=rows,
        decode_own=linear if together else np.full(POINTS + 1, tpot_s if decode_per_s is not None else 0.0),
        decode_shared=nothing,
        decode_fixed=linear if together else nothing,
        decode_attention=np.zeros((POINTS + 1, POINTS + 1)),
        prompt_own=nothing,
        prompt_shared=nothing,
        prompt_attention=nothing + (1.0 / prefill_per_s if prefill_per_s is not None else 0.0),
        decode_shown=Shown(nothing, nothing, nothing),
        prompt_shown=Shown(nothing, nothing, nothing),
        accept_length=1.0,
        queries=1.0,
        kv_tokens=np.inf,
        chunk_tokens=MOST_ROWS,
        reached_tokens=0.0,
        transfer_s=0.0,
    )
