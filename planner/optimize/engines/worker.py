"""An engine process: `python -m planner.optimize.engines.worker NAME` solves what comes in on stdin.

It loads one solver library and nothing else of weight, and it ends when its host does: the reader thread
sees the pipe close and leaves at once, whatever the solver is doing.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from planner.core.child import listen, own_pipes
from planner.core.errors import SolverUnavailable
from planner.core.messages import write_message
from planner.optimize.engines.channel import HostChannel
from planner.optimize.engines.protocol import (
    Failure,
    Hint,
    Interrupt,
    Ready,
    Task,
    Trouble,
)
from planner.optimize.engines.registry import load_backend

if TYPE_CHECKING:
    from planner.optimize.engines.protocol import Message
    from planner.optimize.engines.registry import Backend


class EngineWorker:
    """Reads messages in one thread and solves in the main one."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source = source
        self._sink = sink
        self._sending = threading.Lock()
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._channels: dict[int, HostChannel] = {}

    def send(self, message: Message) -> None:
        """Send one message; a host that is gone ends the process."""
        try:
            with self._sending:
                write_message(self._sink, message)
        except OSError:
            os._exit(0)

    def take(self, message: Message) -> None:
        """In the reader's thread: file tasks, pass hints and interrupts on."""
        if isinstance(message, Task):
            # the channel exists before the task is taken up, so that an early interrupt finds it
            self._channels[message.number] = HostChannel(message, self.send)
            self._tasks.put(message)
        elif isinstance(message, Hint | Interrupt) and (channel := self._channels.get(message.number)):
            channel.receive(message)

    def serve(self, name: str) -> None:
        """Load the engine, say so, then solve task after task."""
        listen(self._source, self.take)
        try:
            backend = load_backend(name)
            version = backend.version()
        except (ImportError, OSError) as error:
            self.send(Failure(0, Trouble.UNAVAILABLE, f"engine {name} cannot be loaded: {error}"))
            os._exit(1)  # the reader thread holds stdin: an ordinary exit would wait for it
        self.send(Ready(version))
        while True:
            task = self._tasks.get()
            # a host that gave a task up sends the next before this one was taken up: each has its own channel
            outcome = _attempt(backend, task, self._channels[task.number])
            del self._channels[task.number]
            self.send(outcome)


def _attempt(backend: Backend, task: Task, channel: HostChannel) -> Message:
    reason = backend.refusal(task.program)
    if reason is not None:
        return Failure(task.number, Trouble.REFUSED, reason)
    try:
        outcome = backend.run(task.program, task.options, channel)
    except SolverUnavailable as error:
        return Failure(task.number, Trouble.REFUSED, str(error))
    except MemoryError:
        return Failure(task.number, Trouble.MEMORY, "out of memory")
    except Exception as error:  # whatever a native library raises must reach the host as a message
        return Failure(task.number, Trouble.FAILED, f"{type(error).__name__}: {error}")
    return replace(outcome, number=task.number)


def main() -> None:
    """Serve the engine that the arguments name."""
    EngineWorker(*own_pipes()).serve(sys.argv[1])


if __name__ == "__main__":
    main()
