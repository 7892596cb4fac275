"""Requests of the wrong form are told where and what to send, in words of the API, never in those of a library."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from planner.app.service.app import create_app
from planner.app.service.misfits import NOT_VALID
from planner.app.service.settings import Settings
from planner.app.service.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

FOREIGN = re.compile(
    r"Input should|valid (string|integer|dictionary)|Field required|Extra inputs|pydantic|pattern|_type|String should"
)
CASES: list[tuple[str, Any, dict[str, str]]] = [
    ("/api/validate", {}, {"": "give either example or instance"}),
    ("/api/validate", {"example": "tiny", "exampel": 1}, {"exampel": "unknown key; did you mean 'example'?"}),
    ("/api/validate", [], {"": "a list of 0 is no mapping"}),
    ("/api/validate", {"example": 7}, {"example": "7 does not fit: write a text of at most 64 characters"}),
    ("/api/validate", {"example": "tiny", "overrides": {"a.b": [1]}}, {"overrides.a.b": "a list of 1 does not fit: write a number or "}),
    ("/api/validate", {"instance": "x", "series": {"../a.csv": "1"}}, {"series.../a.csv": "the name '../a.csv' does not fit: write a CSV file such as load/day.csv"}),
    ("/api/validate", {"instance": "x", "series": {"a.csv": 1}}, {"series.a.csv": "1 does not fit: write a text"}),
    ("/api/jobs", {"example": "tiny", "options": {"time_limit_s": -1, "seed": 0.5}}, {
        "options.time_limit_s": "-1 does not fit: write a number, above 0, 86400 or less",
        "options.seed": "0.5 does not fit: write a whole number, 0 or more",
    }),
    ("/api/compare", {"first": "a"}, {"second": "is missing: write a text of at most 64 characters"}),
    ("/api/begin", {"name": "../x"}, {"name": "'../x' does not fit: write a name of letters, digits, _ and -"}),
    ("/api/begin", {"logs": {"a/b.csv": "x"}}, {"logs.a/b.csv": "the name 'a/b.csv' does not fit: write a file name such as day.csv"}),
    ("/api/begin", {"logs": {f"g{n}.csv": "x" for n in range(11)}}, {"logs": "has 11 entries: write a mapping with at most 10 entries, such as "}),
]  # fmt: skip
# ruff: noqa: E501 (one request is one line)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application without its workers: nothing here comes that far."""
    settings = Settings(database=Path(tmp_path_factory.mktemp("service")) / "jobs.sqlite")
    store = Store(settings.database, settings.kept_jobs)
    yield create_app(settings, store)
    store.close()


def asked(app: FastAPI, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer of the application to one request."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **request)

    return asyncio.run(answer())


def test_each_fault_has_its_place_and_says_what_to_send(app: FastAPI) -> None:
    for path, body, told in CASES:
        answer = asked(app, "POST", path, json=body)
        assert (answer.status_code, answer.json()["detail"]) == (422, NOT_VALID), path
        faults = {fault["path"]: fault["message"] for fault in answer.json()["faults"]}
        for place, words in told.items():
            assert faults.get(place, "").startswith(words), (path, body, faults)
        assert not FOREIGN.search(answer.text), answer.text


def test_queries_paths_and_bodies_of_another_kind_too(app: FastAPI) -> None:
    for path, place, words in (
        ("/api/jobs?limit=0", "limit", "'0' does not fit: write a whole number, 1 or more, 500 or less"),
        ("/api/jobs?limit=x", "limit", "'x' does not fit: write a whole number"),
        ("/api/jobs/x/export/docx", "kind", "'docx' does not fit: write one of "),
    ):
        answer = asked(app, "GET", path)
        assert answer.status_code == 422
        (fault,) = answer.json()["faults"]
        assert (fault["path"], fault["message"][: len(words)]) == (place, words)
        assert not FOREIGN.search(answer.text), answer.text
    secret = asked(app, "POST", "/api/session", json={"token": 12345})
    assert secret.json()["faults"][0]["message"].startswith("what was sent does not fit: write a text")
    assert "12345" not in secret.text
    plain = asked(app, "POST", "/api/validate", content=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.json()["faults"][0]["message"].startswith("a body comes as application/json")
    assert (
        asked(app, "POST", "/api/validate").json()["faults"][0]["message"].startswith("is missing: write {")
    )
