"""What an export format is to the command line, the service and `export`: who writes it, and how it is described."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan

    Files = Mapping[str, bytes] | bytes
    Writer = Callable[[Plan, Instance | None, Mapping[str, Plan]], Files]

CSV = "text/csv; charset=utf-8"
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/plain; charset=utf-8"
"""Media types that several formats have."""


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


def known(instance: Instance | None) -> Instance:
    """The instance. Raises InstanceError where there is none."""
    if instance is None:
        raise InstanceError([Fault("the plan does not carry its instance: give it too")])
    return instance


def usable(plan: Plan) -> Plan:
    """The plan. Raises InstanceError where there is none to export."""
    if not plan.usable:
        raise InstanceError([Fault(f"there is no plan to export: its status is {plan.status}")])
    return plan
