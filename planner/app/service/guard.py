"""Checks before every request: who may call, from where, and how large a body may be."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from planner.app.service.settings import LOCAL_NAMES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from planner.app.service.settings import Settings

COOKIE = "planner_token"
MOST_DIGITS = 18  # of a body's length
REPEATED = ";"
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_PATHS = ("/api/session", "/api/health")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Refused(Exception):
    """A request that is not let through: status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Guard:
    """ASGI middleware: host and origin checks, bearer token, body limit, security headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        began = False

        async def answer(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                present = {name.lower() for name, _ in message["headers"]}
                extra = [*HEADERS, (b"content-security-policy", PAGE_POLICY)]
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in extra if pair[0] not in present),
                ]
            await send(message)

        try:
            self._check(scope, headers)
            await self._app(scope, _bounded(receive, self._settings), answer)
        except Refused as refused:
            if began:
                raise
            await _refuse(answer, refused)

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if REPEATED in host:
            raise Refused(400, "a request has one Host")
        if self._settings.is_local and _name_of(host) not in (*LOCAL_NAMES, self._settings.host):
            raise Refused(421, "this service answers to localhost only")
        origin = headers.get("origin")
        if origin is not None and scope["method"] not in SAFE_METHODS and _place_of(origin) != host:
            raise Refused(403, "requests from other sites are refused")
        length = headers.get("content-length", "0")
        if len(length) > MOST_DIGITS or (length.isdecimal() and int(length) > self._settings.max_body_bytes):
            raise Refused(413, f"a body has at most {self._settings.max_body_bytes} bytes")
        path = scope["path"]
        if self._settings.token is not None and path.startswith("/api/") and path not in OPEN_PATHS:
            self._authenticate(headers)

    def _authenticate(self, headers: dict[str, str]) -> None:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            given = _cookie(headers.get("cookie", ""))
        if not matches(given.strip(), self._settings.token):
            raise Refused(401, "a bearer token is needed")


def matches(given: str, token: str | None) -> bool:
    """Whether a token is the right one, in constant time."""
    return token is not None and hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _headers(scope: Scope) -> dict[str, str]:
    """Headers by name; the values of one that comes more than once are joined, as cookies may be."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}{REPEATED} {text}" if key in headers else text
    return headers


def _name_of(host: str) -> str:
    """The name in a Host header, nothing where it is none."""
    found = _HOST.fullmatch(host)
    return found.group(1).strip("[]").lower() if found is not None else ""


def _place_of(origin: str) -> str | None:
    """Host and port of an Origin header, None where it has none."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _cookie(header: str) -> str:
    """The value of this service's cookie; those of other services on the host are not looked at."""
    for pair in header.split(";"):
        name, _, _ = pair.partition("=")
        if name.strip() == COOKIE:
            with suppress(CookieError):
                return next((morsel.value for morsel in SimpleCookie(pair.strip()).values()), "")
    return ""


def _bounded(receive: Receive, settings: Settings) -> Receive:
    """The request's messages, up to so many bytes of body in so many seconds; else an HTTPException."""
    limit, seconds = settings.max_body_bytes, settings.request_seconds
    seen, whole = 0, False
    deadline = asyncio.get_running_loop().time() + seconds

    async def counted() -> Message:
        nonlocal seen, whole
        if whole:
            return await receive()
        left = deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(receive(), max(left, 0.0))
        except TimeoutError:
            text = f"a body comes within {seconds:g} seconds"
            raise HTTPException(408, text, {"Connection": "close"}) from None
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413, f"a body has at most {limit} bytes")
        whole = not message.get("more_body", False)
        return message

    return counted


async def _refuse(send: Send, refused: Refused) -> None:
    body = json.dumps({"detail": refused.reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
