"""Workloads that are split by length, taken apart in plain data: what a file that says so is the same question as."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

Data = dict[str, Any]

SERIES = ("input_tokens_per_s", "cached_tokens_per_s", "output_tokens_per_s", "requests_per_s")


def readings(instance: Data) -> list[Data]:
    """Every question that an instance may be read as; itself where nothing is split."""
    named = {name: _places(one.get("lengths", {})) for name, one in instance["workloads"].items()}
    found = []
    for chosen in product(*named.values()):
        read = copy.deepcopy(instance)
        for name, at in zip(named, chosen, strict=True):
            _take_apart(read, name, at)
        found.append(read)
    return found


def _places(lengths: Data) -> list[list[float]]:
    """Boundaries at which a workload may be split, together."""
    at = lengths.get("split_at", [])
    if lengths.get("split") != "cheapest":
        return [at]
    every = [at] if len(at) > 1 else []
    return [[], *([one] for one in at), *every]


def _take_apart(instance: Data, name: str, at: list[float]) -> None:
    """Put a workload's classes in its place, wherever it is named."""
    workload = instance["workloads"][name]
    classes = workload.get("lengths", {}).get("classes", [])
    parts: dict[str, list[Data]] = {}
    for one in sorted(classes, key=lambda one: float(one["input_tokens"])) if at else []:
        above = [edge for edge in at if one["input_tokens"] <= edge]
        label = f"{name}.to_{above[0]:g}" if above else f"{name}.over_{at[-1]:g}"
        parts.setdefault(label, []).append(one)
    if not parts:
        return
    prefix = _prefix(workload)
    made = {label: _part(workload, classes, some, prefix) for label, some in parts.items()}
    workloads: Data = {}
    for key, one in instance["workloads"].items():
        workloads |= made if key == name else {key: one}
    instance["workloads"] = workloads
    for section in ("deployments", "vendors", "scenarios", "stages"):
        records = instance.get(section, [])
        for record in records.values() if isinstance(records, dict) else records:
            for key in ("workloads", "rate_tokens_per_s", "rate_requests_per_s", "workload_scale"):
                if key in record:
                    record[key] = _renamed(record[key], name, list(parts))


def _renamed(named: Any, name: str, parts: list[str]) -> Any:
    if isinstance(named, dict):
        return {new: value for old, value in named.items() for new in (parts if old == name else [old])}
    return [new for old in named for new in (parts if old == name else [old])]


def _prefix(workload: Data) -> float | None:
    """Tokens that every prompt begins with, so that as much is cached as the demand says; None: by proportion."""
    lengths, demand = workload["lengths"], workload["demand"]
    if lengths.get("cached_prefix") != "fixed" or "input_tokens_per_s" not in demand:
        return None
    total = sum(one["share"] * one["input_tokens"] for one in lengths["classes"])
    wanted = (
        _sum(demand.get("cached_tokens_per_s", 0.0)) / (_sum(demand["input_tokens_per_s"]) or 1.0) * total
    )
    before, left = 0.0, sum(one["share"] for one in lengths["classes"])
    for one in sorted(lengths["classes"], key=lambda one: float(one["input_tokens"])):
        if before + left * one["input_tokens"] >= wanted:
            return float((wanted - before) / left)
        before += one["share"] * one["input_tokens"]
        left -= one["share"]
    return float(max(one["input_tokens"] for one in lengths["classes"]))


def _sum(series: Any) -> float:
    return float(sum(series) / len(series)) if isinstance(series, list) else float(series)


def _part(workload: Data, classes: list[Data], some: list[Data], prefix: float | None) -> Data:
    def total(of: list[Data], key: str) -> float:
        if key == "requests_per_s":
            return float(sum(one["share"] for one in of))
        if key == "cached_tokens_per_s" and prefix is not None:
            return float(sum(one["share"] * min(prefix, one["input_tokens"]) for one in of))
        tokens = "output_tokens" if key == "output_tokens_per_s" else "input_tokens"
        return float(sum(one["share"] * one[tokens] for one in of))

    part = copy.deepcopy({key: value for key, value in workload.items() if key != "lengths"})
    for key in SERIES:
        given = part["demand"].get(key)
        if given is not None:
            factor = total(some, key) / (total(classes, key) or 1.0)
            part["demand"][key] = (
                [one * factor for one in given] if isinstance(given, list) else given * factor
            )
    return part
