"""Passes of units that read alone, in the audit's own arithmetic: what a prompt of each length takes of them.

R ranks that take whole prompts fill a pass with R chunks, which the rate says the time of. What is not attention, and
not done by all ranks as one, goes by the tokens of a rank; attention by how far they reach, the busiest rank's being I
times that of the mean one:

    alone = n / chunk (pass - A - G + A r / (I mean r)),   no more than all its passes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import PromptReading
from planner.instance import Phase, Role

if TYPE_CHECKING:
    from planner.verify.audit.requests import RequestFacts

PARTS = 256
"""Of prompts that are known by mean and variation: as many of equal share."""
AS_ONE = {"experts", "exchange"}
"""Parts of a pass that ranks do together."""
NOTHING = 1e-9  # of a chunk


def ranks_apart(requests: RequestFacts, unit: int, work: int) -> int:
    """Ranks of a unit that read prompts whole, each its own."""
    kind, one, detail = requests.rates.works[work], requests.rates.units[unit], requests.detail(unit, work)
    given = requests.instance.workloads[kind.workload].queueing
    reads_alone = kind.phase is Phase.PREFILL and one.role is Role.PREFILL
    in_stages = detail.pipeline_parallel is not None and detail.pipeline_parallel > 1
    if not reads_alone or detail.pass_tokens is None or given is None or given.ranks == "even" or in_stages:
        return 1
    return max(1, round(one.gpus / (detail.tensor_parallel or one.gpus)))


def reading_of(requests: RequestFacts, unit: int, work: int) -> PromptReading | None:
    """What reading takes of a unit whose ranks read prompts whole; None where they do not."""
    ranks, detail = ranks_apart(requests, unit, work), requests.detail(unit, work)
    if ranks == 1 or not detail.pass_tokens:
        return None
    share, tokens, reach = requests.prompts(requests.rates.works[work], PARTS)
    pass_s = ranks * detail.pass_tokens / requests.rate(unit, work)
    whole_ms = sum(detail.split_ms.values())
    attention_s = pass_s * detail.split_ms.get("attention", 0.0) / whole_ms
    as_one_s = pass_s * sum(ms for part, ms in detail.split_ms.items() if part in AS_ONE) / whole_ms
    mean_reach = np.average(reach, weights=share * tokens)
    chunks = tokens / detail.pass_tokens
    own_s = chunks * (pass_s - as_one_s - attention_s * (1.0 - reach / mean_reach / detail.rank_imbalance))
    passes = np.ceil(chunks - NOTHING)
    spread = attention_s / pass_s * detail.rank_spread
    alone_s = np.minimum(own_s, passes * pass_s)
    return PromptReading(share, alone_s, passes, pass_s, as_one_s / pass_s, spread)
