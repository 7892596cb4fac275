"""Start one of this package's modules as a process of its own, and end it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[2])
"""Folder that holds the package, so that a process finds the same one."""


def launch(module: str, *arguments: str, **streams: Any) -> subprocess.Popen[bytes]:
    """Start `python -m module`, which leads its own group: Ctrl-C in a terminal does not reach it.

    Neither forked nor spawned by multiprocessing: the host's main module is never imported again, so plain
    scripts, notebooks and programs read from stdin can all use it. `streams` are those of
    `subprocess.Popen` (stdin, stdout, stderr, pass_fds).
    """
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([ROOT, *filter(None, sys.path)])},
        start_new_session=True,
        **streams,
    )
    return process


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that was launched, and whatever it started, at once; safe to call again."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
