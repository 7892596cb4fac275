"""A real Dask scheduler with two worker processes, one of which is killed in the middle of a sweep."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import planner
from planner.core.errors import SolverUnavailable
from planner.study.sweeps import sweep

pytest.importorskip("distributed", reason="Dask comes with the extra [dask]")
ROOT = Path(__file__).parents[3]
CASES = 24


def start(*arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path):
    """Address of a scheduler, its process, and its two worker processes."""
    file = tmp_path / "scheduler.json"
    place = ("--scheduler-file", str(file))
    processes = [start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *place)]
    while not file.exists():
        assert processes[0].poll() is None
        time.sleep(0.05)
    processes += [
        start("worker", *place, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)
    ]
    try:
        yield json.loads(file.read_text())["address"], processes
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def test_every_result_exactly_once_although_a_worker_is_killed(cluster, tmp_path: Path) -> None:
    from planner.core.executors.dask_cluster import DaskExecutor

    address, (_, *workers) = cluster
    day = planner.load(ROOT / "instances" / "deepseek_day.yaml")
    cases = {"workloads.chat.demand.scale": [0.8 + 0.01 * step for step in range(CASES)]}
    finished: Counter[int] = Counter()

    def on_progress(step) -> None:
        finished[step.case.index] += 1
        if step.done == 8:
            os.kill(workers[0].pid, signal.SIGKILL)

    with DaskExecutor(address) as executor:
        while executor.workers < 2:
            time.sleep(0.05)
        table = sweep(day, cases, executor=executor, journal=tmp_path / "j.jsonl", on_progress=on_progress)
    workers[0].wait(timeout=10)
    assert finished == Counter(range(CASES))
    assert len((tmp_path / "j.jsonl").read_text().splitlines()) == CASES
    assert table["status"].tolist() == ["optimal"] * CASES
    assert table["cost"].is_monotonic_increasing


def test_what_a_lost_scheduler_took_with_it_is_solved_again(cluster, tmp_path: Path, monkeypatch) -> None:
    from planner.core.executors import dask_cluster

    monkeypatch.setattr(dask_cluster, "CONNECT_S", 8)
    address, (scheduler, *_) = cluster
    day = planner.load(ROOT / "instances" / "deepseek_day.yaml")
    cases = {"workloads.chat.demand.scale": [0.8 + 0.01 * step for step in range(CASES)]}
    places = {"journal": tmp_path / "j.jsonl", "out": tmp_path / "t.csv"}

    def on_progress(step) -> None:
        if step.done == 4:
            scheduler.kill()

    lost = pytest.raises(SolverUnavailable, match="the Dask scheduler was lost")
    with lost, dask_cluster.DaskExecutor(address) as executor:
        sweep(day, cases, executor=executor, on_progress=on_progress, **places)
    kept = [json.loads(line)["row"]["status"] for line in places["journal"].read_text().splitlines()]
    assert kept == ["optimal"] * len(kept)
    assert 4 <= len(kept) < CASES
    assert len(places["out"].read_text().splitlines()) > len(kept)  # with the rows that were lost

    table = sweep(day, cases, workers=1, **places)
    assert table["status"].tolist() == ["optimal"] * CASES


def test_nobody_at_the_address(monkeypatch) -> None:
    from planner.core.executors import dask_cluster

    monkeypatch.setattr(dask_cluster, "CONNECT_S", 1)
    with pytest.raises(SolverUnavailable, match="no Dask scheduler"):
        dask_cluster.DaskExecutor("tcp://127.0.0.1:1")
