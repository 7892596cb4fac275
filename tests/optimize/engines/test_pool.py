"""Warm processes: cheap tasks, one library each, dead workers replaced, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from engine_programs import knapsack, random_cover, stubborn

from planner.core.errors import EngineCrashed, SolverUnavailable
from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool
from planner.optimize.engines.process import EngineProcess
from planner.optimize.engines.protocol import Outcome, Task

pytestmark = pytest.mark.usefixtures("processes_started_anew")
QUICK = EngineOptions(threads=1, relative_gap=1e-5)


def test_map_keeps_the_order_and_the_processes():
    programs = [random_cover(seed) for seed in range(4)]
    with EnginePool(workers=2) as pool:
        first = [solution.cost for solution in pool.map(programs, options=QUICK)]
        started = {process.pid for process in pool._idle}
        assert [solution.cost for solution in pool.map(programs, options=QUICK)] == first
        relaxations = list(pool.map([case.relaxed() for case in programs] * 5))
        # two at once, each perhaps with a witness beside it, whatever the number of programs
        assert started <= {process.pid for process in pool._idle}
        assert len(pool._idle) <= 4
    assert first == [pytest.approx(cost) for cost in first]
    assert all(low.cost <= high + 1e-6 for low, high in zip(relaxations, first, strict=False))


def test_a_task_that_is_not_taken_up_yet_keeps_its_channel():
    """A contest that ends early hands a process back whose task still waits; the next one comes right behind it."""
    process = EngineProcess("highs")
    try:
        for number in (1, 2, 3):
            process.send(Task(number, knapsack().raw(), QUICK, float("inf")))
        answered = []
        while len(answered) < 3:
            _, message = process.inbox.get(timeout=60)
            assert message is not None, process.epitaph()
            if isinstance(message, Outcome):
                answered.append(message.number)
    finally:
        process.end()
    assert answered == [1, 2, 3]


def test_what_it_said_last_is_known_and_its_files_are_closed() -> None:
    process = EngineProcess("highs")
    assert process.inbox.get(timeout=60)[1] is not None
    process._errors.write(b"no memory left")
    process.end()
    process.end()
    assert process._errors.closed
    assert process.epitaph() == "the highs process was ended by SIGKILL: no memory left"


def test_engines_may_alternate():
    alone = replace(QUICK, confirm=False)
    with EnginePool(workers=1) as pool:
        for engine in ("highs", "cpsat", "highs", "scip"):
            assert pool.submit(knapsack(), engine, alone).result().engine == engine
        assert len(pool._idle) == 1


def test_dead_worker_takes_only_its_own_task():
    with EnginePool(workers=1) as pool:
        assert pool.submit(knapsack(), options=QUICK).result().status is Status.OPTIMAL
        (process,) = pool._idle
        os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert pool.submit(knapsack(), options=QUICK).result().status is Status.OPTIMAL
        (process,) = pool._idle
        task = pool.submit(stubborn(), "highs", EngineOptions(relative_gap=0.0, time_limit_s=30))
        while process in pool._idle:
            time.sleep(0.01)
        time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        with contextlib.suppress(EngineCrashed):  # raised when the kill comes before the first plan
            assert task.result().limit == "crash"
        assert pool.submit(knapsack(), options=QUICK).result().status is Status.OPTIMAL


def test_close_ends_what_runs():
    pool = EnginePool(workers=1)
    running = pool.submit(stubborn(), "highs", EngineOptions(relative_gap=0.0))
    queued = pool.submit(knapsack())
    time.sleep(1.0)
    pool.close()
    assert running.result().limit == "interrupt"
    assert queued.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(knapsack())


def test_faults_of_use_are_refused():
    with pytest.raises(ValueError, match="workers"):
        EnginePool(workers=0)
    with EnginePool(workers=1) as pool, pytest.raises(SolverUnavailable, match="nosuch"):
        pool.submit(knapsack(), "nosuch")


HOSTS = {
    "highspy first": "import highspy; h = highspy.Highs(); h.silent(); h.run()",
    "ortools first": "from ortools.math_opt.python import mathopt",
    "pulp first": "import pulp; pulp.LpProblem('x').toDict()",
    "nothing first": "",
}


@pytest.mark.parametrize("first", HOSTS.values(), ids=HOSTS.keys())
def test_any_host_and_any_engine(first):
    """From stdin, where no main module could be imported again, whatever the host has loaded."""
    script = (
        f"{first}\n"
        "from engine_programs import knapsack\n"
        "from planner.optimize.engines import EngineOptions, EnginePool\n"
        "import sys\n"
        "before = {name for name in ('highspy', 'ortools', 'pulp') if name in sys.modules}\n"
        "with EnginePool(workers=1) as pool:\n"
        "    for engine in ('highs', 'cpsat', 'scip', 'cbc'):\n"
        "        print(pool.submit(knapsack(), engine).result().cost)\n"
        "assert {name for name in ('highspy', 'ortools', 'pulp') if name in sys.modules} == before\n"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-"],
        input=script,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    assert done.stderr == ""
    assert [float(line) for line in done.stdout.split()] == pytest.approx([14] * 4)


def test_importing_loads_no_solver():
    script = (
        "import sys, planner.optimize.engines as engines\n"
        "engines.engine_names(), engines.versions(), engines.EnginePool, engines.solve\n"
        "print([name for name in ('highspy', 'ortools', 'pulp', 'pandas') if name in sys.modules])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n", done.stderr
