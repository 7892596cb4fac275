"""Processes of the package for tests, forked from one that has loaded what they load.

A process that is started anew loads its libraries for most of a second, and tests start hundreds. A forked one has
them, and is otherwise the same: a session and a pipe each way of its own, environment and folder of the asker, its
module run as the main program. Tests of processes themselves take `planner.core.launch`.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from importlib import import_module
from typing import IO, Any, cast

from planner.core.launch import launch

NUMBER = struct.Struct("<q")
MOST_BYTES = 1 << 20
STREAMS = 3


class ForkedProcess:
    """As much of `subprocess.Popen` as hosts of processes use."""

    def __init__(self, status: IO[bytes], stdin: IO[bytes], stdout: IO[bytes]) -> None:
        """The number of the process comes on `status`, and its exit code once it has ended."""
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._status = status
        self._lock = threading.Lock()
        (self.pid,) = NUMBER.unpack(status.read(NUMBER.size))

    def poll(self) -> int | None:
        """Exit code, minus the signal where one ended it; None while the process runs."""
        if self._lock.acquire(blocking=False):  # else somebody waits for the end
            try:
                if self.returncode is None and select.select([self._status], [], [], 0.0)[0]:
                    self._take()
            finally:
                self._lock.release()
        return self.returncode

    def wait(self) -> int:
        """The exit code, once there is one."""
        with self._lock:
            if self.returncode is None:
                self._take()
        assert self.returncode is not None
        return self.returncode

    def _take(self) -> None:
        with self._status:
            told = self._status.read(NUMBER.size)
        (self.returncode,) = NUMBER.unpack(told) if told else (-signal.SIGKILL,)  # where the server is gone


class ForkServer:
    """A process that has loaded modules, from the first time that it is asked for one that runs them."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, module: str, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
        """Like `planner.core.launch.launch`, with pipes for stdin and stdout."""
        assert streams.pop("stdin") == streams.pop("stdout") == subprocess.PIPE
        errors = streams.pop("stderr", None)
        assert not streams
        asked = {
            "words": [module, *arguments],
            "path": sys.path,
            "folder": os.getcwd(),
            "names": dict(os.environ),
        }
        (source, stdin), (stdout, sink), (status, told) = os.pipe(), os.pipe(), os.pipe()
        with open(os.devnull, "wb") as nowhere:
            number = nowhere.fileno() if errors == subprocess.DEVNULL else 2 if errors is None else errors
            with self._lock:
                message = json.dumps(asked).encode()
                socket.send_fds(self._connected(), [message], [source, sink, number, told])
        for given in (source, sink, told):
            os.close(given)
        process = ForkedProcess(os.fdopen(status, "rb", 0), os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"))
        return cast("subprocess.Popen[bytes]", process)

    def close(self) -> None:
        """End it; processes that still run go on."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                number = str(theirs.fileno())
                self._process = launch(
                    "tests.fork_server", number, *self._modules, pass_fds=(theirs.fileno(),)
                )
        return self._socket


def main() -> None:
    """Load modules, then fork as often as asked."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        import_module(module)
    ended, ending = os.pipe()
    for number in (ended, ending):
        os.set_blocking(number, False)
    signal.set_wakeup_fd(ending)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            os.read(ended, MOST_BYTES)
            _tell_ended(running)
        if asked in ready:
            message, streams, _, _ = socket.recv_fds(asked, MOST_BYTES, STREAMS + 1)
            if not message:
                return
            process = os.fork()
            if process == 0:
                asked.detach()
                _become(json.loads(message), streams)
                return
            for number in streams[:STREAMS]:
                os.close(number)
            running[process] = streams[STREAMS]


def _tell_ended(running: dict[int, int]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        told = running.pop(process)
        with contextlib.suppress(BrokenPipeError):  # nobody asks any more
            os.write(told, NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os.close(told)


def _become(asked: dict[str, Any], streams: list[int]) -> None:
    os.setsid()
    os.write(streams[STREAMS], NUMBER.pack(os.getpid()))
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for place, number in enumerate(streams[:STREAMS]):
        os.dup2(number, place)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["names"])
    sys.path[:] = asked["path"]
    sys.argv[:] = asked["words"]
    sys.modules.pop(sys.argv[0], None)  # it is run anew, as the main program
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
