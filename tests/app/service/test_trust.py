"""Who may call: the token, and the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from planner.app.cli.main import app
from planner.app.service import Settings
from planner.core.errors import InstanceError
from tests.app.service.server import served

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-of-some-length"


def test_any_other_bind_needs_a_token(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.10", "example.org", "::"):
        with pytest.raises(InstanceError, match="needs a bearer token"):
            Settings(host=host, database=tmp_path / "x")
        assert Settings(host=host, token=TOKEN, database=tmp_path / "x").token == TOKEN
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
        assert Settings(host=host, database=tmp_path / "x").is_local
    with pytest.raises(InstanceError, match="at least 16"):
        Settings(host="0.0.0.0", token="short", database=tmp_path / "x")


def test_the_verb_refuses_it_in_one_line(tmp_path: Path) -> None:
    asked = ["serve", "--host", "0.0.0.0", "--database", str(tmp_path / "x")]
    done = CliRunner().invoke(app, asked, env={"PLANNER_TOKEN": ""})
    assert isinstance(done.exception, InstanceError)


def test_a_token_is_asked_for_when_there_is_one(tmp_path: Path) -> None:
    with served(tmp_path / "jobs.sqlite", PLANNER_TOKEN=TOKEN) as server:
        get = server.client.get
        assert get("/api/health").status_code == 200
        assert get("/").status_code == 200
        assert get("/api/jobs").status_code == 401
        assert get("/api/jobs", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert get("/api/jobs", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert server.client.post("/api/session", json={"token": "wrong"}).status_code == 401
        opened = server.client.post("/api/session", json={"token": TOKEN})
        assert "HttpOnly" in opened.headers["set-cookie"]
        assert "SameSite=strict" in opened.headers["set-cookie"]
        assert get("/api/jobs").status_code == 200


def test_two_services_never_share_a_database(tmp_path: Path) -> None:
    refused = pytest.raises(AssertionError, match="another service uses this database")
    with served(tmp_path / "jobs.sqlite"), refused, served(tmp_path / "jobs.sqlite"):
        pass
