"""Options that are for one kind of input say so by the panel of the help that they stand in.

Beside other inputs such an option would be dropped in silence, so that it is refused. A new option in a panel is held
to the same by standing there; one without a panel is for all inputs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import typer

_BY_HAND = "COMMANDLINE"


class GivenInput(StrEnum):
    """Inputs that are known from what is asked for; traits of files of demand are `DemandTrait`."""

    FILES = "Demand of files: logs, monitoring, CSV over time"
    NO_FILES = "Demand that no file tells"
    LOAD_TEST = "A load test"
    LIST_PRICES = "Prices of price books, for hardware without any of your own"
    QUOTES = "Quotes, for hardware without --price"
    WRITTEN = "Files that are written"


def refuse_idle(context: typer.Context, met: Collection[str]) -> None:
    """Raise InstanceError with every option that is given and is for inputs that were not met; `met` are panels."""
    faults = [
        Fault(f"changes nothing here. It is for: {panel}", name)
        for key, name, panel in _given(context)
        if panel is not None and panel not in met
    ]
    if faults:
        raise InstanceError(faults)


def refuse_beside(context: typer.Context, option: str, fitting: Collection[str]) -> None:
    """Raise InstanceError with every option beside `option` that is given and does not fit it."""
    faults = [
        Fault(f"changes nothing beside {option}: leave it out", name)
        for key, name, _ in _given(context)
        if name != option and key not in fitting
    ]
    if faults:
        raise InstanceError(faults)


def _given(context: typer.Context) -> Iterator[tuple[str, str, str | None]]:
    """Key, name and panel of each option that was typed."""
    for one in context.command.params:
        source = context.get_parameter_source(one.name or "")
        if source is not None and source.name == _BY_HAND and one.param_type_name == "option":
            yield one.name or "", one.opts[0], getattr(one, "rich_help_panel", None)
