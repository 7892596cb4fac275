"""Import prices from a file in the SkyPilot catalog's CSV schema (v8). Reads a local file, never the network.

Schema: `InstanceType, AcceleratorName, AcceleratorCount, vCPUs, MemoryGiB, GpuInfo, Price, SpotPrice, Region,
AvailabilityZone[, Arch]` in an order that differs by cloud (github.com/skypilot-org/skypilot-catalog). Prices
are per instance-hour. Google's file splits host and accelerators into two lines, which add up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.imported import Imported, dollar_price
from planner.loader.catalog.price import Price, PriceTerm
from planner.loader.catalog.table import Line, LineReader, accelerators, parse_lines, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

_NAMES = Path(__file__).parent / "names"
NEEDED = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region")


@dataclass(frozen=True)
class _ListedOffer:
    """One line of the catalog: an instance with accelerators, a bare host, or accelerators without a host."""

    instance: str
    accelerator: str
    count: int
    region: str
    zone: str
    on_demand: float | None
    spot: float | None
    left_out: tuple[str, ...] = ()

    @classmethod
    def parse(cls, line: Line) -> _ListedOffer:
        """Read one line; a price of zero is no price, as feeds write it where they know none.

        Parts of an accelerator, which feeds list as 0.125 of one, are left out.
        """
        cells, reader = line.cells, LineReader()
        count = reader.read(lambda: accelerators(line, "AcceleratorCount"), 1.0)
        reader.filled(line, "Region", *(("AcceleratorName",) if count else ()))
        if cells["AcceleratorName"] and not count:
            said = cells["AcceleratorCount"]
            reader.refuse(
                f"AcceleratorCount: '{said}' beside {cells['AcceleratorName']}, and must be 1 or more"
            )
        given = {key: reader.number(line, key) for key in ("Price", "SpotPrice") if cells.get(key)}
        reader.close()
        what = f"{cells['InstanceType'] or cells['AcceleratorName']} in {cells['Region']}"
        return cls(
            instance=cells["InstanceType"],
            accelerator=cells["AcceleratorName"],
            count=int(count),
            region=cells["Region"],
            zone=cells.get("AvailabilityZone", ""),
            on_demand=_above_zero(given.get("Price")),
            spot=_above_zero(given.get("SpotPrice")),
            left_out=tuple(f"line {line.number}: {what}: {words}" for words in _not_taken(count, given)),
        )


def import_skypilot(path: Path, provider: str, seen: date, source: str) -> Imported:
    """Read a SkyPilot catalog file into prices per accelerator-hour.

    Zones of a region merge into one line: on-demand and spot are the medians of the zones that quote them.

    Parameters
    ----------
    provider
        Name of the cloud for the lines of the book.
    seen
        The day the catalog was fetched; the schema carries none.
    source
        Where the file came from, with its commit.

    Raises
    ------
    InstanceError
        The file cannot be read or is not in this schema.
    """
    table = read_table(path)
    missing = [column for column in NEEDED if column not in table.columns]
    if missing:
        message = f"not a SkyPilot v8 catalog: no column {', '.join(missing)}"
        raise InstanceError([Fault(message, file=str(path))])
    offers = parse_lines(table, _ListedOffer.parse)
    whole, left_out = _with_hosts(offers)
    groups: dict[tuple[str, str, int], list[_ListedOffer]] = defaultdict(list)
    for offer in whole:
        groups[(offer.region, _our_name(offer.accelerator), offer.count)].append(offer)
    prices = [
        price
        for (region, hardware, count), members in sorted(groups.items())
        for price in _prices(members, provider, region, hardware, count, seen, source)
    ]
    unpriced = [words for offer in offers for words in offer.left_out]
    return Imported(tuple(prices), (*unpriced, *sorted(set(left_out))))


def _with_hosts(offers: Iterable[_ListedOffer]) -> tuple[list[_ListedOffer], list[str]]:
    """Complete accelerator parts with their host's price in the same zone; say which have no host."""
    offers = list(offers)
    hosts = {(offer.instance, offer.zone): offer for offer in offers if offer.instance and not offer.count}
    host_of = _table_of("skypilot_gcp_hosts", ("accelerator", "count"), "instance")
    whole: list[_ListedOffer] = []
    left_out: list[str] = []
    used: set[tuple[str, str]] = set()
    for offer in offers:
        if not offer.count:
            continue
        if offer.instance:
            whole.append(offer)
            continue
        place = (host_of.get((offer.accelerator, str(offer.count)), ""), offer.zone)
        host = hosts.get(place)
        used.add(place)
        if host is None:
            left_out.append(f"{offer.accelerator} x{offer.count} in {offer.region}: no line of its host")
            continue
        whole.append(_sum(host, offer))
    alone = sum(not offer.accelerator for place, offer in hosts.items() if place not in used)
    return whole, [*left_out, *([f"instances without accelerators: {alone} lines"] if alone else [])]


def _not_taken(count: float, given: Mapping[str, float]) -> Iterable[str]:
    """What of a line is not taken, in words; hosts may have no price."""
    if 0 < count < 1:
        yield f"AcceleratorCount {count:g} is a part of one"
    if count >= 1 and not given:
        yield "no price"
    yield from (f"{key} {value:g} is no price" for key, value in given.items() if value <= 0)


def _above_zero(price: float | None) -> float | None:
    return None if price is None or price <= 0 else price


def _sum(host: _ListedOffer, part: _ListedOffer) -> _ListedOffer:
    """Host plus accelerators; a price that either lacks is lacking."""
    on_demand, spot = _add(host.on_demand, part.on_demand), _add(host.spot, part.spot)
    return _ListedOffer(host.instance, part.accelerator, part.count, part.region, part.zone, on_demand, spot)


def _add(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right


def _prices(
    members: list[_ListedOffer],
    provider: str,
    region: str,
    hardware: str,
    count: int,
    seen: date,
    source: str,
) -> Iterable[Price]:
    """On-demand and spot of one region and size; instances that differ in host merge to the cheapest."""
    for term, values in (
        (PriceTerm.ON_DEMAND, _cheapest(members, "on_demand")),
        (PriceTerm.SPOT, _cheapest(members, "spot")),
    ):
        if not values:
            continue
        zones, instance, price = values
        note = f"{instance}, median of {zones} zones" if zones > 1 else instance
        yield dollar_price((provider, region, hardware, count, term), price, note, seen, source)


def _cheapest(members: Iterable[_ListedOffer], field: str) -> tuple[int, str, float] | None:
    """Zones, instance and median price of the cheapest instance type in the region; None without a quote."""
    by_instance: dict[str, list[float]] = defaultdict(list)
    for offer in members:
        value = getattr(offer, field)
        if value is not None:
            by_instance[offer.instance].append(value)
    choices = [(median(values), instance, len(values)) for instance, values in by_instance.items()]
    if not choices:
        return None
    price, instance, zones = min(choices)
    return zones, instance, price


def _our_name(accelerator: str) -> str:
    """Our name of a SkyPilot accelerator; its own name in lower case where the table has none."""
    names = _table_of("skypilot_accelerators", ("accelerator",), "hardware")
    return names.get((accelerator,), accelerator.lower().replace("-", "_"))


def _table_of(name: str, keys: tuple[str, ...], value: str) -> Mapping[tuple[str, ...], str]:
    table = read_table(_NAMES / f"{name}.csv")
    return {tuple(line.cells[key] for key in keys): line.cells[value] for line in table.lines}
