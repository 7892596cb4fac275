"""The classes of a workload that is split by length: demand, lengths and variability of each.

Requests of a class come as a share p of all, each by itself, so that gaps between them have the squared variation
1 + p (c - 1), c that of all (thinning: W. Whitt, The Queueing Network Analyzer, Bell System Technical Journal 62, 1983,
section 4.3). Variations of lengths follow from the lengths of the class.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import numpy as np

from planner.rates.request_lengths import cached_tokens

AT = "split_at"
LENGTHS = "lengths"
ARRIVALS = ("arrival_scv", "decode_arrival_scv")
OF_ALL = ("prefill_scv", "decode_scv")
"""What `queueing` says of the lengths of all requests; a class has its own."""
FACTORS = {
    "input_tokens_per_s": "input_tokens",
    "cached_tokens_per_s": "cached_tokens",
    "output_tokens_per_s": "output_tokens",
    "requests_per_s": "share",
}
"""Series of the demand, and what of the classes each is divided by."""


def classes_apart(workload: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A workload that is split at lengths, as plain data: its parts by the label of their class."""
    lengths = workload[LENGTHS]
    classes = _with_cached(workload)
    table = {key: np.array([one[key] for one in classes]) for key in FACTORS.values()}
    totals = {key: float(table["share"] @ values) for key, values in table.items() if key != "share"}
    totals["share"] = float(table["share"].sum())
    edges = [0.0, *lengths[AT], np.inf]
    made = {}
    for low, high in pairwise(edges):
        chosen = (table["input_tokens"] > low) & (table["input_tokens"] <= high)
        parts = {
            key: float((table["share"] * (values if key != "share" else 1.0))[chosen].sum())
            / (totals[key] or 1.0)
            for key, values in table.items()
        }
        label = f"to_{high:.12g}" if np.isfinite(high) else f"over_{low:.12g}"
        part = {
            key: copy.deepcopy(value) for key, value in workload.items() if key not in (LENGTHS, "demand")
        }
        part["demand"] = _demand(workload.get("demand"), parts)
        some = [one for one, here in zip(classes, chosen.tolist(), strict=True) if here]
        part[LENGTHS] = _lengths(lengths, classes, some, low, high)
        if isinstance(part.get("queueing"), dict):
            part["queueing"] = _queueing(part["queueing"], parts["share"])
        made[label] = part
    return made


def _with_cached(workload: dict[str, Any]) -> list[dict[str, float]]:
    """The classes with their cached tokens, as many in all as the demand says."""
    lengths = workload[LENGTHS]
    classes: list[dict[str, float]] = lengths["classes"]
    share, prompt = (np.array([one[key] for one in classes]) for key in ("share", "input_tokens"))
    own = [one.get("cached_tokens") for one in classes]
    stated = np.array(own, dtype=np.float64) if all(type(one) in (int, float) for one in own) else None
    law = lengths.get("cached_prefix", "proportional")
    cached = cached_tokens(share / share.sum(), prompt, _hit_share(workload.get("demand")), stated, law)
    return [one | {"cached_tokens": value} for one, value in zip(classes, cached.tolist(), strict=True)]


def _hit_share(demand: Any) -> float:
    """Share of prompt tokens that the demand says are cached, over all periods."""
    given = demand if isinstance(demand, dict) else {}
    prompt, cached = (_sum(given.get(key)) for key in ("input_tokens_per_s", "cached_tokens_per_s"))
    return min(cached / prompt, 1.0) if prompt else 0.0


def _sum(series: Any) -> float:
    """Mean of a series of numbers, or the number; 0 for what is neither."""
    values = series if isinstance(series, list) else [series]
    return float(np.mean(values)) if all(type(one) in (int, float) for one in values) and values else 0.0


def _demand(demand: Any, parts: dict[str, float]) -> Any:
    """The demand of a class: every series by its own factor."""
    if not isinstance(demand, dict):
        return demand
    made = copy.deepcopy(demand)
    for key, of in FACTORS.items():
        given: Any = made.get(key)
        if isinstance(given, list):
            made[key] = [one * parts[of] if type(one) in (int, float) else one for one in given]
        elif type(given) in (int, float):
            made[key] = given * parts[of]
    return made


def _lengths(
    lengths: dict[str, Any],
    classes: list[dict[str, float]],
    some: list[dict[str, float]],
    low: float,
    high: float,
) -> dict[str, Any]:
    """Lengths of a class; a stated context is divided in proportion."""
    made: dict[str, Any] = {"classes": [dict(one) for one in some]}
    for key in ("input_tokens", "output_tokens"):
        made[key] = sum(one["share"] * one[key] for one in some) / sum(one["share"] for one in some)
    context: Any = lengths.get("kv_tokens")
    if type(context) in (int, float):
        made["kv_tokens"] = context * _context(some) / _context(classes)
    if low:
        made["over_tokens"] = low
    if np.isfinite(high):
        made["to_tokens"] = high
    return made


def _context(classes: list[dict[str, float]]) -> float:
    """Mean context of a generated token."""
    weights = np.array([one["share"] * one["output_tokens"] for one in classes])
    return float(
        weights @ [one["input_tokens"] + one["output_tokens"] / 2.0 for one in classes] / weights.sum()
    )


def _queueing(queueing: dict[str, Any], share: float) -> dict[str, Any]:
    """Variability of a class that is a share of the requests."""
    made = {key: value for key, value in queueing.items() if key not in OF_ALL}
    for key in ARRIVALS:
        if type(made.get(key)) in (int, float):
            made[key] = 1.0 + share * (made[key] - 1.0)
    return made
