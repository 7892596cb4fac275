"""Small random questions with units that read prompts and answer them, beside those that do one of both."""

from __future__ import annotations

from typing import Any

import numpy as np


def with_both(record: dict[str, Any], seed: int) -> dict[str, Any]:
    """The question with one or two such units on every hardware: of any rates, some better than all others."""
    random = np.random.default_rng([seed, 7])
    for name in record["fleet"]:
        for nodes in random.choice([1, 2, 3], size=int(random.integers(1, 3)), replace=False).tolist():
            prefill, decode = random.uniform(1500.0, 9000.0) * nodes, random.uniform(300.0, 2000.0) * nodes
            record["deployments"].append(
                {
                    "name": f"{name}-both-{nodes}",
                    "role": "colocated",
                    "nodes": nodes,
                    "hardware": name,
                    "rate_tokens_per_s": {"chat": {"prefill": float(prefill), "decode": float(decode)}},
                }
            )
    return record
