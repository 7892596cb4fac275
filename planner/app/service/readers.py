"""Reading questions in processes of their own: memory, time and crashes of a hostile one are not the service's."""

from __future__ import annotations

import resource
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from planner.app.service.archive import instance_in_archive
from planner.app.service.beginning import first_instance_of
from planner.app.service.questions import Question, knobs_of, read
from planner.app.service.store import QueueFull
from planner.core.errors import PlannerError
from planner.core.executors.local import LocalExecutor, OutOfTime, WorkerLost
from planner.loader.provenance import provenance
from planner.rates.compute import rehearse

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

PROCESSES = 2
WAIT_SECONDS = 10.0
READ_SECONDS = 30.0
MEMORY_MB = 1_000

Asked = tuple[str, dict[str, Any]]


class Unreadable(PlannerError):
    """A question takes more to read than anyone may ask of the service."""


class Readers:
    """A few warm processes that read what clients send."""

    def __init__(self) -> None:
        """Start them, so that the first client need not wait."""
        self._free = threading.BoundedSemaphore(PROCESSES)
        self._executor = LocalExecutor(PROCESSES, READ_SECONDS)
        self._executor.submit(_begin, None)

    def ask(self, function: Callable[[Any], R], argument: Any) -> R:
        """The function's answer. Raises InstanceError with every fault, QueueFull when many ask, Unreadable."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise QueueFull
        try:
            return self._executor.submit(function, argument).result()
        except OutOfTime:
            raise Unreadable(f"what was sent takes more than {READ_SECONDS:g} s to read") from None
        except (MemoryError, WorkerLost):
            raise Unreadable(f"what was sent takes more than {MEMORY_MB} MB to read") from None
        finally:
            self._free.release()

    def close(self) -> None:
        """End them."""
        self._executor.close()


def validated(asked: dict[str, Any]) -> dict[str, Any]:
    """What `/api/validate` answers. Runs in a reader."""
    _begin(None)
    instance = read(Question(**asked))
    rehearse(instance)
    return {
        "name": instance.name,
        "description": instance.description,
        "periods": instance.horizon.periods,
        "workloads": list(instance.workloads),
        "hardware": list(instance.fleet),
        "values": [row._asdict() for row in provenance(instance)],
        "knobs": [knob._asdict() for knob in knobs_of(instance)],
    }


def begun(asked: dict[str, Any]) -> dict[str, Any]:
    """What `/api/begin` answers. Runs in a reader."""
    _begin(None)
    return first_instance_of(asked)


def unpacked(content: bytes) -> dict[str, Any]:
    """What `/api/unpack` answers. Runs in a reader."""
    _begin(None)
    return instance_in_archive(content)


def question_of(asked: dict[str, Any]) -> Asked:
    """Name and data of the instance that a question means. Runs in a reader."""
    _begin(None)
    instance = read(Question(**asked))
    return instance.name, instance.model_dump(mode="json", exclude_unset=True)


def _begin(nothing: None) -> None:
    """Bound the private memory of this process."""
    limit = MEMORY_MB * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
