"""What hardware costs, for a first instance: prices stated, quotes, or the cheapest list price of the price books."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.instance.money_keys import DOLLARS
from planner.loader.catalog import PriceTerm, book, books
from planner.loader.catalog.check import implausible
from planner.loader.catalog.naming import matching, meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.loader.beginning.quoted import QuotedLines
    from planner.loader.catalog import Price

MOST_NODES = 1_000


@dataclass(frozen=True)
class BeginningOffer:
    """A channel of the first instance: its name, what it says, and what was assumed of it (empty: nothing)."""

    hardware: str
    name: str
    fields: dict[str, Any]
    assumed: str


def offers_for(
    hardware: Sequence[str], stated: dict[str, float], quotes: QuotedLines | None, clouds: Sequence[str]
) -> list[BeginningOffer]:
    """Offers of each kind of hardware: stated prices per GPU-hour, else lines of the quotes, else list prices.

    Prices in another currency than the US dollar stay in it. Raises InstanceError with all hardware that nobody has a
    price of, and every stated price that is none, or of other hardware.
    """
    offers: list[BeginningOffer] = []
    faults = [
        Fault(f"{one} is not among the hardware, which is {', '.join(hardware)}", "--price")
        for one in stated
        if one not in hardware
    ]
    faults += [
        Fault(f"{one}={price:g}: {doubt}", "--price")
        for one, price in stated.items()
        if (doubt := implausible(price)) is not None
    ]
    for one in hardware:
        if one in stated:
            offers.append(_stated(one, stated[one]))
            continue
        found = _quoted(one, quotes) if quotes is not None else _listed(one, clouds)
        if not found:
            where = "the quotes" if quotes is not None else "the price books"
            among = f" of {', '.join(clouds)}" if clouds and quotes is None else ""
            faults.append(
                Fault(f"{where} have no price of {one}{among}: --price {one}=USD_PER_GPU_HOUR", "--hardware")
            )
            faults += [] if quotes is None else quotes.why_not(one)
        offers += found
    if faults:
        raise InstanceError(faults)
    return offers


def stand_in_offers(hardware: Sequence[str]) -> list[BeginningOffer]:
    """Offers at a price of no meaning, where one is wrong: so that what else does not fit is found. Never written."""
    return [_stated(one, 1.0) for one in hardware]


def _stated(hardware: str, price: float) -> BeginningOffer:
    fields = {
        "kind": "on_demand",
        "price_usd_per_gpu_hour": price,
        "max_nodes": MOST_NODES,
        "source": "--price",
    }
    return BeginningOffer(hardware, "rent", fields, f"{MOST_NODES} nodes are to be had")


def _quoted(hardware: str, quotes: QuotedLines) -> list[BeginningOffer]:
    """Every line of the quotes for a kind of hardware."""
    offers = [
        _offer(line, f"quote {book.name}, line {line.line}", "")
        for book, line in quotes.lines.get(hardware, [])
    ]
    return _with_own_names([replace(offer, hardware=hardware) for offer in offers])


def _listed(hardware: str, clouds: Sequence[str]) -> list[BeginningOffer]:
    """The cheapest line on demand of each cloud that is asked for, of any cloud where none is."""
    lines = [
        (name, line)
        for name in books()
        for line in book(name).prices
        if line.hardware == hardware
        and line.term is PriceTerm.ON_DEMAND
        and line.price > 0
        and line.currency == DOLLARS
    ]
    providers = {line.provider for _, line in lines}
    wanted = [matching(cloud, providers) for cloud in clouds] if clouds else [sorted(providers)]
    offers = []
    for group in wanted:
        fitting = [(name, line) for name, line in lines if line.provider in group]
        if fitting:
            name, line = min(fitting, key=lambda one: (one[1].per_gpu_hour, one[1].label))
            offers.append(_offer(line, f"price book {name}, {line.source}", "list price, cheapest region"))
    return _with_own_names(offers)


def _offer(line: Price, source: str, assumed: str) -> BeginningOffer:
    day = f", {line.date_text}" if line.date_text else ", undated"
    fields: dict[str, Any] = {"kind": "on_demand" if line.term is PriceTerm.ON_DEMAND else "reserved"}
    fields[f"price_{line.currency.lower()}_per_gpu_hour"] = round(line.per_gpu_hour, 6)
    if (promised := line.term.commitment) is not None:
        fields["term_years"] = promised.years
        if promised.upfront_share:
            fields["upfront_share"] = promised.upfront_share
    provider = re.sub(r"[^A-Za-z0-9_.\-]+", "_", line.provider).strip("_")
    fields |= {"max_nodes": MOST_NODES, "provider": provider}
    fields["source"] = f"{line.provider} {line.region}, {source}{day}"
    name = re.sub(
        r"[^a-z0-9]+", "_", f"{line.provider} {'' if line.term is PriceTerm.ON_DEMAND else line.term}".lower()
    )
    some = f"{MOST_NODES} nodes are to be had"
    return BeginningOffer(line.hardware, name.strip("_"), fields, "; ".join(filter(None, (assumed, some))))


def _with_own_names(offers: Iterable[BeginningOffer]) -> list[BeginningOffer]:
    """The same, a number after names that were there before."""
    made: list[BeginningOffer] = []
    for offer in offers:
        before = sum(other.name.startswith(offer.name) for other in made)
        name = f"{offer.name}_{before + 1}" if before else offer.name
        made.append(BeginningOffer(offer.hardware, name, offer.fields, offer.assumed))
    return made


def clouds_meant(words: Iterable[str]) -> list[str]:
    """The clouds that words stand for, of those in the price books. Raises InstanceError where they are in none."""
    providers = {line.provider for name in books() for line in book(name).prices}
    return [
        word if matching(word, providers) else meant(word, providers, "cloud of the price books", "--cloud")
        for word in words
    ]
