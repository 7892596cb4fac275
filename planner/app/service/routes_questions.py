"""Routes about questions: examples, validation, rates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from planner.app.service.answers import ERRORS, Begun, Health, Rated, Unpacked, Validated
from planner.app.service.beginning import Beginning  # noqa: TC001 (FastAPI reads annotations at run time)
from planner.app.service.bodies import StrictRoute
from planner.app.service.child import Child
from planner.app.service.questions import Question  # noqa: TC001 (FastAPI reads annotations at run time)
from planner.app.service.readers import begun, question_of, unpacked, validated
from planner.core.version import __version__
from planner.loader import instance_schema
from planner.loader.shipped import example_file, example_names

questions = APIRouter(prefix="/api", tags=["questions"], responses=ERRORS, route_class=StrictRoute)

RATES_SECONDS = 30.0
ZIP = "application/zip"
_BINARY = {"type": "string", "format": "binary"}


@questions.get("/health")
def health(request: Request) -> Health:
    """Whether the service answers, and what keeps it from its work: `degraded` with the reasons."""
    problems = request.app.state.workers.problems()
    return Health(status="degraded" if problems else "ok", version=__version__, problems=problems)


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
def validate(question: Question, request: Request) -> Validated:
    """Check an instance; faults come with status 422, all at once."""
    return Validated(**request.app.state.readers.ask(validated, question.model_dump()))


@questions.post("/begin")
def begin(beginning: Beginning, request: Request) -> Begun:
    """Make a first instance of a log, monitoring or a load test; what nobody said is marked in it."""
    return Begun(**request.app.state.readers.ask(begun, beginning.model_dump()))


@questions.post(
    "/unpack",
    openapi_extra={"requestBody": {"required": True, "content": {ZIP: {"schema": _BINARY}}}},
)
async def unpack(request: Request, content_type: Annotated[str, Header()] = "") -> Unpacked:
    """Take an instance and its CSV files out of a ZIP archive, for `validate` and jobs."""
    if content_type.partition(";")[0].strip().lower() != ZIP:
        raise HTTPException(415, f"an archive comes as {ZIP}")
    content = await request.body()
    return Unpacked(**await run_in_threadpool(request.app.state.readers.ask, unpacked, content))


@questions.post("/rates")
def rates(question: Question, request: Request) -> Rated:
    """What every unit can serve, and which options were left out."""
    _, data = request.app.state.readers.ask(question_of, question.model_dump())
    task = {"task": "rates", "question": data, "memory_mb": request.app.state.settings.max_memory_mb}
    outcome, error = Child(task).run(RATES_SECONDS)
    if outcome is None:
        raise HTTPException(422, error)
    return Rated(**outcome)
