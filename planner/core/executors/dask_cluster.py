"""Dask executor: the workers of a running Dask cluster, or of a LocalCluster when no scheduler is named.

Dask runs the calls of a worker that died again on another one; a future ends once.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from planner.core.errors import SolverUnavailable
from planner.core.extras import ExtraMissing, need

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

A = TypeVar("A")
R = TypeVar("R")

CONNECT_S = 10
ENDED = ("closing", "closed")  # of a client that has given up to connect again


def _library() -> Any:
    try:
        need("the dask executor", "distributed")
    except ExtraMissing as missing:
        raise SolverUnavailable(str(missing)) from None
    return import_module("distributed")


class DaskExecutor:
    """Behind it stands one `distributed.Client`. Use as a context manager, or call `close`.

    Workers need the same version of this package. A case's limits are those of its engine: Dask ends no call.
    """

    def __init__(self, scheduler: str | None = None, workers: int | None = None) -> None:
        """Connect to the scheduler at an address, or start a LocalCluster of `workers` processes.

        Raises SolverUnavailable when Dask is not installed or nobody answers at the address.
        """
        distributed = _library()
        self._cluster: Any = None
        if scheduler is None:
            self._cluster = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None
            )
        try:
            self._client: Any = distributed.Client(self._cluster or scheduler, timeout=CONNECT_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise SolverUnavailable(f"no Dask scheduler answers at {scheduler}: {error}") from None
        self._executor = self._client.get_executor(pure=False)

    @property
    def workers(self) -> int:
        """Threads of all workers that are there now, at least one."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Queue a call on the cluster. Raises SolverUnavailable when the scheduler is gone for good."""
        if self._client.status in ENDED:
            raise SolverUnavailable("the Dask scheduler was lost")
        future: Future[R] = self._executor.submit(function, argument)
        return future

    def close(self) -> None:
        """Leave the cluster; one that was started here is ended."""
        with suppress(Exception):  # a scheduler that is gone takes no message
            self._executor.shutdown(wait=False)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def __enter__(self) -> DaskExecutor:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
