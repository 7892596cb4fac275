"""A worker process: `python -m planner.core.executors.worker` runs the calls that its host sends.

It ends when its host does (`planner.core.child`). What a call prints is dropped.
"""

from __future__ import annotations

import os
import pickle
import queue
from typing import Any

from planner.core.child import listen, own_pipes
from planner.core.messages import write_message


def main() -> None:
    """Say that it is ready, then run call after call; what a call raises goes back as a value."""
    source, sink = own_pipes()
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    write_message(sink, b"ready")
    listen(source, calls.put)
    while True:
        asked = calls.get()
        result, failure = None, None
        try:
            function, argument = pickle.loads(asked)
            result = function(argument)
        except Exception as error:  # the host decides what an error means
            failure = error
        write_message(sink, _answer(result, failure))


def _answer(result: Any, failure: Exception | None) -> bytes:
    """Both as they travel; a result that cannot is reported as a failure."""
    try:
        return pickle.dumps((result, failure))
    except Exception as error:
        return pickle.dumps((None, TypeError(f"what the call gives cannot be sent: {error}")))


if __name__ == "__main__":
    main()
