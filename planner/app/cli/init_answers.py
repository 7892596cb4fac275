"""What `planner init` must know of a service: from options, or asked of a person at a terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from planner.app.cli.idle import GivenInput

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from planner.core.errors import Fault
    from planner.loader.beginning.demand import BeginningDemand
    from planner.loader.demand.observe import DemandWanted

Said = TypeVar("Said")


@dataclass(frozen=True)
class Answers:
    """Answers by options. Empty or None where there is none."""

    model: str
    hardware: list[str]
    logs: list[Path]
    monitoring: list[Path]
    timezone: str | None
    requests_per_s: float | None
    input_tokens: float | None
    output_tokens: float | None
    ttft_ms: float | None
    tpot_ms: float | None
    prices: list[str]
    quotes: list[Path]
    clouds: list[str]

    def completed(self) -> Answers:
        """With answers of a person, where something that must be said is not: what may be left open is asked then too.

        What cannot be is asked again.
        """
        if not self._lacking():
            return self
        said = replace(
            self,
            model=self.model or _asked("Served model (planner catalog models)", _model),
            hardware=self.hardware or _asked("Hardware, with commas (planner catalog hardware)", _hardware),
        )
        return said._with_demand()._with_promises()

    def _with_demand(self) -> Answers:
        question = "Request log, export of monitoring or CSV over time (empty: a mean)"
        if self._files:
            return self
        if self.requests_per_s is None and (file := _maybe(question, _file)) is not None:
            zone = self.timezone or _maybe("Zone of its times (empty: they have offsets)", _zone)
            return replace(self, monitoring=[file], timezone=zone)
        return replace(
            self,
            requests_per_s=self.requests_per_s or _asked("Requests a second, in the mean", _positive),
            input_tokens=self.input_tokens or _asked("Prompt tokens of a request, in the mean", _positive),
            output_tokens=self.output_tokens or _asked("Output tokens of a request, in the mean", _positive),
        )

    def _with_promises(self) -> Answers:
        ttft = self.ttft_ms or _maybe("Time to first token, p99, in ms (empty: assumed)", _positive)
        tpot = self.tpot_ms or _maybe("Time of each token after it, in ms (empty: assumed)", _positive)
        said = replace(self, ttft_ms=ttft, tpot_ms=tpot)
        if self.prices or self.quotes or self.clouds:
            return said
        question = "Prices as h100=2.50, with commas, or a price book's file (empty: list prices)"
        found = _maybe(question, _prices_or_book)
        return replace(said, quotes=[found]) if isinstance(found, Path) else replace(said, prices=found or [])

    def faults(self, told: Collection[str] = ()) -> list[Fault]:
        """What must be said and is not, by option, and names and prices that are none.

        Nothing of options that are `told` by files, of which it is said what is wrong.
        """
        from planner.core.errors import InstanceError

        checks: list[tuple[Callable[[str], object], Sequence[str]]] = [
            (_model, [self.model] if self.model else []),
            (_hardware, self.hardware),
            (lambda text: prices_of([text]), self.prices),
        ]
        faults = [one for one in self._lacking() if one.path not in told]
        for check, values in checks:
            for value in values:
                try:
                    check(value)
                except InstanceError as error:
                    faults += error.faults
        return faults

    def _lacking(self) -> list[Fault]:
        from planner.core.errors import Fault

        lacking = {}
        if not self.model:
            lacking["--model"] = "name the served model: planner catalog models lists them"
        if not self.hardware:
            lacking["--hardware"] = "name the hardware, once for each kind: planner catalog hardware lists it"
        if not self._files and self.requests_per_s is None:
            lacking["--from-log"] = (
                "give a log, --from-prometheus, --from-csv, or --requests-per-s with lengths"
            )
        elif not self._files and (self.input_tokens is None or self.output_tokens is None):
            lacking["--requests-per-s"] = "needs --input-tokens and --output-tokens beside it"
        return [Fault(message, option) for option, message in lacking.items()]

    @property
    def tells_demand(self) -> bool:
        """Whether there are files to read demand from, or all that stands for them."""
        return bool(self._files) or None not in (self.requests_per_s, self.input_tokens, self.output_tokens)

    @property
    def _files(self) -> list[Path]:
        return [*self.logs, *self.monitoring]

    @property
    def files(self) -> list[Path]:
        """Every file that answers are read from."""
        return [*self._files, *self.quotes]

    def given(self, tested: bool) -> set[str]:
        """Of what kinds of inputs these are, and a load test where there is one."""
        from planner.loader.beginning.names import hardware_named

        kinds = {GivenInput.FILES if self._files else GivenInput.NO_FILES}
        if set(hardware_named(self.hardware)) - prices_of(self.prices).keys():
            kinds.add(GivenInput.QUOTES if self.quotes else GivenInput.LIST_PRICES)
        return {*kinds, *([GivenInput.LOAD_TEST] if tested else [])}

    def demand(self, csv: str, wanted: DemandWanted) -> BeginningDemand:
        """The demand that files show, or that is assumed of the mean where there are none."""
        from planner.loader.beginning.demand import assumed_demand, demand_of_files

        if self._files:
            stated = self.input_tokens, self.output_tokens
            return demand_of_files(self.logs, self.monitoring, wanted, csv, stated)
        return assumed_demand(
            self.requests_per_s or 0.0, self.input_tokens or 0.0, self.output_tokens or 0.0, csv
        )


def prices_of(texts: Sequence[str]) -> dict[str, float]:
    """Prices by hardware of texts such as h100=2.50, USD per GPU-hour. Raises InstanceError with all that are none."""
    from planner.core.csv_table import finite_number
    from planner.core.errors import Fault, InstanceError
    from planner.loader.beginning.names import hardware_named

    prices: dict[str, float] = {}
    faults: list[Fault] = []
    for text in texts:
        word, _, figure = text.partition("=")
        value = finite_number(figure)
        if value is None or value <= 0:
            faults.append(Fault(f"'{text}' is no price: write h100=2.50, USD per GPU-hour", "--price"))
            continue
        try:
            prices[hardware_named([word])[0]] = value
        except InstanceError as error:
            faults += [replace(fault, path="--price") for fault in error.faults]
    if faults:
        raise InstanceError(faults)
    return prices


def _asked(question: str, meant: Callable[[str], Said]) -> Said:
    """The answer of a person, asked again until it is one. Raises Stopped where the person ends it."""
    return _prompted(question, meant, None)


def _maybe(question: str, meant: Callable[[str], Said]) -> Said | None:
    """The same, None where nothing is answered."""
    return _prompted(question, lambda text: meant(text) if text else None, "")


def _prompted(question: str, meant: Callable[[str], Said], default: str | None) -> Said:
    from planner.core.errors import Stopped

    try:
        answer: Said = typer.prompt(
            question, default=default, show_default=False, value_proc=_or_again(meant)
        )
    except typer.Abort:
        raise Stopped from None
    return answer


def _or_again(meant: Callable[[str], Said]) -> Callable[[str], Said]:
    from planner.core.errors import InstanceError

    def checked(text: str) -> Said:
        try:
            return meant(text.strip())
        except InstanceError as error:
            raise typer.BadParameter("; ".join(fault.message for fault in error.faults)) from None

    return checked


def _model(text: str) -> str:
    from planner.loader.beginning.names import model_named

    return model_named(text)


def _hardware(text: str) -> list[str]:
    from planner.loader.beginning.names import hardware_named

    return hardware_named(_words(text))


def _zone(text: str) -> str:
    from planner.instance.time_zone import zone_of

    return zone_of(text, "--timezone").key


def _file(text: str) -> Path:
    from planner.core.input_file import open_plain

    open_plain(Path(text)).close()
    return Path(text)


def _prices_or_book(text: str) -> list[str] | Path:
    if "=" not in text:
        return _file(text)
    prices_of(_words(text))
    return _words(text)


def _positive(text: str) -> float:
    from planner.core.csv_table import finite_number
    from planner.core.errors import Fault, InstanceError

    value = finite_number(text)
    if value is None or value <= 0:
        raise InstanceError([Fault(f"'{text}' is no number above 0")])
    return value


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
