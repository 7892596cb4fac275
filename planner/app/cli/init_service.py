"""What answers come to: the service of a first instance, or every fault of every option and file at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.app.cli.idle import GivenInput, refuse_idle
from planner.app.cli.init_answers import prices_of
from planner.app.cli.init_files import made_first, refuse_existing, write_first
from planner.core.demand_traits import DemandTrait
from planner.core.errors import InstanceError, tried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any, TypeVar

    import typer

    from planner.app.cli.init_answers import Answers
    from planner.core.errors import Fault
    from planner.loader.beginning.demand import BeginningDemand
    from planner.loader.beginning.measured import LoadTest
    from planner.loader.beginning.offers import BeginningOffer
    from planner.loader.beginning.quoted import QuotedLines
    from planner.loader.demand.observe import DemandWanted

    Made = TypeVar("Made")


@dataclass
class ServiceAsked:
    """What is asked for: answers, what the load test told, how files are read; faults are collected in `faults`."""

    said: Answers
    tested: LoadTest | None
    wanted: DemandWanted
    workload: str
    availability: float | None
    exchange_rates: Sequence[str]
    out: Path
    force: bool
    faults: list[Fault] = field(default_factory=list)
    unread: bool = False
    """Whether files that would tell more could not be found or read, so that nobody knows what options are for."""

    def write(self, context: typer.Context, with_test: bool) -> None:
        """Write the instance. Raises InstanceError with everything that stands in the way."""
        from planner.loader.beginning.compose import Service

        said, csv = self.said, f"{self.out.stem}.csv"
        model, hardware = self._try(lambda: _model(said)), self._try(lambda: _hardware(said)) or []
        demand = self._try(lambda: said.demand(csv, self.wanted)) if said.tells_demand else None
        files = [csv] if demand is None else list(demand.files)
        before = {fault.file for fault in self.faults}
        written = [one for one in (self.out, *map(self.out.with_name, files)) if str(one) not in before]
        self._try(lambda: refuse_existing(written, self.force))
        rates, quoted = self._quoted(hardware)
        self._try(lambda: refuse_idle(context, self._met(demand, with_test)))
        offers = self._offers(hardware, quoted)
        if demand is None or model is None or not offers:
            raise InstanceError(self.faults)
        promised = said.ttft_ms, said.tpot_ms, self.availability
        names = self.out.stem, self.workload, model
        service = Service(*names, demand, offers, *promised, exchange_rates=rates)
        made = self._try(lambda: made_first(service, self.tested))
        if self.faults or made is None:
            raise InstanceError(self.faults)
        remarks = [f"note: {note}" for note in self.wanted.fill.idle(demand.defects)]
        remarks += [*([] if quoted is None else quoted.remarks()), *_doubts(said)]
        write_first(made, self.out, remarks)

    def _try(self, step: Callable[[], Made]) -> Made | None:
        return tried(self.faults, step)

    def _met(self, demand: BeginningDemand | None, with_test: bool) -> set[str]:
        """Panels of the help whose options matter; all, of which nobody can tell."""
        met: set[str] = set(DemandTrait) if demand is None else {*demand.traits}
        return met | (set(GivenInput) if self.unread else self.said.given(with_test))

    def _quoted(self, hardware: list[str]) -> tuple[dict[str, dict[str, Any]], QuotedLines | None]:
        """Exchange rates, and the lines of quotes for hardware without a price of its own."""
        from datetime import date

        from planner.loader.beginning.exchange_rates import OPTION, exchange_rates_of
        from planner.loader.beginning.quoted import quoted_lines
        from planner.loader.catalog import read_books

        rates = self._try(lambda: exchange_rates_of(self.exchange_rates))
        if not self.said.quotes:
            return rates or {}, None
        stated = self._try(lambda: prices_of(self.said.prices)) or {}
        unpriced = [one for one in hardware if one not in stated]
        unread: list[Fault] = []
        books = read_books(self.said.quotes, unread)
        if not hardware:
            self.faults += unread
            return rates or {}, None
        found: list[Fault] = []
        quoted = tried(found, lambda: quoted_lines(books, unpriced, rates or {}, date.today(), unread))
        self.faults += [one for one in found if rates is not None or OPTION not in (one.path + one.message)]
        return rates or {}, quoted

    def _offers(self, hardware: list[str], quoted: QuotedLines | None) -> list[BeginningOffer]:
        """What the hardware costs; at a price that stands for others where that cannot be told, which is a fault."""
        from planner.loader.beginning.offers import clouds_meant, offers_for, stand_in_offers

        said = self.said
        clouds = self._try(lambda: clouds_meant(said.clouds))
        stated = self._try(lambda: prices_of(said.prices))
        known = (
            bool(hardware)
            and clouds is not None
            and stated is not None
            and (quoted is not None or not said.quotes)
        )
        offers = (
            self._try(lambda: offers_for(hardware, stated or {}, quoted, clouds or [])) if known else None
        )
        return offers or stand_in_offers(hardware)


def _model(said: Answers) -> str | None:
    from planner.loader.beginning.names import model_named

    return model_named(said.model) if said.model else None


def _hardware(said: Answers) -> list[str]:
    from planner.loader.beginning.names import hardware_named

    return hardware_named(said.hardware)


def _doubts(said: Answers) -> list[str]:
    """Prices of options that may be of another unit."""
    from planner.loader.catalog.check import above_known

    return [
        f"doubtful: --price {one}: {doubt}"
        for one, price in prices_of(said.prices).items()
        if (doubt := above_known(one, price, 1)) is not None
    ]
