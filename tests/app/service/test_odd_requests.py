"""Requests that no client should send, byte by byte: each is refused with a 4xx or dropped, and nothing breaks."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.app.service.server import Server, served

TOKEN = "a-token-of-some-length"
HOSTS = (
    "[", "[::1", "]", "[]", "[::1]x", "[v1.x]", "evil.example", "localhost.evil.example", "127.0.0.1@evil.example",
    "localhost:99999999999", ":", "/", "//", "\\", "%00", "%zz", "ä", "\xff", "\x80", "a" * 5_000, "localhost;x",
    "localhost, evil.example", "http://localhost", "user:pass@", "[fe80::1%25eth0]", "‮".encode().decode("latin-1"),
)  # fmt: skip
ORIGINS = (
    "null", "http://[", "http://]", "http://[::1", "http://", "//", "[", "file://", "http://evil.example", "\xff",
    "http://evil.example:0", "http://a:b:c", "javascript:alert(1)", "http://\xe4", "x" * 5_000, "http://[v1.x]",
)  # fmt: skip
COOKIES = (
    "", ";", "=", "==", ";;;=;", "planner_token", "planner_token=", "planner_token=wrong", 'planner_token="', "a b=c",
    "planner_token=\xff", "a[b]=c; planner_token=x", "$Version=1; planner_token=x", 'planner_token="\\400"', "\xff=\xff",
    "planner_token=a; planner_token=b", "\x80" * 2_000,
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b"0", b'"x"', b"NaN", b"Infinity", b"-Infinity", b"\xff\xfe", b"\x00", b"{}{}", b"\xef\xbb\xbf{}",
    b'{"example": NaN}', b'{"example": "\\ud800"}', b'{"example": "tiny", "overrides": {"a": NaN}}',
    b'{"example": "tiny", "overrides": {"a": 1e999}}', b'{"example": "tiny", "overrides": {"\\udfff": 1}}',
    b'{"example": "tiny", "overrides": {"a": "\\ud800"}}', b'{"instance": "a: \\ud800"}', b'{"instance": "\\u0000"}',
    b'{"instance": "x", "series": {"a.csv": "\\ud83d"}}', b'{"example": "\xed\xa0\x80"}', b'{"\\ud800": 1}',
    b'{"example": ' + b"9" * 5_000 + b"}", b"[" * 100_000, b'{"a":' * 50_000, b'{"example": "tiny", "example": 1}',
    b"[" + b"[]," * 100_000 + b"[]]", b'{"overrides": {' + b",".join(b'"k%d": 1' % n for n in range(6_000)) + b"}}",
    b'{"example": "tiny", "overrides": {"workloads.chat.demand.scale": 1e308}}',
    b'{"example": "tiny", "overrides": {"workloads.chat.demand.scale": ' + b"9" * 400 + b"}}",
    b'{"example": "tiny", "options": {"time_limit_s": NaN}}', b'{"example": "tiny", "options": {"seed": 1e40}}',
    b'{"example": "tiny", "label": "\\ud800"}', b'{"first": "\\ud800", "second": "x"}', b'{"token": "\\ud800"}',
    b'{"instance": "a: &a [x]\\nb: ' + b"[*a, " * 200 + b'"}', b'{"instance": "' + b"[" * 5_000 + b'"}',
)  # fmt: skip
LINES = (
    b"GET", b"GET /", b"GET / HTTP/9.9", b"GET / HTTP/1.1\r\nContent-Length: -1", b"POST / HTTP/1.1\r\nContent-Length: x",
    b"POST /api/validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999",
    b"POST /api/validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2",
    b"POST /api/validate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip", b"\x00\x01\x02", b"\x16\x03\x01\x02\x00",
    b"GET /\xff HTTP/1.1\r\nHost: localhost", b"GET /%ED%A0%80 HTTP/1.1\r\nHost: localhost", b"PRI * HTTP/2.0",
    b"GET /api/jobs/%00 HTTP/1.1\r\nHost: localhost", b"GET /api/jobs?limit=NaN HTTP/1.1\r\nHost: localhost",
    b"GET /api/jobs?limit=" + b"9" * 5_000 + b" HTTP/1.1\r\nHost: localhost", b"GET /assets/%2e%2e%2f HTTP/1.1\r\nHost: localhost",
    b"GET /api/jobs/x/events?after=1e9 HTTP/1.1\r\nHost: localhost", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
    b"GET /api/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x",
    b"BREW /api/jobs HTTP/1.1\r\nHost: localhost", b"TRACE / HTTP/1.1\r\nHost: localhost", b"CONNECT x:1 HTTP/1.1\r\nHost: localhost",
    b"GET http://evil.example/nothing HTTP/1.1\r\nHost: localhost", b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 70_000,
)  # fmt: skip
# ruff: noqa: E501 (one request is one line)


def answered(server: Server, request: bytes, seconds: float = 20.0) -> int | None:
    """Status of the answer to these bytes; None where the service closed without one."""
    place = urlsplit(server.address)
    with socket.create_connection((place.hostname, place.port), timeout=seconds) as line:
        try:
            line.sendall(request)
            got = line.recv(4096)
        except ConnectionError:
            return None
    return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/") else None


def request_of(path: str, body: bytes = b"", **headers: str) -> bytes:
    kept = {"Host": "localhost", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in kept.items())
    method = "POST" if body or {"Origin", "Content-Type"} & headers.keys() else "GET"
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def odd() -> Iterator[tuple[str, bytes, bool]]:
    """What is odd, the request, and whether it must be refused (else it may also be answered)."""
    tiny = json.dumps({"example": "tiny"}).encode()
    for host in HOSTS:
        yield f"host {host[:30]!r}", request_of("/api/health", Host=host), "localhost:" not in host
    for origin in ORIGINS:
        yield f"origin {origin[:30]!r}", request_of("/api/validate", tiny, Origin=origin), True
    for cookie in COOKIES:
        yield f"cookie {cookie[:30]!r}", request_of("/api/examples", Cookie=cookie), False
    for body in BODIES:
        for path in ("/api/validate", "/api/jobs"):
            yield (
                f"{path} {body[:40]!r}",
                request_of(path, body, **{"Content-Type": "application/json"}),
                True,
            )
    yield "session", request_of("/api/session", b'{"token": "\\ud800"}'), True
    yield "compare", request_of("/api/compare", b'{"first": "\\ud800", "second": "x"}'), True
    for line in LINES:
        yield repr(line[:60]), line + b"\r\n\r\n", True


def test_odd_requests_are_refused_and_break_nothing(server: Server) -> None:
    requests = list(odd())
    assert len(requests) >= 120
    wrong = []
    for what, request, refused in requests:
        status = answered(server, request)
        if status is not None and not (400 <= status < 500 or (status < 300 and not refused)):
            wrong.append((what, status))
    assert wrong == []
    assert server.client.get("/api/health").json()["status"] == "ok"


def test_foreign_cookies_are_ignored(tmp_path: Path) -> None:
    with served(tmp_path / "jobs.sqlite", PLANNER_TOKEN=TOKEN) as server:
        for before in ("a[b]=c; ", "x=\xff; ", "a b; ", '$Version="1"; ', '="; ', "planner_tokens=no; "):
            cookie = f"{before}planner_token={TOKEN}; after[x]"
            assert answered(server, request_of("/api/jobs", Cookie=cookie)) == 200, before
        for cookie in COOKIES:
            assert answered(server, request_of("/api/jobs", Cookie=cookie)) == 401, cookie


def test_half_sent_requests_are_dropped(tmp_path: Path) -> None:
    head = b"POST /api/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    halves = {
        b"": b"",
        b"GET /api/health HTTP/1.1\r\nHost: loc": b"",
        request_of("/api/health") + b"GET /api/he": b" 200 ",
        head % b"validate": b" 408 ",
        head % b"jobs": b" 408 ",
    }
    with served(tmp_path / "jobs.sqlite", "--request-seconds", "2") as server:
        place = urlsplit(server.address)
        lines = {}
        for half in halves:
            lines[half] = socket.create_connection((place.hostname, place.port), timeout=30)
            lines[half].sendall(half)
        began = time.monotonic()
        for half, line in lines.items():
            with line:
                assert halves[half] in received(line)
        assert time.monotonic() - began < 20
        assert server.client.get("/api/health").status_code == 200


def received(line: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    got = b""
    try:
        while more := line.recv(4096):
            got += more
    except ConnectionResetError:
        pass
    return got
