"""What an engine is to a manifest: its image, where it listens, and the command of each pod of a unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.view.exports.kubernetes.running import Running

LEADER_ADDRESS = "$(LWS_LEADER_ADDRESS)"
POD_NUMBER = "$(LWS_WORKER_INDEX)"
"""Variables that LeaderWorkerSet gives every container of a group; Kubernetes puts their values in."""


@dataclass(frozen=True)
class Launch:
    """Commands of a unit's first pod and of its others, and a file of options beside them, where there is one."""

    leader: tuple[str, ...]
    worker: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DynamoWorker:
    """How Dynamo runs an engine: by which name, in which image, and the command of a worker of a unit.

    Of a unit of several pods the operator adds what tells the pods of each other.
    """

    framework: str
    image: str
    launch: Callable[[Running], Launch]


@dataclass(frozen=True)
class Engine:
    """One serving engine. `launch` raises ValueError for a unit that it cannot run, in words for people.

    It takes the port to listen at, which is `port` where nothing else stands before the engine. `llm_d_connector` is
    what the sidecar of llm-d calls the way caches are handed over, empty where it has none for the engine.
    """

    image: str
    port: int
    health: str
    launch: Callable[[Running, int], Launch]
    dynamo: DynamoWorker
    reference: str
    """Where its options are documented, with the version they were read of."""
    llm_d_connector: str = ""


OPTIONS_FOLDER = "/etc/planner"
OPTIONS_FILE = f"{OPTIONS_FOLDER}/options.yaml"
"""Where the file of options is mounted."""


def given(option: str, value: object) -> tuple[str, ...]:
    """An option with its value; nothing where there is none."""
    return () if value is None else (option, str(value))
