"""Workloads whose requests arise in several regions, as one for each: `chat` becomes `chat.europe`, `chat.asia`.

Each has the share of the demand that its region states, and all else that the workload says. Where others name the
workload they mean all of its parts (`planner.loader.parts`).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from planner.loader.parts import put_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document

SHARES, REGION = "regions", "region"
EXACT_ENOUGH = 1e-6


def split_by_region(document: Document) -> list[Fault]:
    """Put the parts in the place of such workloads, in the document; returns what is wrong with their shares.

    What is no table of numbers is left to the schema.
    """
    workloads = document.data.get("workloads")
    if not isinstance(workloads, dict):
        return []
    shares = {name: one[SHARES] for name, one in workloads.items() if _has_shares(one)}
    faults = [fault for name in shares for fault in _wrong(document, workloads, name, shares[name])]
    if faults or not shares:
        return faults
    document.data["workloads"] = {
        part: made
        for name, workload in workloads.items()
        for part, made in _made(document, name, workload, shares.get(name))
    }
    put_parts(document.data, {name: [part_name(name, region) for region in shares[name]] for name in shares})
    return []


def part_name(workload: str, region: str) -> str:
    """The name of the part of a workload that arises in a region."""
    return f"{workload}.{region}"


def _has_shares(workload: Any) -> bool:
    given = workload.get(SHARES) if isinstance(workload, dict) else None
    numbers = given.values() if isinstance(given, dict) else ()
    return bool(numbers) and all(type(one) in (int, float) and 0 < one <= 1 for one in numbers)


def _wrong(
    document: Document, workloads: dict[str, Any], name: str, shares: dict[str, float]
) -> Iterator[Fault]:
    path = ("workloads", name, SHARES)
    total = sum(shares.values())
    if abs(total - 1.0) > EXACT_ENOUGH:
        yield document.fault(path, f"the shares sum to {total:.6g}, not to 1")
    if REGION in workloads[name]:
        yield document.fault(("workloads", name, REGION), "says the same as 'regions' beside it", True)
    for region in shares:
        if part_name(name, region) in workloads:
            message = f"its part would be called '{part_name(name, region)}', which is another workload: rename that"
            yield document.fault((*path, region), message, True)


def _made(
    document: Document, name: str, workload: Any, shares: dict[str, float] | None
) -> Iterator[tuple[str, Any]]:
    """The parts of a workload by name, with the marks of what they are made of; itself where it has none."""
    if shares is None:
        yield name, workload
        return
    for region, share in shares.items():
        part = part_name(name, region)
        made = {key: copy.deepcopy(value) for key, value in workload.items() if key != SHARES}
        document.copy_marks(("workloads", name), ("workloads", part), made)
        document.copy_marks(("workloads", name, SHARES, region), ("workloads", part, REGION), region)
        made[REGION] = region
        demand = made.get("demand")
        if isinstance(demand, dict):
            scale = demand.get("scale", 1.0)
            demand["scale"] = scale * share if type(scale) in (int, float) else scale
        yield part, made
