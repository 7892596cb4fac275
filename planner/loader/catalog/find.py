"""Prices of all books for what people call hardware and providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.naming import matching, meant
from planner.loader.catalog.price import PriceTerm
from planner.loader.catalog.pricebook import book, books

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.loader.catalog.price import Price


def prices_of(
    names: Iterable[str], provider: str | None = None, term: str | None = None
) -> list[tuple[str, Price]]:
    """Book and line of every price of hardware, of a cloud, or of both, by hardware, currency and price per GPU-hour.

    Raises InstanceError where a name stands for nothing that has a price, with what may have been meant.
    """
    lines = [(name, price) for name in books() for price in book(name).prices if price.price > 0]
    of_hardware, of_clouds = _sorted_out(names, [line for _, line in lines])
    found = [
        (name, line)
        for name, line in lines
        if (not of_hardware or line.hardware in of_hardware) and (not of_clouds or line.provider in of_clouds)
    ]
    if not found:
        raise InstanceError([Fault(f"no price of {', '.join(of_hardware)} by {', '.join(of_clouds)}")])
    if provider is not None:
        there = _meant(provider, {line.provider for _, line in found}, "provider")
        found = [(name, line) for name, line in found if line.provider in there]
    if term is not None:
        terms = {str(line.term) for _, line in found}
        if term not in terms:
            known = "no term" if term not in {*PriceTerm} else "no price here on the term"
            raise InstanceError([Fault(f"{known} '{term}'; there are {', '.join(sorted(terms))}", "--term")])
        found = [(name, line) for name, line in found if line.term == term]
    return sorted(
        found, key=lambda one: (one[1].hardware, one[1].currency, one[1].per_gpu_hour, one[1].label)
    )


def _sorted_out(names: Iterable[str], lines: Iterable[Price]) -> tuple[list[str], list[str]]:
    """The hardware and the clouds that words stand for. Raises InstanceError where one stands for neither."""
    hardware, clouds = ({getattr(line, key) for line in lines} for key in ("hardware", "provider"))
    of_hardware, of_clouds = list[str](), list[str]()
    for word in names:
        if not (found := matching(word, hardware)) and (by := matching(word, clouds)):
            of_clouds += by
        else:
            of_hardware += found or _meant(word, hardware, "hardware")
    return of_hardware, of_clouds


def _meant(word: str, known: set[str], what: str) -> list[str]:
    """All that a word may stand for. Raises InstanceError where that is nothing."""
    return matching(word, known) or [meant(word, known, f"{what} with a price in the books", f"--{what}")]
