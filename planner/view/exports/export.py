"""Export: one function for every format. A new format is a function and its line in `FORMATS`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.errors import Fault, InstanceError
from planner.loader import from_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan

    Files = Mapping[str, bytes] | bytes
    Writer = Callable[[Plan, Instance | None, Mapping[str, Plan]], Files]


def export(
    plan: Plan,
    kind: str,
    path: str | Path,
    instance: Instance | None = None,
    alternatives: Mapping[str, Plan] | None = None,
) -> list[Path]:
    """Write a plan in a format of `FORMATS` to a file (`csv`, `parquet`: to a folder); returns the files.

    `instance` is read from the plan where it is not given. Raises InstanceError where it cannot be written,
    an optional package is missing, or the format needs an instance and none is known; ValueError for a
    format that does not exist.
    """
    if kind not in FORMATS:
        raise ValueError(f"no format {kind!r}; there are {', '.join(FORMATS)}")
    if instance is None and plan.question:
        instance = from_dict(plan.question)
    content = FORMATS[kind](plan, instance, alternatives or {})
    named = {"": content} if isinstance(content, bytes) else content
    files = {Path(path) / name: data for name, data in named.items()}
    for file, data in files.items():
        write_bytes(file, data)
    return list(files)


def _known(instance: Instance | None) -> Instance:
    if instance is None:
        raise InstanceError([Fault("the plan does not carry its instance: give it too")])
    return instance


def _usable(plan: Plan) -> Plan:
    if not plan.usable:
        raise InstanceError([Fault(f"there is no plan to export: its status is {plan.status}")])
    return plan


def _xlsx(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.workbook import xlsx

    return xlsx(plan, instance, alternatives)


def _focus(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.focus import focus

    return focus(_usable(plan), instance).encode()


def _csv(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.tables import csv_files

    return csv_files(_usable(plan), instance)


def _parquet(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.tables import parquet_files

    return parquet_files(_usable(plan), instance)


def _json(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    return (json.dumps(plan.to_dict(), indent=2, allow_nan=False) + "\n").encode()


def _lp(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.program import lp

    return lp(_known(instance))


def _mps(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.program import mps

    return mps(_known(instance))


def _quotes(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.quotes import quote_sheet

    return quote_sheet(_known(instance))


FORMATS: dict[str, Writer] = {
    "xlsx": _xlsx,
    "focus": _focus,
    "csv": _csv,
    "parquet": _parquet,
    "json": _json,
    "lp": _lp,
    "mps": _mps,
    "quotes": _quotes,
}
