"""A worker process: `python -m planner.core.executors.worker FD` runs the calls that come in on a socket.

It ends when its host does: the reader thread sees the socket close and leaves at once, whatever runs.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    """Say that it is ready, then run call after call; what a call raises goes back as a value."""
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    connection.send(True)
    threading.Thread(target=_read, args=(connection, calls), daemon=True).start()
    while True:
        function, argument = calls.get()
        result, failure = None, None
        try:
            result = function(argument)
        except Exception as error:  # the host decides what an error means
            failure = error
        connection.send((result, failure))


def _read(connection: Connection[Any, Any], calls: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            calls.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main()
