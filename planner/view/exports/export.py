"""Export: one function for every format. A new format is a function and its entry in `FORMATS`.

The options of `planner export` and the files that the service offers follow from that entry. Nothing heavy is
imported before a format is written: the command line looks at `FORMATS` for its help.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.errors import Fault, InstanceError
from planner.core.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan

    Files = Mapping[str, bytes] | bytes
    Writer = Callable[[Plan, Instance | None, Mapping[str, Plan]], Files]


@dataclass(frozen=True)
class Format:
    """One format: the function that writes it, and its description."""

    write: Writer
    """Content from a plan, its instance where known, and other plans beside it: of one file, or by file name."""
    help: str
    """What it is, in a few words."""
    file: str | None = None
    """Usual name of the file; None where it is a folder of several."""
    media: str = "application/octet-stream"
    """Media type of the file, for HTTP."""
    modules: tuple[str, ...] = ()
    """Optional modules that it needs, of `planner.core.extras.MODULES`."""
    also: Mapping[str, Writer] = field(default_factory=dict)
    """The same as another kind of file, by its suffix; these need no optional modules."""


def export(
    plan: Plan,
    kind: str,
    path: str | Path,
    instance: Instance | None = None,
    alternatives: Mapping[str, Plan] | None = None,
) -> list[Path]:
    """Write a plan in a format of `FORMATS` to a file, or a folder where it has several; returns the files.

    `instance` is read from the plan where it is not given. Raises InstanceError where it cannot be written,
    an optional package is missing, or the format needs an instance and none is known; ValueError for a
    format that does not exist.
    """
    check_name(kind, path)
    writer = FORMATS[kind].also.get(Path(path).suffix.lower())
    if writer is None:
        need(f"the export {kind}", *FORMATS[kind].modules)
    if instance is None and plan.question:
        from planner.loader import from_dict

        instance = from_dict(plan.question)
    content = (writer or FORMATS[kind].write)(plan, instance, alternatives or {})
    named = {"": content} if isinstance(content, bytes) else content
    files = {Path(path) / name: data for name, data in named.items()}
    for file, data in files.items():
        write_bytes(file, data)
    return list(files)


def check_name(kind: str, path: str | Path) -> None:
    """Refuse a file whose suffix promises something else than the format writes, before anything is written.

    Raises InstanceError where it does; ValueError for a format that does not exist.
    """
    if kind not in FORMATS:
        raise ValueError(f"no format {kind!r}; there are {', '.join(FORMATS)}")
    usual = FORMATS[kind].file
    if usual is None:
        return
    given, own = Path(path).suffix.lower(), Path(usual).suffix
    if given != own and given in _SUFFIXES and given not in FORMATS[kind].also:
        may = " or ".join([own, *FORMATS[kind].also])
        raise InstanceError(
            [Fault(f"--{kind} {path}: what is written is no {given} file: give it the suffix {may}")]
        )


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


def _cash(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.cash import cash_csv

    return cash_csv(_usable(plan), instance).encode()


def _to_sign(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.to_be_signed import to_be_signed_csv

    return to_be_signed_csv(_usable(plan), _known(instance)).encode()


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


def _quotes_csv(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.quotes import quote_csv

    return quote_csv(_known(instance))


def _kubernetes(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.kubernetes import manifests

    return manifests(_usable(plan), _known(instance))


_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT = "text/plain; charset=utf-8"
_SUFFIXES = frozenset((".csv", ".json", ".lp", ".mps", ".ods", ".parquet", ".tsv", ".xls", ".xlsm", ".xlsx"))
"""Suffixes by which programs know what is in a file."""

FORMATS: dict[str, Format] = {
    "xlsx": Format(_xlsx, "Workbook for a buyer.", "plan.xlsx", _SHEETS, ("xlsxwriter",)),
    "focus": Format(_focus, "FOCUS 1.2 rows, as CSV.", "focus.csv", "text/csv; charset=utf-8"),
    "cash": Format(_cash, "Payments by month, as CSV.", "cash.csv", "text/csv; charset=utf-8"),
    "signatures": Format(
        _to_sign, "What is to be signed, as CSV.", "signatures.csv", "text/csv; charset=utf-8"
    ),
    "csv": Format(_csv, "Every table as CSV."),
    "parquet": Format(_parquet, "Every table as Parquet.", modules=("pyarrow",)),
    "json": Format(_json, "The plan as JSON.", "plan.json", "application/json"),
    "lp": Format(_lp, "The program in LP format.", "program.lp", _TEXT),
    "mps": Format(_mps, "The program in MPS format.", "program.mps", _TEXT),
    "kubernetes": Format(_kubernetes, "Manifests with replicas by hour, to review and apply."),
    "quotes": Format(
        _quotes,
        "Quote sheet to fill in, XLSX or CSV; solve --quotes reads it.",
        "quotes.xlsx",
        _SHEETS,
        ("xlsxwriter",),
        {".csv": _quotes_csv},
    ),
}
