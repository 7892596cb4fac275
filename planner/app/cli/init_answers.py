"""What `planner init` must know of a service: from options, or asked of a person at a terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from planner.core.errors import Fault
    from planner.loader.beginning.demand import BeginningDemand
    from planner.loader.demand.observe import DemandWanted


@dataclass(frozen=True)
class Answers:
    """Answers by options. Empty or None where there is none."""

    model: str
    hardware: list[str]
    logs: list[Path]
    monitoring: list[Path]
    requests_per_s: float | None
    input_tokens: float | None
    output_tokens: float | None

    def completed(self) -> Answers:
        """With answers of a person to what is not said yet."""
        model = self.model or typer.prompt("Served model (planner catalog models)")
        asked = "Hardware, with commas (planner catalog hardware)"
        said = replace(self, model=model, hardware=self.hardware or typer.prompt(asked).split(","))
        if self._files or self.requests_per_s is not None:
            return said
        rate = _number("Requests a second, in the mean")
        prompt = self.input_tokens or _number("Prompt tokens of a request, in the mean")
        output = self.output_tokens or _number("Output tokens of a request, in the mean")
        return replace(said, requests_per_s=rate, input_tokens=prompt, output_tokens=output)

    def faults(self) -> list[Fault]:
        """What must be said and is not, by option."""
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
    def _files(self) -> list[Path]:
        return [*self.logs, *self.monitoring]

    def demand(self, csv: str, wanted: DemandWanted) -> BeginningDemand:
        """The demand that files show, or that is assumed of the mean where there are none."""
        from planner.loader.beginning.demand import assumed_demand, demand_of_files

        if self._files:
            return demand_of_files(self.logs, self.monitoring, wanted, csv)
        return assumed_demand(
            self.requests_per_s or 0.0, self.input_tokens or 0.0, self.output_tokens or 0.0, csv
        )


def _number(question: str) -> float:
    return float(typer.prompt(question, type=float))
