"""Small random questions with promises: headroom that varies by unit and hour, and failures to stand in for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.loader import from_dict
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.small import record

if TYPE_CHECKING:
    from planner.model import Sets


def promised(seed: int, starts: bool = False) -> Sets:
    """A small question where units may be busy a random share of their time, most of them promising availability."""
    random, data = np.random.default_rng((seed, 1)), record(seed, starts)
    if random.random() < 0.8:
        for hardware in data["hardware"].values():
            hardware |= {
                "failures_per_node_year": float(random.choice([4.0, 12.0, 60.0])),
                "repair_hours": float(random.choice([2.0, 12.0])),
            }
        data["workloads"]["chat"]["sla"] = {"availability": float(random.choice([0.9, 0.99, 0.999]))}
    instance = from_dict(data)
    sets = sets_of(instance, compute_rates(instance))
    common = random.uniform(0.7, 1.0, sets.periods)
    return replace(sets, headroom=common * random.uniform(0.95, 1.0, (len(sets.units), sets.periods)))
