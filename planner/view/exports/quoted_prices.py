"""Lists of prices, as price books have them, read as prices of the channels that an instance has.

A row is of the one channel of its hardware, kind, term and provider; what is of none, or of several, is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.instance.money_keys import key_in
from planner.loader.catalog import PriceTerm, read_book
from planner.loader.catalog.naming import matching
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.instance import Instance
    from planner.instance.channels.base import Channel
    from planner.loader.catalog import Price

_KINDS = {
    PriceTerm.ON_DEMAND: "on_demand",
    PriceTerm.SPOT: "spot",
    PriceTerm.CAPACITY_BLOCK: "capacity_block",
}
_BY_NODE, _BY_GPU = "price_usd_per_node_hour", "price_usd_per_gpu_hour"


def prices_as_overrides(file: Path, instance: Instance) -> dict[str, Any]:
    """Overrides by path: price and source of each channel that a row is of.

    Raises InstanceError with every row that cannot be read, is of no channel or of several, or of one that another row
    is of.
    """
    faults: list[Fault] = []
    overrides: dict[str, Any] = {}
    taken: dict[str, int] = {}
    book = read_book(file, faults)
    for line in book.prices:
        found = list(_channels(line, instance))
        if len(found) != 1:
            said = (
                f"may be of {' or '.join(found)}: name its channel as provider"
                if found
                else _none(line, instance)
            )
            faults.append(Fault(f"{line.label}: {said}", file=str(file), line=line.line))
        elif (before := taken.setdefault(found[0], line.line)) != line.line:
            words = f"{found[0]} is priced in line {before} already"
            faults.append(Fault(f"{line.label}: {words}", file=str(file), line=line.line))
        else:
            overrides |= _as_overrides(line, found[0], instance)
    if faults:
        raise InstanceError(sorted(faults, key=lambda fault: fault.line or 0))
    return overrides


def _channels(line: Price, instance: Instance) -> Iterator[str]:
    """Paths of the channels that a row may be of."""
    for hardware in matching(line.hardware, instance.fleet):
        for name, channel in instance.fleet[hardware].items():
            provider = getattr(channel, "provider", None)
            named = _plain(line.provider) in (_plain(name), _plain(provider or name))
            if named and _is_of_term(channel, line.term):
                yield f"fleet.{hardware}.{name}"


def _is_of_term(channel: Channel, term: PriceTerm) -> bool:
    """Whether a channel is hired, or signed for, as a price says; only those that have a price by the hour."""
    if not hasattr(channel, _BY_GPU):
        return False
    promised = term.commitment
    if promised is None:
        return str(channel.kind) == _KINDS.get(term)
    years, upfront = (getattr(channel, key, None) for key in ("term_years", "upfront_share"))
    return years == promised.years and (upfront or 0.0) == promised.upfront_share


def _none(line: Price, instance: Instance) -> str:
    there = [
        f"fleet.{hardware}.{name}"
        for hardware in matching(line.hardware, instance.fleet)
        for name in instance.fleet[hardware]
    ]
    among = f"; of this hardware there are {', '.join(there)}" if there else ""
    return f"the instance has no channel of this provider and term{among}"


def _as_overrides(line: Price, path: str, instance: Instance) -> dict[str, Any]:
    _, hardware, name = path.split(".", 2)
    by_node = getattr(instance.fleet[hardware][name], _BY_NODE) is not None
    price = line.per_gpu_hour * (node_of(instance, hardware).gpus if by_node else 1)
    key = key_in(_BY_NODE if by_node else _BY_GPU, line.currency)
    day = f", {line.date_text}" if line.date_text else ""
    source = f"{line.provider} {line.region}, {line.source}{day}"
    return {f"{path}.{key}": round(price, 6), f"{path}.source": source}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
