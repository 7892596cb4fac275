"""Set-up that tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
import typer.main
import typer.testing

# Before numpy is imported: where processes share the cores, threads of its linear algebra wait for each other in
# busy loops, and small systems take ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Of the many processes that tests start, each would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import planner
from planner.core import child_process
from planner.core.executors.local import LocalExecutor
from planner.core.launch import launch
from planner.optimize.engines import run
from tests.examples import INSTANCES
from tests.fork_server import ForkServer
from tests.warm_engines import WarmEngines

# The same examples in every run of the same tests: whether a change lands is no matter of luck. Others are tried by
# pytest --hypothesis-profile=default --hypothesis-seed=N.
hypothesis.settings.register_profile("suite", derandomize=True)
hypothesis.settings.load_profile("suite")

RUN_IN_PROCESSES = (
    "planner.core.executors.worker",
    "planner.optimize.decomposition.process.worker",
    "planner.optimize.engines.worker",
)
LOADED_BY_THEM = ("highspy", "planner.study.sweeps.solving")
"""What they would load at their first question."""


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """What processes of the package are forked from."""
    server = ForkServer(*RUN_IN_PROCESSES, *LOADED_BY_THEM)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def forked_processes(fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of the package are forked."""
    monkeypatch.setattr(child_process, "launch", fork_server.launch)


@pytest.fixture
def processes_started_anew(forked_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes start as in use: for tests of the processes themselves."""
    monkeypatch.setattr(child_process, "launch", launch)


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """Two worker processes."""
    with LocalExecutor(workers=2) as place:
        yield place


@pytest.fixture(scope="session")
def tiny() -> planner.Instance:
    """The hand-worked instance."""
    return planner.load(INSTANCES / "tiny.yaml")


@pytest.fixture(scope="session", autouse=True)
def commands_built_once() -> Iterator[None]:
    """A command line that tests call in this process is built for the first of them, as in a process of its own."""
    built: dict[int, tuple[typer.Typer, object]] = {}

    def command_of(app: typer.Typer) -> object:
        if id(app) not in built:
            built[id(app)] = app, typer.main.get_command(app)
        return built[id(app)][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", command_of)
        yield


@pytest.fixture(scope="session")
def warm_engines(fork_server: ForkServer) -> Iterator[WarmEngines]:
    """Engine processes that wait for the next solve; they end before what they are forked from."""
    engines = WarmEngines()
    yield engines
    engines.close()


@pytest.fixture(autouse=True)
def engine_processes(warm_engines: WarmEngines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solves take processes that wait. Tests of the processes themselves override this fixture."""
    monkeypatch.setattr(run, "EngineProcess", warm_engines.take)
