"""The command line, in a process of its own or in this one."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest.mock import patch

from planner.app.cli.entry import main

PLANNER = [sys.executable, "-m", "planner"]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run it as users do: for what streams, signals and imports have a part in."""
    return subprocess.run([*PLANNER, *arguments], capture_output=True, text=True, timeout=120, **options)


def run_here(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, without the second that loading it takes."""
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            patch.object(sys, "argv", ["planner", *arguments]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = _exit_code()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return subprocess.CompletedProcess(["planner", *arguments], code, out.getvalue(), err.getvalue())


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("the command line ends by SystemExit")
