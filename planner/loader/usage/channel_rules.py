"""Which lines of a bill are of which channel, where the bill does not name it as the plan does.

A rule is `h100.rent=SkuId:p5.48xlarge,PricingCategory:Standard`: the channel, and cells that a line must have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.instance import Instance

OPTION = "--channel"


@dataclass(frozen=True)
class ChannelRule:
    """Lines whose cells have these values, by column, are of nodes of this channel."""

    hardware: str
    channel: str
    cells: tuple[tuple[str, str], ...]

    def fits(self, cells: Mapping[str, str]) -> bool:
        """Whether a line, by column, is one of them."""
        return all(cells.get(column) == value for column, value in self.cells)


def channel_rules(texts: Iterable[str], instance: Instance) -> list[ChannelRule]:
    """Rules of the texts, in order. Raises InstanceError with every text that is none."""
    there = {
        f"{hardware}.{name}": (hardware, name)
        for hardware, channels in instance.fleet.items()
        for name in channels
    }
    rules, faults = [], []
    for text in texts:
        label, _, wanted = text.partition("=")
        cells = [one.partition(":") for one in wanted.split(",")]
        if not label or not all(column and mark for column, mark, _ in cells):
            words = f"'{text}' is no channel with cells of a bill, such as h100.rent=SkuId:p5.48xlarge"
            faults.append(Fault(words, OPTION))
        elif label not in there:
            words = f"there is no channel '{label}'{did_you_mean(label, there)}"
            faults.append(Fault(words, OPTION))
        else:
            rules.append(ChannelRule(*there[label], tuple((column, value) for column, _, value in cells)))
    if faults:
        raise InstanceError(faults)
    return rules
