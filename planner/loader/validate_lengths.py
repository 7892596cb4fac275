"""Checks of lengths that are given as classes: means beside them, and what is cached of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.lengths import SAME_MEAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.instance.lengths import LengthClass
    from planner.instance.workload import Demand
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


SAME_HITS = 0.02
"""Shares of cached tokens that classes and demand may differ by: how much it is in all, the demand says."""


def length_findings(instance: Instance) -> Iterator[PathFinding]:
    """Means beside classes that are not theirs, and classes that are cached otherwise than the demand says."""
    for name, workload in instance.workloads.items():
        lengths = workload.lengths
        if lengths is None or lengths.classes is None:
            continue
        share = np.array([one.share for one in lengths.classes])
        path: Path = ("workloads", name, "lengths")
        for key in ("input_tokens", "output_tokens"):
            mean = float(share @ [getattr(one, key) for one in lengths.classes] / share.sum())
            stated = getattr(lengths, key)
            if abs(stated - mean) > SAME_MEAN * mean:
                yield (*path, key), f"is {stated:g}, the mean of the classes is {mean:g}: leave it out"
        yield from _cached_alike(workload.demand, lengths.classes, (*path, "classes"))


def _cached_alike(demand: Demand, classes: tuple[LengthClass, ...], path: Path) -> Iterator[PathFinding]:
    """What classes say of cached tokens against the demand: each of them or none, and as much in all."""
    silent = [one.cached_tokens is None for one in classes]
    if all(silent):
        return
    if any(silent):
        yield path, "some say cached_tokens, others do not: give it for each, or for none"
        return
    series = demand.input_tokens_per_s, demand.cached_tokens_per_s
    if series[0] is None or any(isinstance(one, str) for one in series):  # the second: told already
        return
    prompts, hits = (float(np.mean(np.asarray(one, dtype=np.float64))) for one in series)
    stated = sum(one.share * (one.cached_tokens or 0.0) for one in classes)
    stated /= sum(one.share * one.input_tokens for one in classes)
    if prompts <= 0.0:  # a demand for nothing has no share to differ by
        return
    demanded = hits / prompts
    if abs(stated - demanded) > SAME_HITS:
        yield (
            path,
            f"{stated:.1%} of their prompt tokens are cached, and {demanded:.1%} of the demand's (cached_tokens_per_s)",
        )
