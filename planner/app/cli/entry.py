"""Where the command begins: streams and Ctrl-C are in order before anything heavy is loaded."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from planner.app.cli.began import begin

if TYPE_CHECKING:
    from types import FrameType

    from planner.core.errors import ExitCode

DEBUG = "PLANNER_DEBUG"
IMPORTS = "<frozen importlib"
"""Where the frames of an import come from."""
AFTER_IMPORT_S = 0.02
SWALLOWED_S = 0.5
"""Seconds after which the end is asked for again: clean-up takes less."""


def main() -> None:
    """Run the command line; every error is one message on stderr and an exit code."""
    signal.signal(signal.SIGINT, _interrupt)
    begin()
    from planner.app.cli.streams import prepare_streams
    from planner.core.errors import ExitCode, PlannerError, Stopped, words_of_internal
    from planner.core.overwriting import noting_reads

    prepare_streams()
    try:
        from planner.app.cli.main import app

        with noting_reads():
            app()
    except PlannerError as error:
        _end(str(error), error.exit_code)
    except (Stopped, KeyboardInterrupt):
        _end("interrupted", ExitCode.INTERRUPTED)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _end(words_of_internal(error, DEBUG), ExitCode.INTERNAL)


def _end(message: str, code: ExitCode) -> NoReturn:
    """Say why, and end; a second Ctrl-C changes nothing any more."""
    from planner.core.visible import visible

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(f"{visible(message)}\n")
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End, but not in the middle of an import: a library that is half loaded swallows the exception or breaks.

    Comes back until the program ends, since what is called from C may swallow the exception too.
    """
    importing = _importing(frame)
    again = threading.Timer(AFTER_IMPORT_S if importing else SWALLOWED_S, _ask_again)
    again.daemon = True
    again.start()
    if not importing:
        from planner.core.errors import Stopped

        raise Stopped


def _ask_again() -> None:
    """A signal to the main thread, which wakes it where it waits."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTS):
            return True
        frame = frame.f_back
    return False
