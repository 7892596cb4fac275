"""Where the command begins: streams and Ctrl-C are in order before anything heavy is loaded."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from planner.app.cli.streams import prepare_streams
from planner.core.errors import ExitCode, PlannerError, Stopped, words_of_internal
from planner.core.visible import visible

if TYPE_CHECKING:
    from types import FrameType

DEBUG = "PLANNER_DEBUG"


def main() -> None:
    """Run the command line; every error is one message on stderr and an exit code."""
    prepare_streams()
    signal.signal(signal.SIGINT, _interrupt)
    try:
        from planner.app.cli.main import app

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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(f"{visible(message)}\n")
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Stopped
