"""HTTP/1.1 with limits on slow clients: a client whose request has not arrived within a limit is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio


class TimedProtocol(H11Protocol):
    """Uvicorn's protocol with a limit on the time between a connection, or the first bytes after an answer, and
    the whole head of the next request. Silence after an answer is uvicorn's own limit, that of bodies the guard's.
    """

    head_seconds = 30.0
    _waiting: asyncio.TimerHandle | None = None

    @classmethod
    def within(cls, seconds: float) -> type[TimedProtocol]:
        """The protocol with this limit."""
        return type(cls.__name__, (cls,), {"head_seconds": seconds})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a head or a body."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left, or was dropped."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
