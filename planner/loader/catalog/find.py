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
    hardware: Iterable[str], provider: str | None = None, term: str | None = None
) -> list[tuple[str, Price]]:
    """Book and line of every price of the hardware, by hardware, currency and price per GPU-hour.

    Raises InstanceError where a name stands for nothing that has a price, with what may have been meant.
    """
    lines = [(name, price) for name in books() for price in book(name).prices if price.price > 0]
    wanted = {
        one for word in hardware for one in _meant(word, {line.hardware for _, line in lines}, "hardware")
    }
    found = [(name, line) for name, line in lines if line.hardware in wanted]
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


def _meant(word: str, known: set[str], what: str) -> list[str]:
    """All that a word may stand for. Raises InstanceError where that is nothing."""
    return matching(word, known) or [meant(word, known, f"{what} with a price in the books", f"--{what}")]
