"""Routes about jobs: submit, watch, cancel, and fetch results."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from planner.app.service.answers import ERRORS, Compared, Job, Pictures
from planner.app.service.bodies import StrictRoute
from planner.app.service.pictures import pictures_of
from planner.app.service.questions import JobRequest, Question
from planner.app.service.readers import question_of
from planner.app.service.store import NO_STORE, OPEN_STATES
from planner.plan.plan import Plan
from planner.study.comparison import Comparison
from planner.view.exports import FORMATS, export
from planner.view.reporting.html import report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from planner.app.service.store import Store

jobs = APIRouter(prefix="/api", tags=["jobs"], responses=ERRORS, route_class=StrictRoute)

POLL_SECONDS = 0.25
MOST_DIGITS = 12
LEAST_DIGITS = 4
"""Of the ids of jobs that are compared: more where they begin alike."""
REPORT_POLICY = "sandbox allow-scripts; frame-ancestors 'none'"
FILES = {kind: (known.file, known.media) for kind, known in FORMATS.items() if known.file is not None}
"""Name and media type of each format that is one file."""
if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[tuple(FILES)]


class Pair(BaseModel):
    """Two jobs to compare."""

    model_config = ConfigDict(extra="forbid")

    first: Annotated[str, Field(max_length=64)]
    second: Annotated[str, Field(max_length=64)]


@jobs.post("/jobs", status_code=202)
def submit(asked: JobRequest, request: Request) -> Job:
    """Accept a solve. 422 when the instance is not valid, 429 when the queue is full."""
    settings, store = request.app.state.settings, _store(request)
    question = Question(**asked.model_dump(exclude={"label", "options"}))
    name, data = request.app.state.readers.ask(question_of, question.model_dump())
    options = asked.options.model_dump() | {
        "time_limit_s": min(asked.options.time_limit_s, settings.max_solve_seconds),
        "memory_limit_mb": settings.max_memory_mb,
        "threads": settings.threads,
    }
    identity = store.add(asked.label or name, {"question": data, "options": options}, settings.queue_limit)
    request.app.state.workers.notify()
    return _job(request, identity)


@jobs.get("/jobs")
def recent(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Job]:
    """The newest jobs first."""
    return [Job(**row) for row in _store(request).jobs(limit)]


@jobs.get("/jobs/{identity}")
def one(identity: str, request: Request) -> Job:
    """One job."""
    return _job(request, identity)


@jobs.delete("/jobs/{identity}")
def cancel(identity: str, request: Request) -> Job:
    """Cancel a job; one that runs gives its best plan so far. 409 when it has ended."""
    _job(request, identity)
    if not request.app.state.workers.cancel(identity):
        raise HTTPException(409, "the job has ended")
    return _job(request, identity)


@jobs.get("/jobs/{identity}/events", response_class=StreamingResponse)
async def events(
    identity: str, request: Request, after: Annotated[int, Query(ge=0, lt=10**12)] = 0
) -> StreamingResponse:
    """Progress as server-sent events: `progress` (cost, bound, gap, whether audited), then `end` with the job.

    `trouble` ends it where the store of jobs cannot be read now.
    """
    state = request.app.state
    _job(request, identity)
    seen = request.headers.get("last-event-id", "")
    after = max(after, int(seen)) if seen.isdecimal() and len(seen) < MOST_DIGITS else after
    if state.streams >= state.settings.max_streams:
        raise HTTPException(429, "too many streams")
    return StreamingResponse(_stream(identity, request, after), media_type="text/event-stream")


@jobs.get("/jobs/{identity}/plan")
def plan(identity: str, request: Request) -> dict[str, Any]:
    """The plan as JSON."""
    return _record(request, identity)


@jobs.get("/jobs/{identity}/pictures")
def pictures(identity: str, request: Request) -> Pictures:
    """The plan in words and pictures, for the page."""
    return pictures_of(Plan.from_dict(_record(request, identity)))


@jobs.get("/jobs/{identity}/report", response_class=HTMLResponse)
def report_page(identity: str, request: Request) -> HTMLResponse:
    """The self-contained report."""
    page = report(Plan.from_dict(_record(request, identity)))
    return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})


@jobs.get("/jobs/{identity}/export/{kind}", response_class=Response)
def exported(identity: str, kind: Kind, request: Request) -> Response:
    """The plan as a file."""
    known = Plan.from_dict(_record(request, identity))
    name, media = FILES[kind]
    with tempfile.TemporaryDirectory(prefix="planner-export-") as folder:
        (file,) = export(known, kind, Path(folder) / name)
        content = file.read_bytes()
    return Response(
        content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@jobs.post("/compare")
def compare(pair: Pair, request: Request) -> Compared:
    """What changes from the first plan to the second, their questions included."""
    identities = (pair.first, pair.second)
    plans = tuple(Plan.from_dict(_record(request, identity)) for identity in identities)
    if pair.first == pair.second:
        raise HTTPException(422, "these are the same job")
    digits = next(some for some in count(LEAST_DIGITS) if pair.first[:some] != pair.second[:some])
    labels = tuple(f"{_job(request, identity).label} ({identity[:digits]})" for identity in identities)
    comparison = Comparison(labels, plans, (None,) * len(plans))
    return Compared(text=comparison.text(), tables=comparison.to_dict())


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _job(request: Request, identity: str) -> Job:
    row = _store(request).job(identity)
    if row is None:
        raise HTTPException(404, "there is no such job")
    return Job(**row)


def _record(request: Request, identity: str) -> dict[str, Any]:
    job = _job(request, identity)
    record = _store(request).plan(identity)
    if record is None:
        raise HTTPException(409, f"the job is {job.state} and has no plan")
    return record


async def _stream(identity: str, request: Request, after: int) -> AsyncIterator[str]:
    state, store = request.app.state, _store(request)
    state.streams += 1
    try:
        while not await request.is_disconnected():
            job = await asyncio.to_thread(store.job, identity)
            for number, event in await asyncio.to_thread(store.events, identity, after):
                after = number
                yield f"id: {number}\nevent: progress\ndata: {json.dumps(event)}\n\n"
            if job is None or job["state"] not in OPEN_STATES:
                yield f"event: end\ndata: {json.dumps(job)}\n\n"
                return
            await asyncio.sleep(POLL_SECONDS)
    except sqlite3.Error as error:
        yield f"event: trouble\ndata: {json.dumps({'detail': f'{NO_STORE}: {error}'})}\n\n"
    finally:
        state.streams -= 1
