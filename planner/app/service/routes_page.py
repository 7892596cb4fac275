"""The what-if page, and the session that lets a browser use a token."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from planner.app.service.answers import ERRORS
from planner.app.service.bodies import StrictRoute
from planner.app.service.guard import COOKIE, matches

page = APIRouter(responses=ERRORS, route_class=StrictRoute)

Asset = Literal["page.css", "page.js", "report.css"]
HOMES = {
    "page.css": "planner.app.service",
    "page.js": "planner.app.service",
    "report.css": "planner.view.reporting",
}
MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


class Token(BaseModel):
    """A bearer token, typed in once."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(max_length=4096)]


@page.get("/", response_class=HTMLResponse)
def index() -> HTMLResponse:
    """The what-if page."""
    return HTMLResponse(_file("planner.app.service", "page.html"))


@page.get("/assets/{name}", response_class=Response)
def asset(name: Asset) -> Response:
    """Style and script of the page."""
    return Response(_file(HOMES[name], name), media_type=MEDIA[name.rpartition(".")[2]])


@page.post("/api/session", status_code=204)
def session(given: Token, request: Request) -> Response:
    """Keep a token in a cookie that scripts cannot read, so that downloads work too."""
    settings = request.app.state.settings
    if settings.token is not None and not matches(given.token, settings.token):
        raise HTTPException(401, "a wrong token")
    response = Response(status_code=204)
    if settings.token is not None:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, given.token, httponly=True, samesite="strict", secure=secure)
    return response


@cache
def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath("page", name).read_text(encoding="utf-8")
