"""Files of the throughput kernel: measured points and fitted efficiencies, read with faults that name the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from kernels.efficiency import Fitted

MOST_BYTES = 20_000_000  # of a points file, and of an efficiency file


def read_entries(path: Path | None) -> list[dict[str, Any]]:
    """The points file as plain records; the shipped ones where none is named. Raises InstanceError."""
    if path is None:
        from kernels.calibration.runs import shipped_points

        return shipped_points()
    try:
        loaded = json.loads(read_text(path, MOST_BYTES))
    except (ValueError, RecursionError) as error:
        raise InstanceError([Fault(f"not JSON: {error}", file=str(path))]) from None
    entries = loaded.get("points") if isinstance(loaded, dict) else loaded
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InstanceError([Fault("a points file is a JSON list of objects", file=str(path))])
    return entries


def read_calibration(path: Path | None) -> Fitted | None:
    """The efficiency file at `path`. Raises InstanceError."""
    if path is None:
        return None
    import yaml

    from kernels.efficiency import Fitted
    from kernels.facts import parse

    try:
        return Fitted.from_dict(parse(read_text(path, MOST_BYTES)))
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InstanceError([Fault(f"not an efficiency file: {error}", file=str(path))]) from None
