"""Routes about questions: examples, validation, rates."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request

from planner.loader import instance_schema
from planner.loader.provenance import provenance
from planner.service.answers import ERRORS, Health, Rated, Validated
from planner.service.child import Child
from planner.service.questions import Question, knobs_of, read
from planner.shipped import example_file, example_names
from planner.version import __version__

questions = APIRouter(prefix="/api", tags=["questions"], responses=ERRORS)

RATES_SECONDS = 30.0


@questions.get("/health")
def health() -> Health:
    """Whether the service answers."""
    return Health(status="ok", version=__version__)


@questions.get("/examples")
def examples() -> list[str]:
    """Names of the shipped examples."""
    return example_names()


@questions.get("/examples/{name}")
def example(name: str) -> dict[str, str]:
    """Text of a shipped example."""
    file = example_file(name)
    if file is None:
        raise HTTPException(404, "there is no such example")
    return {"name": name, "instance": file.read_text(encoding="utf-8")}


@questions.get("/schema")
def schema() -> dict[str, Any]:
    """JSON Schema of instances."""
    return instance_schema()


@questions.post("/validate")
def validate(question: Question) -> Validated:
    """Check an instance; faults come with status 422, all at once."""
    instance = read(question)
    return Validated(
        name=instance.name,
        description=instance.description,
        periods=instance.horizon.periods,
        workloads=list(instance.workloads),
        hardware=list(instance.fleet),
        values=[row._asdict() for row in provenance(instance)],
        knobs=[knob._asdict() for knob in knobs_of(instance)],
    )


@questions.post("/rates")
def rates(question: Question, request: Request) -> Rated:
    """What every unit can serve, and which options were left out."""
    instance = read(question)
    data = instance.model_dump(mode="json", exclude_unset=True)
    task = {"task": "rates", "question": data, "memory_mb": request.app.state.settings.max_memory_mb}
    outcome, error = Child(task).run(RATES_SECONDS)
    if outcome is None:
        raise HTTPException(422, error)
    return Rated(**outcome)
