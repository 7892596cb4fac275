"""What clients ask: an instance as text or by the name of an example, overrides, and options of the solve."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.app.service.knob_words import words_of
from planner.core.errors import Fault, InstanceError
from planner.instance.workload import Percentiles
from planner.loader import load, loads
from planner.loader.shipped import example_file, examples_folder
from planner.view.exports.quotes import quotes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance

FILE_NAME = r"^([A-Za-z0-9_][A-Za-z0-9_\-]*/)*[A-Za-z0-9_][A-Za-z0-9_\-]*(\.[A-Za-z0-9_\-]+)*\.csv$"
FileName = Annotated[
    str,
    Field(
        pattern=FILE_NAME,
        max_length=200,
        description="a CSV file such as load/day.csv, of letters, digits, _ and -, within the folder of the instance",
    ),
]
Override = float | int | str | bool | None

MAX_INSTANCE = 500_000
MOST_SERIES = 20


class Question(BaseModel):
    """An instance to be looked at. Files are never read from the server, shipped examples aside."""

    model_config = ConfigDict(extra="forbid")

    example: Annotated[str, Field(max_length=64)] | None = None
    """Name of a shipped example."""
    instance: Annotated[str, Field(max_length=MAX_INSTANCE)] | None = None
    """Text of an instance file."""
    series: Annotated[dict[FileName, str], Field(max_length=MOST_SERIES)] = {}
    """CSV texts by the file names that the instance uses."""
    overrides: Annotated[dict[Annotated[str, Field(max_length=300)], Override], Field(max_length=500)] = {}
    """Values by dotted path."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.example is None) == (self.instance is None):
            raise ValueError("give either example or instance")
        return self


class QuestionOptions(BaseModel):
    """How to solve."""

    model_config = ConfigDict(extra="forbid")

    time_limit_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = 60.0
    relative_gap: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.005
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1


class JobRequest(Question):
    """A question to be solved."""

    label: Annotated[str, Field(max_length=200)] = ""
    """A name of one's own for the job; absent: that of the instance."""
    options: QuestionOptions = QuestionOptions()


class Knob(NamedTuple):
    """A figure of an instance that can be turned: its path, its value (None: not given), its group, and what it is in
    words, with its unit."""

    path: str
    value: float | None
    group: str
    words: str


def read(question: Question) -> Instance:
    """The instance that a question means. Raises InstanceError with every fault."""
    overrides: dict[str, Any] = dict(question.overrides)
    if question.example is not None:
        file = example_file(question.example)
        if file is None:
            raise InstanceError([Fault(f"there is no example '{question.example}'")])
        return load(file, overrides)
    assert question.instance is not None
    if not question.series:
        return loads(question.instance, examples_folder(), overrides)
    with scratch_folder() as folder:
        for name, text in question.series.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return loads(question.instance, folder, overrides)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for what a client sends; faults name files by the names that the client gave them."""
    with tempfile.TemporaryDirectory(prefix="planner-sent-") as folder:
        try:
            yield Path(folder)
        except InstanceError as error:
            named = [replace(fault, file=fault.file.removeprefix(f"{folder}/")) for fault in error.faults]
            raise InstanceError(named) from None


def knobs_of(instance: Instance) -> list[Knob]:
    """Demand, promises, prices and limits that the what-if page offers."""
    return [
        *_work(instance),
        *(
            Knob(quote.path, quote.value, _group(quote.path), words_of(quote.path))
            for quote in quotes_of(instance)
        ),
    ]


def _work(instance: Instance) -> Iterator[Knob]:
    for name, workload in instance.workloads.items():
        path, sla = f"workloads.{name}", workload.sla
        yield Knob(f"{path}.demand.scale", workload.demand.scale, "demand", f"{name}: demand, times")
        for percentile in Percentiles.model_fields:
            limit = None if sla.ttft_ms is None else getattr(sla.ttft_ms, percentile)
            words = f"{name}: time to first token, {percentile}, ms"
            yield Knob(f"{path}.sla.ttft_ms.{percentile}", limit, "service", words)
        yield Knob(f"{path}.sla.tpot_ms", sla.tpot_ms, "service", f"{name}: time per output token, ms")
        words = f"{name}: availability, share of the time"
        yield Knob(f"{path}.sla.availability", sla.availability, "service", words)


def _group(path: str) -> str:
    return ".".join(path.split(".")[1:3]) if path.startswith("fleet.") else path.split(".")[1]
