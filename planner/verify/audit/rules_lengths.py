"""Rules on lengths: rates of works whose requests differ are rates of their requests, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.rates.request_lengths import request_lengths
from planner.verify.own_lengths import own_rates, rated_by_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.facts import Facts

TOLERANCE = {Phase.PREFILL: 0.03, Phase.DECODE: 0.10}
"""A batch of answers of all lengths is not the mean of batches of each: some keep memory busy, others arithmetic."""


def own_lengths(facts: Facts) -> Iterator[tuple[str, str, float]]:
    """Requests at their own lengths take no longer than their rate says, of units that serve and the kernel rated."""
    for column, work in enumerate(facts.rates.works):
        lengths = request_lengths(facts.instance, work.workload) if work.phase in TOLERANCE else None
        used = [
            unit
            for unit in np.flatnonzero((facts.served[:, column] > 0).any(axis=-1)).tolist()
            if rated_by_kernel(facts.rates, unit, work)
        ]
        if lengths is None or not used:
            continue
        reads = work.phase is Phase.PREFILL
        tokens = lengths.share * (lengths.computed if reads else lengths.output)
        own = own_rates(facts.instance, facts.rates, used, column, lengths)
        stretch = own.at((lengths.reached if reads else lengths.contexts)[0]) @ tokens / tokens.sum()
        for unit, longer in zip(used, stretch.tolist(), strict=True):
            if longer > 1.0 + TOLERANCE[work.phase]:
                where = f"{facts.rates.units[unit].name} for {work.name}"
                yield where, f"requests take {longer:.4g} times what the rate gives them", longer - 1.0


length_rules = (("lengths", own_lengths),)
