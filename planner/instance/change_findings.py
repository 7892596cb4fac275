"""Whether the earlier plan of limits on change fits the horizon of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.instance import Instance


def change_findings(instance: Instance) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Pools whose series do not fit the horizon."""
    change, periods = instance.limits.change, instance.periods
    for name, nodes in change.pools.items() if change is not None else ():
        if len(nodes) != periods:
            message = f"the earlier plan has {len(nodes)} periods, the horizon has {periods}"
            yield ("limits", "change", "pools", name), message
