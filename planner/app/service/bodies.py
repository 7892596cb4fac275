"""JSON bodies, read strictly: UTF-8, finite numbers, whole characters, and few values, before they take memory."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Response

MOST_VALUES = 5_000
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class StrictRoute(APIRoute):
    """A route whose request reads its body by `parsed`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given the strict request."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


class StrictRequest(Request):
    """A request whose JSON is read by `parsed`; 400 for what cannot be read."""

    async def json(self) -> Any:
        """The body's data."""
        try:
            return parsed(await self.body())
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"the body cannot be read: {_reason(error)}") from None


def parsed(body: bytes) -> Any:
    """Data of a JSON body. Raises ValueError (or RecursionError for deep nesting).

    The count of values is bounded before anything is parsed: an empty list takes two bytes of a body, and some
    sixty of memory.
    """
    text = body.decode("utf-8")
    bare = _STRING.sub("", text)
    if sum(map(bare.count, "[{,")) > MOST_VALUES:
        raise ValueError(f"it has more than {MOST_VALUES} values")
    data = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    if _SURROGATE.search(text) is not None:
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not whole characters in UTF-8"
    return str(error)
