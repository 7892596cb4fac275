"""Import prices from an export of gpuhunt (dstackai/gpuhunt): a CSV file with its catalog items. Reads the file only.

Columns as its `CatalogItem` has them: instance_name, location, price, cpu, memory, gpu_count, gpu_name, gpu_memory,
spot, and in exports of several clouds provider. Prices are USD per instance-hour.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.imported import Imported, dollar_price
from planner.loader.catalog.price import PriceTerm
from planner.loader.catalog.table import LineReader, accelerators, parse_lines, read_table

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from planner.loader.catalog.table import Line

NEEDED = ("instance_name", "location", "price", "gpu_count", "gpu_name", "spot")
_BY_MEMORY = {
    ("a100", 40): "a100_40gb",
    ("a100", 80): "a100_80gb",
    ("h100", 94): "h100_nvl",
    ("h20", 141): "h20_141",
}
"""Names that stand for several kinds of hardware, with their memory in GB."""
_TRUE, _FALSE = "true", "false"

_Offer = tuple[tuple[str, str, str, int, PriceTerm], tuple[float, str] | None, str]
"""Provider, region, hardware, GPUs and term; price per instance-hour and instance; what is left out, in words."""


def import_gpuhunt(path: Path, provider: str, seen: date, source: str) -> Imported:
    """Read an export into prices per accelerator-hour, of each region and size the cheapest instance.

    `provider` names the cloud where the file does not (empty: it does); `seen` and `source` as for SkyPilot's files.
    Raises InstanceError where the file cannot be read or is no such export.
    """
    table = read_table(path)
    missing = [column for column in NEEDED if column not in table.columns]
    if missing:
        message = f"not an export of gpuhunt: no column {', '.join(missing)}"
        raise InstanceError([Fault(message, file=str(path))])
    cheapest: dict[tuple[str, str, str, int, PriceTerm], tuple[float, str]] = {}
    left_out: dict[str, list[int]] = defaultdict(list)
    for line_number, (key, found, words) in parse_lines(
        table, lambda line: (line.number, _offer(line, provider))
    ):
        if found is None:
            left_out[words].append(line_number)
        else:
            cheapest[key] = min(cheapest.get(key, found), found)
    if provider and table.lines and all(line.cells.get("provider") for line in table.lines):
        words = "changes nothing: every line names its cloud itself, so leave it out"
        raise InstanceError([Fault(words, "--provider", str(path))])
    prices = [
        dollar_price(offer, price, instance, seen, source)
        for offer, (price, instance) in sorted(cheapest.items())
    ]
    counted = (
        f"{words}: {len(lines)} of {len(table.lines)} lines, the first is line {lines[0]}"
        for words, lines in sorted(left_out.items())
    )
    return Imported(tuple(prices), tuple(counted))


def _offer(line: Line, provider: str) -> _Offer:
    """What a line offers. Raises ValueError for a line that cannot be read."""
    cells, reader = line.cells, LineReader()
    spot = cells["spot"].lower()
    if spot not in (_TRUE, _FALSE):
        reader.refuse(f"spot is '{cells['spot']}', and must be True or False")
    reader.filled(line, "location")
    if not (cells.get("provider") or provider):
        reader.refuse("names no cloud: give --provider")
    count = reader.read(lambda: accelerators(line, "gpu_count"), 1.0)
    gpus = int(count)
    price = reader.number(line, "price") if cells["price"] else 0.0
    name = cells["gpu_name"].strip()
    memory = round(reader.number(line, "gpu_memory")) if cells.get("gpu_memory") else 0
    if name and not count:
        reader.refuse(f"gpu_count: '{cells['gpu_count']}' beside {name}, and must be 1 or more")
    reader.close()
    term = PriceTerm.SPOT if spot == _TRUE else PriceTerm.ON_DEMAND
    key = (cells.get("provider") or provider, cells["location"], _hardware(name, memory), gpus, term)
    if count and not name:
        return key, None, "GPUs without a name"
    if 0 < count < 1:
        return key, None, "parts of a GPU"
    if not count:
        return key, None, "instances without GPUs"
    if price <= 0:
        return key, None, "no price above zero"
    return key, (price, cells["instance_name"]), ""


def _hardware(name: str, memory_gb: int) -> str:
    plain = name.lower().replace("-", "_").replace(" ", "_")
    return _BY_MEMORY.get((plain, memory_gb), plain)
