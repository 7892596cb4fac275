"""The instance that a measured rate is for: its workloads count, and it may still be without deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import InstanceError
from planner.core.input_file import read_text
from planner.loader.load import load
from planner.loader.strict_yaml import MAX_BYTES, read_document

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance

DEPLOYMENTS = "deployments"


def read_asked(file: Path) -> Instance:
    """Read an instance; one that lacks usable deployments gets some that nobody looks at. Raises InstanceError."""
    try:
        return load(file)
    except InstanceError as error:
        if any(fault.path.split(".")[0] != DEPLOYMENTS for fault in error.faults):
            raise
    return load(file, {DEPLOYMENTS: _stand_ins(read_document(read_text(file, MAX_BYTES), str(file)).data)})


def _stand_ins(data: dict[str, Any]) -> list[dict[str, Any]]:
    """A measured deployment for the workloads in requests, and one for those in tokens."""
    workloads: dict[str, Any] = data.get("workloads") or {}
    in_requests = [name for name, one in workloads.items() if "requests_per_s" in (one.get("demand") or {})]
    in_tokens = [name for name in workloads if name not in in_requests]
    found: list[dict[str, Any]] = []
    if in_requests:
        found.append({"role": "request", "nodes": 1, "rate_requests_per_s": dict.fromkeys(in_requests, 1.0)})
    if in_tokens:
        both = {"prefill": 1.0, "decode": 1.0}
        rates = {name: dict(both) for name in in_tokens}
        found.append({"role": "colocated", "nodes": 1, "rate_tokens_per_s": rates})
    return found
