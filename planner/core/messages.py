"""Messages between a host and a process of its own, over a pipe: eight bytes of length, then a pickle."""

from __future__ import annotations

import pickle
from typing import IO, Any


def write_message(stream: IO[bytes], message: Any) -> None:
    """Put one message on a pipe."""
    body = pickle.dumps(message, protocol=5)
    stream.write(len(body).to_bytes(8, "little") + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> Any:
    """Next message of a pipe. Raises EOFError at its end, also when it ends within a message."""
    size = int.from_bytes(_exactly(stream, 8), "little")
    return pickle.loads(_exactly(stream, size))  # only ever from our own child process, or from our own host


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content
