"""Workloads that are split by length, as one for each class: `chat` becomes `chat.to_4096`, `chat.over_4096`.

Each has the demand of its requests, their lengths, and all else that the workload says (`planner.loader.length_parts`).
Where others name the workload they mean all of its parts (`planner.loader.parts`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.loader.length_parts import AT, LENGTHS, classes_apart
from planner.loader.parts import put_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document

SPLIT = "split"
WHEN_CHEAPER = "cheapest"
MEASURED = ("prefill_busy_limit", "decode_busy_limit")


def split_by_length(document: Document) -> list[Fault]:
    """Put the classes in the place of workloads that are split at lengths; returns what is wrong with that.

    Those whose plan may choose (`split: cheapest`) stay whole. What does not fit is left to the schema.
    """
    workloads = document.data.get("workloads")
    if not isinstance(workloads, dict):
        return []
    split = [name for name, one in workloads.items() if _is_split(one)]
    faults = [fault for name in split for fault in _wrong(document, workloads, name)]
    if faults or not split:
        return faults
    made = {name: classes_apart(workloads[name]) for name in split}
    names = {name: [f"{name}.{label}" for label in made[name]] for name in split}
    taken = [part for parts in names.values() for part in parts if part in workloads]
    if taken:
        where = ("workloads", taken[0])
        return [
            document.fault(where, "a class of lengths would be called so too: rename this workload", True)
        ]
    for name in split:
        for label, part in made[name].items():
            document.copy_marks(("workloads", name), ("workloads", f"{name}.{label}"), part)
    document.data["workloads"] = {
        part: record
        for name, one in workloads.items()
        for part, record in (
            {f"{name}.{label}": part for label, part in made[name].items()} if name in made else {name: one}
        ).items()
    }
    put_parts(document.data, names)
    return []


def _is_split(workload: Any) -> bool:
    lengths = workload.get(LENGTHS) if isinstance(workload, dict) else None
    if not isinstance(lengths, dict) or lengths.get(SPLIT) == WHEN_CHEAPER:
        return False
    at = lengths.get(AT)
    return isinstance(at, list) and bool(at) and _numbers(at) and _classes_fit(lengths.get("classes"))


def _numbers(values: list[Any]) -> bool:
    """Whether all of some values are numbers above 0."""
    return all(type(one) in (int, float) and one > 0 for one in values)


def _wrong(document: Document, workloads: dict[str, Any], name: str) -> Iterator[Fault]:
    """What keeps a workload from being split."""
    workload = workloads[name]
    lengths, path = workload[LENGTHS], ("workloads", name, LENGTHS)
    if lengths[AT] != sorted(set(lengths[AT])):
        yield document.fault((*path, AT), "must ascend")
        return
    prompts = np.array([one["input_tokens"] for one in lengths["classes"]])
    edges = [0.0, *lengths[AT], np.inf]
    for low, high in pairwise(edges):
        if not ((prompts > low) & (prompts <= high)).any():
            yield document.fault(
                (*path, AT), f"no requests have more than {low:g} and at most {high:g} tokens"
            )
    queueing = workload.get("queueing")
    for key in MEASURED if isinstance(queueing, dict) else ():
        if queueing.get(key) is not None:
            message = "was measured with requests of all lengths together, and says nothing of their classes"
            yield document.fault(("workloads", name, "queueing", key), message)


def _classes_fit(classes: Any) -> bool:
    """Whether classes are a table of numbers."""
    keys = ("share", "input_tokens", "output_tokens")
    return isinstance(classes, list) and all(
        isinstance(one, dict) and _numbers([one.get(key) for key in keys]) for one in classes
    )
