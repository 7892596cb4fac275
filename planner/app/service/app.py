"""The application: routes over the jobs, behind the guard."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from planner.app.service.guard import Guard
from planner.app.service.misfits import not_valid
from planner.app.service.readers import Readers
from planner.app.service.routes_jobs import jobs
from planner.app.service.routes_page import page
from planner.app.service.routes_questions import questions
from planner.app.service.store import NO_STORE, QueueFull
from planner.app.service.workers import Workers
from planner.core.errors import InstanceError, PlannerError
from planner.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from planner.app.service.settings import Settings
    from planner.app.service.store import Store

DESCRIPTION = (
    "Capacity plans for teams that serve large language models: validate, rate, solve, compare, report."
)


def create_app(settings: Settings, store: Store) -> FastAPI:
    """The service as an ASGI application over a store. Its workers live as long as it runs."""
    app = FastAPI(
        title="planner",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.settings, app.state.store = settings, store
    for router in (questions, jobs, page):
        app.include_router(router)
    app.add_exception_handler(InstanceError, _invalid)
    app.add_exception_handler(PlannerError, _refused)
    app.add_exception_handler(QueueFull, _full)
    app.add_exception_handler(sqlite3.Error, _no_store)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_middleware(Guard, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    workers, readers = Workers(app.state.store, app.state.settings), Readers()
    app.state.workers, app.state.readers, app.state.streams = workers, readers, 0
    workers.start()
    try:
        yield
    finally:
        workers.close()
        readers.close()


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InstanceError)
    faults = [{**asdict(fault), "file": _named(fault.file)} for fault in error.faults]
    return JSONResponse({"detail": "the instance is not valid", "faults": faults}, status_code=422)


def _named(file: str) -> str:
    """A file as the client knows it: of one of the server's own, its name alone."""
    return PurePath(file).name if PurePath(file).is_absolute() else file


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error), "faults": []}, status_code=422)


async def _no_store(request: Request, error: Exception) -> JSONResponse:
    detail = f"{NO_STORE}: {error}"
    return JSONResponse({"detail": detail}, status_code=503, headers={"Retry-After": "30"})


async def _full(request: Request, error: Exception) -> JSONResponse:
    detail = "the service is busy: try again in a while"
    return JSONResponse({"detail": detail}, status_code=429, headers={"Retry-After": "5"})
