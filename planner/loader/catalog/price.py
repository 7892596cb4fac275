"""One dated, sourced price of accelerators: what was asked for how many of which, on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from planner.core.errors import shortened
from planner.core.units import HOURS_PER_MONTH
from planner.loader.catalog.table import LineReader, day_text, earliest_day, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from planner.loader.catalog.table import Line


class PriceTerm(StrEnum):
    """How long, and how firmly, the accelerators are held at the price."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"
    DAY = "day"
    MONTH = "month"
    CAPACITY_BLOCK = "capacity_block"
    RESERVED_1Y = "reserved_1y"
    RESERVED_1Y_PARTIAL_UPFRONT = "reserved_1y_partial_upfront"
    RESERVED_1Y_UPFRONT = "reserved_1y_upfront"
    RESERVED_3Y = "reserved_3y"
    RESERVED_3Y_PARTIAL_UPFRONT = "reserved_3y_partial_upfront"
    RESERVED_3Y_UPFRONT = "reserved_3y_upfront"
    CONTRACT_3Y = "contract_3y"
    OWNERSHIP = "ownership"  # a published model of the full cost of owning, not an offer

    @property
    def commitment(self) -> PriceCommitment | None:
        """The promise that pays for a discount on on-demand; None where nothing is promised."""
        return _COMMITMENTS.get(self)


class PriceCommitment(NamedTuple):
    """For how many years accelerators are held, and what share of their price is paid at the start, at least."""

    years: int
    upfront_share: float


_COMMITMENTS = {
    PriceTerm.RESERVED_1Y: PriceCommitment(1, 0.0),
    PriceTerm.RESERVED_1Y_PARTIAL_UPFRONT: PriceCommitment(1, 0.5),
    PriceTerm.RESERVED_1Y_UPFRONT: PriceCommitment(1, 1.0),
    PriceTerm.RESERVED_3Y: PriceCommitment(3, 0.0),
    PriceTerm.RESERVED_3Y_PARTIAL_UPFRONT: PriceCommitment(3, 0.5),
    PriceTerm.RESERVED_3Y_UPFRONT: PriceCommitment(3, 1.0),
    PriceTerm.CONTRACT_3Y: PriceCommitment(3, 0.0),
}
"""Partial upfront is 50 to 99 % (AWS Savings Plans API, `upfrontPaymentAmount`): what is not said is the least."""


class PriceUnit(StrEnum):
    """What one price buys."""

    GPU_HOUR = "gpu_hour"
    NODE_HOUR = "node_hour"
    NODE_DAY = "node_day"
    NODE_MONTH = "node_month"

    def gpu_hours(self, gpus: int) -> float:
        """Accelerator-hours in one unit, for a node of `gpus` accelerators."""
        return _HOURS[self] * (1 if self is PriceUnit.GPU_HOUR else gpus)


_HOURS = {
    PriceUnit.GPU_HOUR: 1.0,
    PriceUnit.NODE_HOUR: 1.0,
    PriceUnit.NODE_DAY: 24.0,
    PriceUnit.NODE_MONTH: HOURS_PER_MONTH,
}


Word = TypeVar("Word", bound=StrEnum)


def _one_of(words: type[Word], line: Line, column: str) -> Word:
    """The word in a column; raises `ValueError` naming those there are."""
    cell = line.cells[column]
    if cell not in {*words}:
        raise ValueError(f"{column}: '{shortened(cell)}' is not one of {', '.join(words)}")
    return words(cell)


@dataclass(frozen=True)
class Price:
    """One line of a price book.

    `gpus` is the smallest number of accelerators sold together. `date` is the day the price was seen, None
    where the source does not say (its `note` says why); `date_text` keeps the precision as given.
    """

    provider: str
    region: str
    hardware: str
    gpus: int
    term: PriceTerm
    price: float
    currency: str
    unit: PriceUnit
    date: date | None
    date_text: str
    source: str
    note: str
    line: int

    @property
    def per_gpu_hour(self) -> float:
        """Price per accelerator-hour, in `currency`."""
        return self.price / self.unit.gpu_hours(self.gpus)

    @property
    def label(self) -> str:
        """The line in a few words, for messages."""
        return f"{self.provider} {self.region} {self.hardware} x{self.gpus} {self.term}"

    @classmethod
    def parse(cls, line: Line) -> Price:
        """Read a table line; raises `ValueError` for its unreadable cells, `KeyError` for a lacking column."""
        cells, reader = line.cells, LineReader()
        read = reader.read
        reader.filled(line, "provider", "region", "hardware", "currency", "source")
        price = cls(
            provider=cells["provider"],
            region=cells["region"],
            hardware=cells["hardware"],
            gpus=read(lambda: whole_number(line, "gpus"), 1),
            term=read(lambda: _one_of(PriceTerm, line, "term"), PriceTerm.ON_DEMAND),
            price=reader.number(line, "price"),
            currency=cells["currency"],
            unit=read(lambda: _one_of(PriceUnit, line, "unit"), PriceUnit.GPU_HOUR),
            date=read(lambda: earliest_day(cells["date"]), None),
            date_text=read(lambda: day_text(cells["date"]), ""),
            source=cells["source"],
            note=cells["note"],
            line=line.number,
        )
        reader.close()
        return price

    def as_row(self) -> Mapping[str, object]:
        """Cells by column, in the order of a price book's header."""
        return {
            "provider": self.provider,
            "region": self.region,
            "hardware": self.hardware,
            "gpus": self.gpus,
            "term": str(self.term),
            "price": self.price,
            "currency": self.currency,
            "unit": str(self.unit),
            "date": self.date_text,
            "source": self.source,
            "note": self.note,
        }
