"""Quotes of vendors for a first instance: each row is taken, or named with why it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, in_lines
from planner.instance.money_keys import DOLLARS
from planner.loader.beginning.exchange_rates import OPTION
from planner.loader.catalog import PriceTerm
from planner.loader.catalog.check import check_book, implausible
from planner.loader.catalog.naming import matching

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from typing import Any

    from planner.loader.catalog import Price, PriceBook

MOST_REMARKS = 20
_OF_AGE = ("undated", "old")
"""What checks say of the days of prices: quotes are of now, and the day stands in the instance."""


@dataclass
class QuotedLines:
    """Rows of quotes by hardware that a first instance can state, with their book, and of others why they are not."""

    lines: dict[str, list[tuple[PriceBook, Price]]] = field(default_factory=dict)
    left_out: list[tuple[str, Fault]] = field(default_factory=list)
    """What hardware each is of, and why it is left out."""
    doubts: list[str] = field(default_factory=list)

    def why_not(self, hardware: str) -> list[Fault]:
        """Of rows of a kind of hardware why they are left out."""
        return [fault for one, fault in self.left_out if one == hardware]

    def remarks(self) -> list[str]:
        """What is to be said of the rows, at most `MOST_REMARKS` of them in full."""
        words = [f"left out: {fault}" for _, fault in self.left_out] + self.doubts
        more = len(words) - MOST_REMARKS
        return words[:MOST_REMARKS] + (
            [f"and {more:,} more rows of quotes are left out or doubtful"] * (more > 0)
        )


def quoted_lines(
    quotes: Sequence[PriceBook],
    hardware: Collection[str],
    rates: Mapping[str, Mapping[str, Any]],
    today: date,
    unread: Sequence[Fault] = (),
) -> QuotedLines:
    """The rows of quotes for the hardware that has no price of its own.

    `rates` are exchange rates by currency, as an instance states them. Raises InstanceError with every row whose price
    or hardware is in doubt, those that were `unread`, and every rate that no row needs.
    """
    import kernels

    known, found, faults = kernels.accelerator_names(), QuotedLines(), [*unread]
    for book in quotes:
        for line in book.prices:
            meant = [one for one in matching(line.hardware, known) if one in hardware] or [line.hardware]
            wrong = _in_doubt(line, meant, rates)
            why = _unusable(line, meant[0], hardware)
            if why is not None:
                fault = Fault(f"{line.label}: {why}", file=book.file, line=line.line)
                found.left_out.append((meant[0], fault))
            elif wrong is not None:
                faults.append(Fault(f"{line.label}: {wrong}", file=book.file, line=line.line))
            else:
                found.lines.setdefault(meant[0], []).append((book, line))
        found.doubts += [
            f"doubtful: {book.file}:{one.line}: {one.message}"
            for one in check_book(book, today)
            if one.rule not in (*_OF_AGE, "sentinel")
        ]
    used = {line.currency for lines in found.lines.values() for _, line in lines}
    if not faults:
        faults += [
            Fault(f"no quote that is taken is in {code}", OPTION) for code in rates if code not in used
        ]
    if faults:
        raise InstanceError(in_lines(faults))
    return found


def _unusable(line: Price, hardware: str, wanted: Collection[str]) -> str | None:
    """Why a row cannot stand in a first instance; None where it can."""
    if hardware not in wanted:
        return "it is of hardware that --hardware does not name, or that --price is of"
    if line.price <= 0:
        return f"{line.price:g} is no price"
    if line.term is not PriceTerm.ON_DEMAND and line.term.commitment is None:
        return f"'{line.term}' is neither on demand nor a commitment of years: add it by hand"
    return None


def _in_doubt(line: Price, meant: Sequence[str], rates: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Why a row that could be taken may not be what it seems; None where nothing speaks against it."""
    if len(meant) > 1:
        return f"may be of {' or '.join(meant)}: say which"
    if line.currency != DOLLARS and line.currency not in rates:
        return f"is in {line.currency}: give {OPTION} {line.currency}=UNITS_PER_USD@DAY"
    per_usd = 1.0 if line.currency == DOLLARS else float(rates[line.currency]["per_usd"])
    doubt = implausible(line.per_gpu_hour / per_usd)
    return None if doubt is None else f"{doubt}: is its unit node_hour, or another currency meant?"
