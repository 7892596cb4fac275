"""Local worker processes: a call that kills its process, one that hangs, one that raises."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time

import pytest

from planner.core.executors.local import LocalExecutor, OutOfTime, StartFailed, WorkerLost

pytestmark = pytest.mark.usefixtures("processes_started_anew")


def test_a_worker_killed_once_costs_no_result(tmp_path) -> None:
    with LocalExecutor(workers=2) as executor:
        futures = [executor.submit(time.sleep, 0.5) for _ in range(4)]
        while not executor.pids:
            time.sleep(0.01)
        os.kill(executor.pids[0], signal.SIGKILL)
        assert [future.result(timeout=30) for future in futures] == [None] * 4


def test_a_call_that_always_kills_its_worker_is_given_up() -> None:
    with LocalExecutor(workers=1) as executor:
        with pytest.raises(WorkerLost):
            executor.submit(os._exit, 3).result(timeout=30)
        assert executor.submit(abs, -3).result(timeout=30) == 3


def test_a_call_over_its_limit_is_ended() -> None:
    with LocalExecutor(workers=1, limit_s=1.0) as executor:
        with pytest.raises(OutOfTime, match="within 1 s"):
            executor.submit(time.sleep, 60).result(timeout=30)
        assert executor.submit(abs, -3).result(timeout=30) == 3


def test_what_a_call_raises_comes_back() -> None:
    with LocalExecutor(workers=1) as executor, pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result(timeout=30)


class Odd:
    """Something that cannot be read where it arrives."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return int, ("no number",)


def test_what_cannot_travel_fails_its_own_call_alone() -> None:
    with LocalExecutor(workers=1) as executor:
        executor.submit(abs, 1).result(timeout=30)
        pids = executor.pids
        with pytest.raises(TypeError, match="cannot be sent"):
            executor.submit(memoryview, b"1").result(timeout=30)
        with pytest.raises(ValueError, match="no number"):
            executor.submit(type, Odd()).result(timeout=30)
        with pytest.raises((AttributeError, pickle.PicklingError)):
            executor.submit(lambda number: number, 1).result(timeout=30)
        assert executor.submit(print, "dropped").result(timeout=30) is None
        assert executor.pids == pids


def test_closing_ends_the_processes() -> None:
    executor = LocalExecutor(workers=1)
    executor.submit(abs, 1).result(timeout=30)
    (pid,) = executor.pids
    executor.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_workers_that_cannot_start_are_reported_at_once(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with LocalExecutor(workers=1) as executor, pytest.raises(StartFailed, match="cannot start"):
        executor.submit(abs, 1).result(timeout=30)


def test_closing_in_the_middle_of_calls_closes_every_pipe_once() -> None:
    for _ in range(4):
        executor = LocalExecutor(workers=2)
        futures = [executor.submit(time.sleep, 60) for _ in range(4)]
        while len(executor.pids) < 2:
            time.sleep(0.01)
        executor.close()  # raises OSError when a thread in a call closes the pipe as well
        assert all(future.done() for future in futures)
