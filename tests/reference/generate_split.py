"""Random instances with workloads that are split by length, at every boundary or where the plan is cheapest."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.generate import instance_of

Data = dict[str, Any]

PROMPTS = (50, 200, 1_000, 5_000, 30_000)


def split_instance_of(seed: int) -> Data:
    """The instance of a seed with some of its workloads split."""
    draw = Random(f"split {seed}")
    instance = instance_of(seed)
    names = list(instance["workloads"])
    for name in draw.sample(names, draw.randint(1, len(names))):
        instance["workloads"][name]["lengths"] = _lengths(draw)
    return instance


def _lengths(draw: Random) -> Data:
    prompts = sorted(draw.sample(PROMPTS, draw.randint(2, 4)))
    classes = [
        {"share": draw.choice([1, 3, 20]), "input_tokens": prompt, "output_tokens": draw.choice([1, 40, 900])}
        for prompt in prompts
    ]
    at = sorted(draw.sample(prompts[:-1], draw.randint(1, min(2, len(prompts) - 1))))
    lengths: Data = {"classes": classes, "split_at": at}
    if draw.random() < 0.3:
        lengths["cached_prefix"] = "fixed"
    if draw.random() < 0.4:
        lengths["split"] = "cheapest"
    return lengths
