"""Requests of the wrong form: where they do not fit, and what to send there, by the service's own OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse

from planner.core.errors import MOST_SHOWN, Fault, shortened
from planner.loader.schema import inlined
from planner.loader.schema_faults import words_of
from planner.loader.words import misfit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import Request
    from fastapi.exceptions import RequestValidationError

NOT_VALID = "the request is not valid"
LONGEST = 400
JSON = "application/json"
SECRET = ("token",)
"""Last step of the path of what no answer repeats."""
_BODY = "body"
_KEY = "[key]"

Schema = dict[str, Any]
Steps = tuple[str | int, ...]


class _Hidden:
    """Stands for a secret in messages."""

    def __str__(self) -> str:
        return "what was sent"


async def not_valid(request: Request, error: Exception) -> JSONResponse:
    """The answer to a body, path or query of the wrong form: each fault with its place and what to send."""
    found: RequestValidationError = error  # type: ignore[assignment]
    faults = list(_faults(found.errors(), found.body, _operation(request)))
    told = [
        {"message": shortened(one.message, LONGEST), "path": shortened(one.path, LONGEST)}
        for one in faults[:MOST_SHOWN]
    ]
    if len(faults) > MOST_SHOWN:
        told.append({"message": f"and {len(faults) - MOST_SHOWN} more faults", "path": ""})
    return JSONResponse({"detail": NOT_VALID, "faults": told}, status_code=422)


def _operation(request: Request) -> Schema:
    """What the document says of the route that was asked for."""
    document, route = request.app.openapi(), request.scope["route"]
    operation = document["paths"][route.path_format][request.method.lower()]
    return inlined({**operation, "$defs": document["components"]["schemas"]})


def _faults(details: Iterable[Any], body: Any, operation: Schema) -> Iterable[Fault]:
    """One fault a place: each of the types that a value could have been of complains."""
    if isinstance(body, bytes):
        yield Fault(f"a body comes as {JSON}: say so in Content-Type")
        return
    by_path: dict[Steps, list[Any]] = {}
    for detail in details:
        by_path.setdefault(_steps(detail, body), []).append(detail)
    for path, found in by_path.items():
        yield Fault(_message(found, path, operation), path=".".join(map(str, path)))


def _steps(detail: Any, body: Any) -> Steps:
    """The place of a fault: steps through the body, or the name of a part of the path, query or headers."""
    part, *location = detail["loc"]
    if part != _BODY:
        return tuple(location[:1])
    steps: list[str | int] = []
    here = body
    for place, step in enumerate(location):
        if (isinstance(here, dict) and step in here) or (isinstance(here, list) and step in range(len(here))):
            here = here[step]
        elif place < len(location) - 1 or detail["type"] != "missing":
            continue
        steps.append(step)
    return tuple(steps)


def _message(details: list[Any], path: Steps, operation: Schema) -> str:
    part, *location = details[0]["loc"]
    if part == _BODY:
        root = operation["requestBody"]["content"][JSON]["schema"]
        hidden = {"input": _Hidden()} if path[-1:] == SECRET else {}
        inside = [{**one, "loc": one["loc"][1:], **hidden} for one in details]
        if inside[0]["loc"][-1:] == (_KEY,):
            return f"the name {misfit((), path[-1], _names_at(root, path[:-1]))}"
        return words_of(inside, path, root)
    known = (
        one["schema"] for one in operation["parameters"] if (one["in"], one["name"]) == (part, location[0])
    )
    return words_of([{**one, "loc": ()} for one in details], path, next(known))


def _names_at(root: Schema, path: Steps) -> Schema:
    """What the keys of a mapping may be."""
    here = root
    for step in path:
        here = here["properties"][step]
    return {"type": "string", **here.get("propertyNames", {})}
