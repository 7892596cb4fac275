"""The folder of a plan: plan.json and one CSV file a table; those of an older plan go when it is replaced."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.plan.plan import Plan

PLAN_FILE = "plan.json"
_TRIAL_BYTES = 65_536


def check_writable(folder: Path) -> None:
    """Make a folder if there is none, and try whether files can be written in it. Raises InstanceError."""
    if folder.exists() and not folder.is_dir():
        raise InstanceError([Fault("cannot write here: this is a file, not a folder", file=str(folder))])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, prefix=".writing.") as trial:
            trial.write(bytes(_TRIAL_BYTES))
            trial.flush()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InstanceError([Fault(f"cannot write here: {reason}", file=str(folder))]) from None


def table_files(folder: Path) -> list[Path]:
    """Every file beside `plan.json` that a plan in a folder may be written to."""
    from planner.plan.tables import TABLES

    return [folder / f"{name}.csv" for name in TABLES]


def write_plan(plan: Plan, folder: Path) -> list[Path]:
    """Write a plan into a folder; returns the files. Tables of the plan that was there before, and that this one
    has not, are removed. Raises InstanceError where it cannot be written."""
    files = {PLAN_FILE: (json.dumps(plan.to_dict(), indent=2, allow_nan=False) + "\n").encode()}
    files |= _tables(plan)
    before = _written_before(folder)
    for name, content in files.items():
        write_bytes(folder / name, content, replaces=name == PLAN_FILE)
    for name in before.keys() - files.keys():
        _remove_ours(folder / name, before[name])
    return [folder / name for name in files]


def _tables(plan: Plan) -> dict[str, bytes]:
    from planner.view.exports.tables import csv_files

    return csv_files(plan, None) if plan.usable else {}


def _written_before(folder: Path) -> dict[str, bytes]:
    """Tables, by file name, that the plan in a folder was written with; none where there is no plan to be read."""
    from planner.plan.plan import Plan
    from planner.plan.text import read_record

    if not (folder / PLAN_FILE).is_file():
        return {}
    try:
        return _tables(Plan.from_dict(read_record(folder)))
    except InstanceError:
        return {}


def _remove_ours(file: Path, written: bytes) -> None:
    """Remove a table if it is still one of ours: a file with other headings belongs to the user."""
    try:
        with file.open("rb") as stream:
            ours = stream.readline() == written.splitlines(keepends=True)[0]
        if ours:
            file.unlink()
    except OSError:
        return  # gone, or not ours to touch
