"""A store with damaged bytes: refused in words when it is opened, or every answer is one, below 500 or 503."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import planner
from planner.app.service.app import create_app
from planner.app.service.settings import Settings
from planner.app.service.store import STATES, Store
from planner.core.errors import InstanceError
from tests.app.service.test_store import REQUEST
from tests.examples import small

FLIPS = 50
EVENT = {"cost": 1.0, "bound": 0.5, "gap": 0.5, "seconds": 1.0, "solver": "highs", "audited": False}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Bytes of a store with two jobs that are done and one that failed."""
    file = tmp_path_factory.mktemp("store") / "jobs.sqlite"
    store, plan = Store(file, kept_jobs=10), planner.solve(small()).to_dict()
    for state in ("done", "failed", "done"):
        identity = store.add("same", REQUEST, queue_limit=5)
        store.take()
        store.add_event(identity, 1, EVENT)
        store.end(identity, state, plan if state == "done" else None, None if state == "done" else "no")
    store.close()
    return file.read_bytes()


class Answers:
    """What the service over a file says, without its workers."""

    def __init__(self, file: Path) -> None:
        self.store = Store(file, kept_jobs=10)
        self.app = create_app(Settings(database=file), self.store)
        self.app.state.streams = 0
        self.client = TestClient(self.app, base_url="http://localhost")

    def move_to(self, file: Path) -> None:
        """Serve another file. Raises InstanceError, and keeps this one, where it is refused."""
        opened = Store(file, kept_jobs=10)
        self.store.close()
        self.store = self.app.state.store = opened

    def all_of(self, identities: list[str]) -> list[int]:
        """Status of answers about jobs; an error that no handler takes is raised here."""
        paths = ["", *(f"/{one}{part}" for one in identities for part in ("", "/plan", "/events"))]
        return [self.client.get(f"/api/jobs{path}").status_code for path in paths]


def identities_of(content: bytes, file: Path) -> list[str]:
    file.write_bytes(content)
    with sqlite3.connect(file) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM jobs ORDER BY number")]


def test_flipped_bytes_end_in_words(content: bytes, tmp_path: Path) -> None:
    draw, identities, answered = random.Random(7), identities_of(content, tmp_path / "sound.sqlite"), 0
    answers = Answers(tmp_path / "sound.sqlite")
    for place in range(FLIPS):
        flipped, file = bytearray(content), tmp_path / f"{place}.sqlite"
        for _ in range(draw.choice([1, 1, 8])):
            flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        file.write_bytes(flipped)
        try:
            answers.move_to(file)
        except InstanceError:
            continue
        answered += 1
        assert all(status < 500 or status == 503 for status in answers.all_of(identities))
    answers.store.close()
    assert answered > FLIPS / 2


@pytest.mark.parametrize("kept", [50, 99, 100, 4096, 9000, 20_000])
def test_a_file_cut_short_is_refused(kept: int, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    file.write_bytes(content[:kept])
    with pytest.raises(InstanceError, match=r"jobs\.sqlite: is damaged"):
        Store(file, kept_jobs=10)


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").touch()
    store = Store(tmp_path / "jobs.sqlite", kept_jobs=10)
    assert store.jobs(5) == []
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "jobs SET state = 'rumning'",
        "jobs SET label = x'ff'",
        "jobs SET created = 'then'",
        "jobs SET attempts = 'x'",
        "jobs SET cost = 9e999",
        "jobs SET error = x'00'",
    ],
)
def test_a_damaged_record_is_a_job_that_failed(change: str, content: bytes, tmp_path: Path) -> None:
    identities = identities_of(content, tmp_path / "jobs.sqlite")
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute(f"UPDATE {change} WHERE id = ?", (identities[0],))
    connection.close()
    answers = Answers(tmp_path / "jobs.sqlite")
    job: dict[str, Any] = answers.client.get(f"/api/jobs/{identities[0]}").json()
    assert (job["state"], job["error"]) == ("failed", f"the record kept for job {identities[0]} is damaged")
    listed = answers.client.get("/api/jobs").json()
    assert [one["id"] for one in listed] == identities[::-1]
    assert all(one["state"] in STATES for one in listed)
    stream = answers.client.get(f"/api/jobs/{identities[0]}/events").text
    assert stream.endswith("\n\n")
    assert "event: end\ndata: " in stream
    answers.store.close()


def test_a_digit_changed_in_a_plan_is_told(content: bytes, tmp_path: Path) -> None:
    """The file is sound to SQLite, the text is JSON, and the plan is another."""
    file = tmp_path / "jobs.sqlite"
    identity = identities_of(content, file)[0]
    for changed in ("plan = replace(plan, '8', '3')", "cost = cost * 2"):
        file.write_bytes(content)
        with sqlite3.connect(file) as connection:
            connection.execute(f"UPDATE jobs SET {changed} WHERE id = ?", (identity,))
        connection.close()
        answers = Answers(file)
        told = answers.client.get(f"/api/jobs/{identity}/plan")
        assert told.status_code == 422, told.text
        assert f"kept for job {identity} is damaged" in told.text
        answers.store.close()


@pytest.mark.parametrize("event", ["null", "{", "[1]", b"\xff"])
def test_a_damaged_event_is_left_out_of_the_stream(
    event: str | bytes, content: bytes, tmp_path: Path
) -> None:
    identities = identities_of(content, tmp_path / "jobs.sqlite")
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("UPDATE events SET event = ? WHERE job = ?", (event, identities[0]))
    connection.close()
    answers = Answers(tmp_path / "jobs.sqlite")
    stream = answers.client.get(f"/api/jobs/{identities[0]}/events").text
    assert "event: progress" not in stream
    assert stream.startswith("event: end")
    answers.store.close()


def test_jobs_whose_ids_begin_alike_are_compared(content: bytes, tmp_path: Path) -> None:
    identities = identities_of(content, tmp_path / "jobs.sqlite")
    first, second = "abcd1234abcd1234", "abcd1299abcd1299"
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for old, new in zip((identities[0], identities[2]), (first, second), strict=True):
            connection.execute("UPDATE jobs SET id = ? WHERE id = ?", (new, old))
    connection.close()
    answers = Answers(tmp_path / "jobs.sqlite")
    compared = answers.client.post("/api/compare", json={"first": first, "second": second})
    assert compared.status_code == 200
    assert "same (abcd123)" in compared.text
    assert "same (abcd129)" in compared.text
    same = answers.client.post("/api/compare", json={"first": first, "second": first})
    assert (same.status_code, same.json()["detail"]) == (422, "these are the same job")
    answers.store.close()
