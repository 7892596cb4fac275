"""The host's side of a process that talks in messages: start it, send, take what it says, end it."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any

from planner.core.launch import end_group, launch
from planner.core.messages import read_message, write_message

if TYPE_CHECKING:
    from collections.abc import Callable


class ChildProcess:
    """One module of this package as a process (`planner.core.launch`) with a pipe each way.

    A thread hands every message to `take`, and None once when the process has ended. Its own side is
    `planner.core.child`. Ending it ends whatever it started.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        take: Callable[[Any], None],
        errors: IO[bytes] | int | None = None,
    ) -> None:
        """`errors` is where stderr of the process goes, as for `subprocess.Popen`."""
        self._process = launch(
            module, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._take = take
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"{module}-reader")
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the process ended: minus the signal where one ended it, None while it runs."""
        return self._process.poll()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.exit_code is None

    def send(self, message: Any) -> None:
        """Send one message; to a process that is gone it is dropped (its end is reported through `take`)."""
        with contextlib.suppress(OSError, ValueError):
            write_message(self._stdin, message)

    def kill(self) -> None:
        """End the process and whatever it started at once, from any thread; safe to call again."""
        end_group(self._process)

    def end(self) -> None:
        """The same, and wait until all is given back."""
        self.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._stdin.close()
        if threading.current_thread() is not self._reader:
            self._reader.join()
        self._stdout.close()

    def _read(self) -> None:
        try:
            with contextlib.suppress(OSError, ValueError, EOFError):
                while True:
                    self._take(read_message(self._stdout))
        except Exception:  # what it says cannot be read: nothing more is expected of it
            self.kill()
            raise
        finally:
            self._process.wait()
            self._take(None)
