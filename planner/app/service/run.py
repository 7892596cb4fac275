"""Run the service until it is stopped."""

from __future__ import annotations

import fcntl
import logging
import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from planner.app.service.settings import Settings
from planner.core.errors import Fault, InstanceError
from planner.core.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PACKAGES = ("fastapi", "uvicorn", "jinja2", "openpyxl", "xlsxwriter")

log = logging.getLogger(__name__)


def serve(settings: Settings | None = None, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. `on_ready` is called with the address; port 0 picks one.

    Raises InstanceError when the address is taken, another service uses the database, it is damaged or of
    another version, a token is missing or the packages of the `serve` extra are not installed.
    """
    settings = settings or Settings()
    need("the service", *PACKAGES)
    import uvicorn

    from planner.app.service.app import create_app
    from planner.app.service.protocol import TimedProtocol
    from planner.app.service.store import Store

    with (
        _alone(settings.database),
        closing(Store(settings.database, settings.kept_jobs)) as store,
        _listening(settings) as listener,
    ):
        host, port = listener.getsockname()[:2]
        if on_ready is not None:
            on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        config = uvicorn.Config(
            create_app(settings, store),
            http=TimedProtocol.within(settings.request_seconds),
            ws="none",
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=256)
    except OSError as error:
        message = f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        raise InstanceError([Fault(message)]) from None
    with listener:
        yield listener


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Hold a lock beside the database; the system lets go of it however the process ends."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.lock").open("w")
    except OSError as error:
        raise InstanceError([Fault(f"cannot write: {error.strerror}", file=str(database))]) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InstanceError([Fault("another service uses this database", file=str(database))]) from None
        yield
