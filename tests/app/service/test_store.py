"""The store in trouble: full, damaged, older, another's; and workers that outlive it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.app.service.child import Child
from planner.app.service.settings import Settings
from planner.app.service.store import JobDamaged, Store
from planner.app.service.workers import Workers
from planner.core.errors import InstanceError
from planner.loader import from_dict
from tests.app.service.server import served
from tests.examples import plain

QUESTION = from_dict(plain()).model_dump(mode="json", exclude_unset=True)
LONG = {
    "horizon.periods": 100,
    "workloads.chat.demand": {
        "input_tokens_per_s": [1000 + period for period in range(100)],
        "output_tokens_per_s": [200 + period for period in range(100)],
    },
}
REQUEST = {"question": QUESTION, "options": {"time_limit_s": 10.0, "solver": "highs"}}


def until(true: Callable[[], Any], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def pages(store: Store, most: int) -> None:
    """Let the file grow to so many pages: SQLite then says what it says on a full disk."""
    with store._lock:
        store._connection.execute(f"PRAGMA max_page_count = {most}")


def test_a_full_disk_costs_no_worker_and_no_result(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.sqlite", kept_jobs=10)
    workers = Workers(store, Settings(database=tmp_path / "jobs.sqlite"))
    long = from_dict(plain(LONG)).model_dump(mode="json", exclude_unset=True)  # its plan takes some pages
    identity = store.add("first", REQUEST | {"question": long}, queue_limit=5)
    pages(store, 1)
    workers.start()
    try:
        until(workers.problems)
        assert "full" in workers.problems()[0]
        with pytest.raises(sqlite3.OperationalError, match="full"):
            store.add("second", {"filler": "x" * 100_000}, queue_limit=5)
        time.sleep(1.0)
        assert all(thread.is_alive() for thread in workers._threads)
        pages(store, 100_000)
        until(lambda: (store.job(identity) or {})["state"] == "done")
        until(lambda: not workers.problems())
        again = store.add("third", REQUEST, queue_limit=5)
        workers.notify()
        until(lambda: (store.job(again) or {})["state"] == "done")
    finally:
        workers.close()
        store.close()


def test_a_damaged_job_is_reported_as_that_and_the_next_one_done(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.sqlite", kept_jobs=10)
    bad, good = store.add("bad", REQUEST, 5), store.add("good", REQUEST, 5)
    store._connection.execute("UPDATE jobs SET request = '{\"quest' WHERE id = ?", (bad,))
    workers = Workers(store, Settings(database=tmp_path / "jobs.sqlite"))
    workers.start()
    try:
        until(lambda: (store.job(good) or {})["state"] == "done")
        job = store.job(bad)
        assert job is not None
        assert (job["state"], job["error"]) == ("failed", f"the request kept for job {bad} is damaged")
        store._connection.execute("UPDATE jobs SET plan = '[]' WHERE id = ?", (good,))
        with pytest.raises(JobDamaged, match="the plan kept for job"):
            store.plan(good)
    finally:
        workers.close()
        store.close()


def test_a_crash_within_a_job_is_reported_as_what_it_was() -> None:
    task = {"task": "solve", "question": QUESTION, "options": {"no_such_option": 1}}
    plan, error = Child(task).run(30.0)
    assert plan is None
    assert error is not None
    assert error.startswith("internal error: TypeError: ")
    assert "no_such_option" in error
    child = Child({"task": "solve", "question": QUESTION, "options": {"time_limit_s": 60.0}})
    child._process.kill()
    assert child.run(30.0) == (None, "the process was ended by SIGKILL (out of memory, or killed)")


def foreign(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")


def older(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE jobs (number INTEGER PRIMARY KEY, id TEXT)")


def newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 7")


def no_database(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 200)


def damaged(file: Path) -> None:
    store = Store(file, kept_jobs=10)
    for number in range(40):
        store.add(f"job {number}", REQUEST, queue_limit=100)
    store.close()
    content = bytearray(file.read_bytes())
    content[4096 : len(content) // 2] = bytes(len(content) // 2 - 4096)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (foreign, "has no table 'jobs' as this version"),
        (older, "has no table 'jobs' as this version"),
        (newer, "has layout 7, of another version"),
        (no_database, "is damaged, or no store of jobs"),
        (damaged, "damaged"),
        (Path.mkdir, "cannot be opened"),
    ],
)
def test_a_store_that_is_none_is_refused_in_words(
    make: Callable[[Path], None], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "jobs.sqlite"
    make(file)
    with pytest.raises(InstanceError, match=r"jobs\.sqlite: ") as caught:
        Store(file, kept_jobs=10)
    assert told in str(caught.value)
    assert len(caught.value.faults) == 1


def test_it_is_refused_before_the_address_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    no_database(file)
    with pytest.raises(AssertionError, match="no store of jobs") as caught, served(file):
        pass
    assert "http" not in str(caught.value)


@pytest.mark.parametrize("layout", [0, 1])
def test_a_store_made_before_checksums_were_kept_is_read_and_gets_them(layout: int, tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    store = Store(file, kept_jobs=10)
    identity = store.add("kept", REQUEST, queue_limit=5)
    store.take()
    store.add_event(identity, 1, {"cost": 3.0})
    store.end(identity, "done", {"cost": 2.0}, None)
    for table, column in (("jobs", "request"), ("jobs", "plan"), ("events", "event")):
        text = store._connection.execute(f"SELECT {column} FROM {table}").fetchone()[0]
        bare = text.rpartition(', "sha256"')[0] + "}"
        store._connection.execute(f"UPDATE {table} SET {column} = ?", (bare,))
    store._connection.execute(f"PRAGMA user_version = {layout}")
    store.close()
    for _ in range(2):  # they are given once
        store = Store(file, kept_jobs=10)
        assert store.plan(identity) == {"cost": 2.0}
        assert store.events(identity, 0) == [(1, {"cost": 3.0})]
        store.close()
