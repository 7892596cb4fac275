"""Export: one function for every format. A new format is a file of `planner/view/exports/formats/`.

The options of `planner export` and the files that the service offers follow from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.errors import Fault, InstanceError
from planner.core.extras import need
from planner.view.exports.formats import formats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Format

FORMATS: dict[str, Format] = formats()
"""Every format by its name."""
_SUFFIXES = frozenset((".csv", ".json", ".lp", ".mps", ".ods", ".parquet", ".tsv", ".xls", ".xlsm", ".xlsx"))
"""Suffixes by which programs know what is in a file."""


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


def option_of(kind: str) -> str:
    """The option of the command line that asks for a format."""
    return "--" + kind.replace("_", "-")


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
            [Fault(f"{option_of(kind)} {path}: what is written is no {given} file: give it the suffix {may}")]
        )
