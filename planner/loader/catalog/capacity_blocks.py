"""Import prices of AWS Capacity Blocks: offerings as CSV, with the names of `DescribeCapacityBlockOfferings`.

    price = UpfrontFee / (InstanceCount * hours * accelerators of an instance)

InstanceType, AvailabilityZone, InstanceCount, CapacityBlockDurationHours, UpfrontFee and CurrencyCode are needed;
CapacityBlockDurationMinutes counts on top where it is there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from planner.core.units import MINUTES_PER_HOUR
from planner.loader.catalog.aws_instances import accelerators_of
from planner.loader.catalog.imported import Imported, dollar_price
from planner.loader.catalog.price import PriceTerm
from planner.loader.catalog.table import LineReader, parse_lines, read_table, whole_number

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from planner.loader.catalog.table import Line

NEEDED = (
    *("InstanceType", "AvailabilityZone", "InstanceCount"),
    *("CapacityBlockDurationHours", "UpfrontFee", "CurrencyCode"),
)
_ZONE = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)[a-z]?(?:-[a-z0-9-]+)?", re.ASCII)

_Offer = tuple[tuple[str, str, int] | None, float, str]
"""Region, hardware and accelerators of an instance; USD an instance-hour; note, or what is left out, in words."""


def import_capacity_blocks(path: Path, provider: str, seen: date, source: str) -> Imported:
    """Prices per accelerator-hour, of each region and instance size the cheapest block.

    Raises InstanceError with every line that cannot be read.
    """
    cheapest: dict[tuple[str, str, str, int, PriceTerm], tuple[float, str]] = {}
    left_out: dict[str, int] = defaultdict(int)
    for place, price, words in parse_lines(read_table(path), _offer):
        if place is None:
            left_out[words] += 1
        else:
            key = (provider, *place, PriceTerm.CAPACITY_BLOCK)
            cheapest[key] = min(cheapest.get(key, (price, words)), (price, words))
    prices = [dollar_price(key, price, note, seen, source) for key, (price, note) in sorted(cheapest.items())]
    return Imported(
        tuple(prices), tuple(f"{words}: {count} lines" for words, count in sorted(left_out.items()))
    )


def _offer(line: Line) -> _Offer:
    """What a line offers. Raises ValueError for a line that cannot be read."""
    cells, reader = line.cells, LineReader()
    reader.filled(line, "InstanceType", "AvailabilityZone", "CurrencyCode")
    zone = _ZONE.fullmatch(cells["AvailabilityZone"])
    if zone is None and cells["AvailabilityZone"]:
        reader.refuse(f"AvailabilityZone: '{cells['AvailabilityZone']}' is none, such as us-east-1a")
    minutes = (
        reader.number(line, "CapacityBlockDurationMinutes")
        if cells.get("CapacityBlockDurationMinutes")
        else 0.0
    )
    hours = reader.number(line, "CapacityBlockDurationHours") + minutes / MINUTES_PER_HOUR
    fee = reader.number(line, "UpfrontFee")
    if hours <= 0 or minutes < 0 or fee < 0:
        reader.refuse(
            "hours, minutes and UpfrontFee cannot be below zero, and a block lasts longer than nothing"
        )
    count = reader.read(lambda: whole_number(line, "InstanceCount"), 1)
    reader.close()
    assert zone is not None
    known = accelerators_of().get(cells["InstanceType"])
    if known is None:
        return None, 0.0, f"{cells['InstanceType']}, whose accelerators are not known"
    if cells["CurrencyCode"] != "USD" or fee == 0.0:
        return None, 0.0, "no price in USD above zero"
    note = f"{cells['InstanceType']}, {hours:g} h, all upfront"
    return (zone["region"], *known), fee / (count * hours), note
