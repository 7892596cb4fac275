"""Many clients, a full queue, and an end without warning."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from planner.app.service.child import Child
from planner.app.service.store import MOST_ATTEMPTS, Store
from planner.loader import from_dict
from tests.app.service.server import served
from tests.examples import plain

TINY = {"example": "tiny"}
LONG = {
    "example": "peak",
    "overrides": {"workloads.chat.sla.availability": None},  # plans come at once, the proof never
    "options": {"time_limit_s": 120, "relative_gap": 0.0},
}


def test_fifty_clients_meet_a_full_queue(tmp_path: Path) -> None:
    with served(tmp_path / "jobs.sqlite", "--queue", "10") as server:
        blocker = server.client.post("/api/jobs", json=LONG).json()["id"]
        while server.client.get(f"/api/jobs/{blocker}").json()["state"] == "queued":
            time.sleep(0.05)

        def call(number: int) -> tuple[int, str | None]:
            with httpx.Client(base_url=server.address, timeout=60.0) as client:
                answer = client.post("/api/jobs", json=TINY | {"label": f"client {number}"})
                read = [client.get("/api/jobs").status_code, client.get("/api/health").status_code]
                assert read == [200, 200]
                return answer.status_code, answer.json().get("id")

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(call, range(50)))
        assert Counter(status for status, _ in answers) == {202: 10, 429: 40}
        known = {job["id"] for job in server.client.get("/api/jobs").json()}
        assert {identity for status, identity in answers if status == 202} <= known
        assert server.process.poll() is None


def test_no_accepted_job_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "jobs.sqlite"
    with served(database) as server:
        first = server.ended(server.client.post("/api/jobs", json=TINY).json()["id"])
        running = server.client.post("/api/jobs", json=LONG | {"label": "interrupted"}).json()["id"]
        waiting = [server.client.post("/api/jobs", json=TINY).json()["id"] for _ in range(2)]
        while server.client.get(f"/api/jobs/{running}").json()["state"] == "queued":
            time.sleep(0.05)
        server.kill()
    with served(database) as server:
        assert server.client.get(f"/api/jobs/{first['id']}").json() == first
        assert server.client.get(f"/api/jobs/{first['id']}/plan").json()["cost"] == 108.0
        again = server.client.get(f"/api/jobs/{running}").json()
        assert again["state"] in ("queued", "running")
        while server.client.get(f"/api/jobs/{running}").json()["attempts"] < 2:
            time.sleep(0.05)
        assert server.client.delete(f"/api/jobs/{running}").status_code == 200
        assert [server.ended(identity)["cost"] for identity in waiting] == [108.0, 108.0]


def test_a_service_that_is_asked_to_end_takes_its_work_up_again(tmp_path: Path) -> None:
    database = tmp_path / "jobs.sqlite"
    with served(database) as server:
        running = server.client.post("/api/jobs", json=LONG).json()["id"]
        while not server.client.get(f"/api/jobs/{running}").json()["started"]:
            time.sleep(0.05)
    store = Store(database, kept_jobs=10)
    job = store.job(running)
    assert job is not None
    assert (job["state"], job["attempts"]) == ("queued", 0)


def test_a_process_beyond_its_memory_or_its_time_is_ended_with_a_reason() -> None:
    question = from_dict(plain()).model_dump(mode="json", exclude_unset=True)
    task = {"task": "solve", "question": question, "options": {"time_limit_s": 60.0}}
    plan, error = Child(task | {"memory_mb": 60}).run(200.0)
    assert plan is None
    assert error is not None
    assert "memory" in error
    child = Child(task)
    began = time.monotonic()
    plan, error = child.run(0.01)
    assert time.monotonic() - began < 10
    assert (plan is None) == (error is not None)


def test_killing_the_service_leaves_no_solver_behind(tmp_path: Path) -> None:
    with served(tmp_path / "jobs.sqlite") as server:
        running = server.client.post("/api/jobs", json=LONG).json()["id"]
        while not server.client.get(f"/api/jobs/{running}").json()["started"]:
            time.sleep(0.05)
        deadline = time.monotonic() + 60
        while not (solvers := descendants(server.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert solvers
        time.sleep(2.0)
        solvers = descendants(server.process.pid)
        server.kill()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in solvers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in solvers if alive(pid)] == []


def test_a_job_that_always_ends_the_service_is_given_up(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.sqlite", kept_jobs=10)
    identity = store.add("bad", {}, queue_limit=1)
    for _ in range(MOST_ATTEMPTS):
        assert store.take() is not None
        store.recover()
    assert store.take() is None
    job = store.job(identity)
    assert job is not None
    assert (job["state"], job["error"]) == ("failed", "the service ended while this job ran")


def test_old_jobs_are_forgotten_but_never_open_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.sqlite", kept_jobs=3)
    oldest = store.add("waits", {}, queue_limit=100)
    for number in range(6):
        identity = store.add(f"job {number}", {}, queue_limit=100)
        store.add_event(identity, 1, {"cost": 1.0})
        store.end(identity, "done", {"cost": 1.0}, None)
    assert store.job(oldest) is not None
    assert len(store.jobs(100)) <= 5
    assert [job["label"] for job in store.jobs(2)] == ["job 5", "job 4"]


def descendants(pid: int) -> list[int]:
    """Processes below a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread or a process may end while it is read
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
