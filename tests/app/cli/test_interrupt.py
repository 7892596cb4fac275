"""Ctrl-C where an exception is easily lost: in an import, and in what is called from C."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

START = """
import signal, sys
sys.path.insert(0, {folder!r})
from planner.app.cli import entry
from planner.app.cli import main as commands
commands.app = lambda: __import__("interrupted_here")
entry.main()
"""
SWALLOWED_BY_AN_IMPORT = """
import signal, time
try:
    signal.raise_signal(signal.SIGINT)
    for _ in range(100):
        time.sleep(0.001)
except BaseException:
    raise AttributeError("half loaded")
"""
SWALLOWED_FROM_C = """
import signal, time

class Thing:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def work():
    thing = Thing()
    del thing
    time.sleep(20)

from planner.app.cli import main as commands
commands.work = work
"""


def _run(folder: Path, module: str, call: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "interrupted_here.py").write_text(module)
    code = START.format(folder=str(folder))
    if call:
        code = code.replace('__import__("interrupted_here")', call)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_an_import_is_not_interrupted_half_way(tmp_path: Path) -> None:
    done = _run(
        tmp_path,
        SWALLOWED_BY_AN_IMPORT + "\ntime.sleep(0)\n",
        '(__import__("interrupted_here"), __import__("time").sleep(20))',
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_what_is_swallowed_is_asked_for_again(tmp_path: Path) -> None:
    done = _run(tmp_path, SWALLOWED_FROM_C, '(__import__("interrupted_here"), commands.work())')
    assert done.returncode == 130
    assert done.stderr.endswith("interrupted\n")
