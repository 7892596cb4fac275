"""What the verbs share: consoles, exit codes, reading inputs, writing outputs atomically."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planner.core.errors import ExitCode, InstanceError, Stopped
from planner.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path
    from types import FrameType

    from rich.console import Console

    from planner.instance import Instance
    from planner.optimize.engines import CancelToken
    from planner.plan.plan import Plan

PIPED_WIDTH = 160


def output() -> Console:
    """Console for data, on stdout."""
    from planner.view.reporting.terminal import Terminal

    return Terminal(width=None if sys.stdout.isatty() else PIPED_WIDTH)


def messages() -> Console:
    """Console for progress and messages, on stderr."""
    from planner.view.reporting.terminal import Terminal

    return Terminal(stderr=True)


def print_json(data: Any) -> None:
    """Nothing but one JSON document on stdout; a figure that is not finite is null, as JSON knows none."""
    sys.stdout.write(json.dumps(plain(data), indent=2, allow_nan=False, default=str) + "\n")
    sys.stdout.flush()


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], title: str = "", right: Container[int] = ()
) -> None:
    """A table of texts on stdout, its title above; the columns at the places `right` keep to the right."""
    from planner.view.reporting.table import PlainTable

    if title:
        output().print(title, style="bold", markup=False)
    shown = PlainTable(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(header):
        shown.add_column(name, justify="right" if place in right else "left")
    for row in rows:
        shown.add_row(*map(str, row))
    output().print(shown)


def exit_code_of(plan: Plan) -> ExitCode:
    """Exit code for the way a solve ended."""
    from planner.core.solution import Status

    if plan.status is Status.REFUSED:
        return ExitCode.INTERNAL
    if plan.limit == "interrupt":
        return ExitCode.INTERRUPTED
    return {
        Status.OPTIMAL: ExitCode.SOLVED,
        Status.FEASIBLE: ExitCode.LIMIT_WITH_PLAN if plan.recommended else ExitCode.NO_RECOMMENDATION,
        Status.INFEASIBLE: ExitCode.INFEASIBLE,
        Status.NO_PLAN: ExitCode.LIMIT_WITHOUT_PLAN,
    }[plan.status]


def read_instance(file: Path, settings: list[str], quotes: Path | None = None) -> Instance:
    """Load an instance with `key=value` settings and a quote sheet; settings win. Raises InstanceError."""
    from planner.loader import assignments, load

    overrides = assignments(settings)
    if quotes is not None:
        from planner.view.exports.quotes import read_quotes

        overrides = read_quotes(quotes, load(file)) | overrides
    return load(file, overrides)


def read_plan(file: Path) -> Plan:
    """Read a plan.json, or the one in a folder. Raises InstanceError."""
    from planner.plan.text import read_record

    return plan_of_record(read_record(file), file)


def plan_of_record(record: dict[str, Any], file: Path) -> Plan:
    """The plan of a record that a file holds. Raises InstanceError, each fault with the file."""
    from planner.plan.plan import Plan

    try:
        return Plan.from_dict(record)
    except InstanceError as error:
        raise InstanceError([replace(fault, file=str(file)) for fault in error.faults]) from None


def cancel_on_signals(cancel: CancelToken) -> None:
    """First Ctrl-C or SIGTERM: take the best plan so far. The second one ends the program at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            raise Stopped
        cancel.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
