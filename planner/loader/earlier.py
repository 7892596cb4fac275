"""The earlier plan that an instance names: its pools, read from the file in the instance's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import InstanceError
from planner.loader.series import inside

if TYPE_CHECKING:
    from pathlib import Path

    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document

PATH = ("limits", "change", "plan")


def fill_earlier(document: Document, folder: Path | None) -> list[Fault]:
    """Put the pools of the plan that `limits.change.plan` names beside it; returns what is wrong with it."""
    limits = document.data.get("limits")
    change: Any = limits.get("change") if isinstance(limits, dict) else None
    if not isinstance(change, dict) or not isinstance(change.get("plan"), str):
        return []
    if change.get("pools"):
        return [document.fault(PATH, "give the earlier plan's file or its pools, not both")]
    if folder is None:
        return [document.fault(PATH, "a text without a folder cannot name files; give base= or the pools")]
    try:
        pools = _pools(inside(folder, change["plan"]), _period_hours(document))
    except InstanceError as error:
        return [document.fault(PATH, str(fault)) for fault in error.faults]
    except ValueError as error:
        return [document.fault(PATH, f"no earlier plan: {error}")]
    change["pools"] = {name: list(nodes) for name, nodes in pools.items()}
    del change["plan"]
    return []


def _period_hours(document: Document) -> object:
    """Length of the periods of the horizon, as it is written."""
    horizon = document.data.get("horizon")
    return horizon.get("period_hours", 1.0) if isinstance(horizon, dict) else None


def _pools(path: Path, period_hours: object) -> dict[str, tuple[float, ...]]:
    """The pools of a plan's file; few instances name one, so what reads plans is loaded here.

    Raises ValueError where its periods are longer or shorter than those of the horizon.
    """
    from planner.plan.change import pools_of
    from planner.plan.plan import Plan
    from planner.plan.text import read_record

    plan = Plan.from_dict(read_record(path, "the earlier plan"))
    if isinstance(period_hours, int | float) and plan.period_hours != period_hours:
        raise ValueError(
            f"its periods are of {plan.period_hours:g} h, those of the horizon of {period_hours:g} h"
        )
    return pools_of(plan)
