"""Limits, interrupts and crashes: the plan so far comes back, with an honest status."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from engine_programs import infeasible, knapsack, random_cover, stubborn

from planner.core.errors import EngineCrashed, SolverUnavailable
from planner.core.solution import Status
from planner.optimize.engines import CancelToken, EngineOptions, solve
from planner.optimize.engines.sizes import violation

pytestmark = pytest.mark.usefixtures("processes_started_anew")
ENDLESS = EngineOptions(relative_gap=0.0, time_limit_s=60)


STANDING: set[int] = set()
"""Processes that other tests of the same run keep, such as workers for the whole session."""


@pytest.fixture(autouse=True)
def others() -> None:
    STANDING.clear()
    STANDING.update(children())


def children(pid: int | None = None) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread may end meanwhile
            found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if child not in STANDING]


def check(solution, hard):
    """What must hold of every unfinished run that has a plan."""
    assert solution.status is Status.FEASIBLE
    assert solution.cost == pytest.approx(hard.cost(solution.values))
    assert violation(hard, solution.values) <= 1e-6
    assert (solution.values == np.round(solution.values)).all()
    assert solution.bound < solution.cost


@pytest.mark.parametrize("engine", ["cbc", "cpsat", "highs", "race", "scip"])
def test_time_limit_with_an_open_gap(engine):
    hard = stubborn()
    seconds = 3.0 if engine == "cbc" else 1.5  # CBC takes longer to its first plan
    solution = solve(hard, engine, EngineOptions(time_limit_s=seconds, relative_gap=0.0))
    while solution.status is Status.NO_PLAN and seconds < 60.0:  # a busy machine takes longer to it, too
        seconds *= 4
        solution = solve(hard, engine, EngineOptions(time_limit_s=seconds, relative_gap=0.0))
    check(solution, hard)
    assert solution.limit == "time"
    assert np.isfinite(solution.bound)
    assert solution.gap > 0
    assert solution.seconds < seconds + 2.5


def test_limit_before_any_plan_says_so():
    solution = solve(stubborn(), "cpsat", EngineOptions(time_limit_s=0.01))
    assert solution.status is Status.NO_PLAN
    assert solution.values is None
    assert solution.cost == np.inf
    assert solution.limit == "time"


@pytest.mark.parametrize("engine", ["highs", "race", "scip"])
def test_killed_in_mid_solve_keeps_the_plan(engine):
    def kill(event):
        if event.values is not None:
            for child in children():
                os.kill(child, signal.SIGKILL)

    hard = stubborn()
    solution = solve(hard, engine, ENDLESS, on_event=kill)
    check(solution, hard)
    assert solution.limit == "crash"


def test_killed_without_a_plan_raises():
    def kill():
        while not children():
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(children()[0], signal.SIGSEGV)

    threading.Thread(target=kill).start()
    with pytest.raises(EngineCrashed, match="SIGSEGV"):
        solve(stubborn(), "scip", ENDLESS)
    assert children() == []


def test_one_rival_killed_the_other_goes_on():
    killed = []

    def kill(event):
        if not killed and event.values is not None:
            killed.append(children()[0])
            os.kill(killed[0], signal.SIGKILL)

    solution = solve(stubborn(), "race", EngineOptions(relative_gap=0.0, time_limit_s=3), on_event=kill)
    assert killed
    assert solution.limit == "time"
    assert solution.status is Status.FEASIBLE


@pytest.mark.parametrize("engine", ["cbc", "cpsat", "highs", "scip"])
def test_cancel_keeps_the_plan(engine):
    token = CancelToken()
    threading.Timer(1.5, token.cancel).start()
    hard = stubborn()
    solution = solve(hard, engine, ENDLESS, cancel=token)
    check(solution, hard)
    assert solution.limit == "interrupt"
    assert solution.seconds < 5.0


def test_keyboard_interrupt_keeps_the_plan():
    pressed = []

    def press(event):
        if event.values is not None and not pressed:
            pressed.append(event)
            raise KeyboardInterrupt

    hard = stubborn()
    solution = solve(hard, "highs", ENDLESS, on_event=press)
    check(solution, hard)
    assert solution.limit == "interrupt"
    assert children() == []


def test_memory_limit():
    solution = solve(stubborn(), "highs", EngineOptions(relative_gap=0.0, time_limit_s=30, memory_limit_mb=5))
    assert solution.limit == "memory"
    assert solution.seconds < 5


def test_faulty_event_handler_leaves_no_process():
    def fail(event):
        raise RuntimeError("handler")

    with pytest.raises(RuntimeError, match="handler"):
        solve(stubborn(), "highs", ENDLESS, on_event=fail)
    assert children() == []


def test_engine_that_does_not_take_the_program():
    with pytest.raises(SolverUnavailable, match="with integers"):
        solve(knapsack().relaxed(), "cpsat")
    with pytest.raises(SolverUnavailable, match="no engine is called 'gurobi'"):
        solve(knapsack(), "gurobi")


def test_events_only_improve():
    events = []
    solution = solve(
        stubborn(), "race", EngineOptions(time_limit_s=2, relative_gap=0.0), on_event=events.append
    )
    assert [e.cost for e in events] == sorted((e.cost for e in events), reverse=True)
    assert [e.bound for e in events] == sorted(e.bound for e in events)
    assert events[-1].cost == solution.cost
    assert {"cpsat", "highs"} == {e.engine for e in events}


@pytest.fixture(scope="module")
def good_plan():
    return solve(stubborn(), "race", EngineOptions(time_limit_s=2.5, relative_gap=0.0))


@pytest.mark.parametrize("engine", ["cbc", "cpsat", "highs", "scip"])
def test_hint_is_used(engine, good_plan):
    hint = good_plan.values.copy()
    hint[np.argmin(hint)] = np.nan  # no plan yet, so that the engine itself must make one of it
    options = EngineOptions(time_limit_s=1.5, relative_gap=0.0, hint=hint)
    assert solve(stubborn(), engine, options).cost <= good_plan.cost * (1 + 1e-9)


def test_a_plan_given_as_hint_is_never_lost(good_plan):
    solution = solve(stubborn(), "scip", EngineOptions(time_limit_s=0.01, hint=good_plan.values))
    assert solution.cost == pytest.approx(good_plan.cost)
    assert solution.limit == "time"


def test_partial_hint_gives_no_false_bound(good_plan):
    hint = good_plan.values.copy()
    hint[stubborn().objective == 0] = np.nan  # the fleet is known, what runs on it is not
    hint[-6:] = 0.0  # and it is a bad one
    options = EngineOptions(time_limit_s=1.5, relative_gap=0.0, hint=hint)
    assert solve(stubborn(), "highs", options).bound <= good_plan.cost


def test_wrong_hint_does_no_harm():
    hint = np.array([np.nan, 1e6])
    for engine in ("cbc", "cpsat", "highs", "scip"):
        solution = solve(knapsack(), engine, EngineOptions(hint=hint, threads=1))
        assert solution.cost == pytest.approx(14)


@pytest.mark.parametrize("engine", ["cpsat", "highs", "scip"])
def test_same_seed_same_run(engine):
    case = random_cover(3)
    options = EngineOptions(relative_gap=0.02, threads=1, seed=7)
    first, second = (solve(case, engine, options) for _ in range(2))
    assert first.values.tolist() == second.values.tolist()
    assert first.bound == second.bound


def test_race_proves_infeasibility():
    assert solve(infeasible()).status is Status.INFEASIBLE


@pytest.mark.parametrize("fields", [{"time_limit_s": 0}, {"relative_gap": -1}, {"threads": 0}, {"seed": -1}])
def test_options_out_of_range_are_refused(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        EngineOptions(**fields)


def test_processes_end_with_their_host(tmp_path):
    script = tmp_path / "host.py"  # no __main__ guard: engines must not import the host's script again
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from engine_programs import stubborn\n"
        "from planner.optimize.engines import EngineOptions, solve\n"
        "solve(stubborn(), 'race', EngineOptions(relative_gap=0.0, time_limit_s=60),\n"
        "      on_event=lambda event: print('event', flush=True))\n"
    )
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment) as host:
        assert host.stdout.readline() == b"event\n"
        engines = children(host.pid)
        assert len(engines) == 2
        host.kill()
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in engines) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in engines)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
