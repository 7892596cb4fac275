"""Standard streams that never end the program by themselves: closed, cut off, full, or of another encoding."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from typing import TextIO

_LAST_STANDARD = 2


class _Patient(io.TextIOWrapper):
    """A stream whose reader may go away: what is written afterwards is dropped, the verb ends as it would have.

    A full disk under the output is an error in words; under what is said beside it, on stderr, no answer is given
    up for it. Characters that its encoding lacks are shown as escapes.
    """

    carries_output = True

    def write(self, text: str, /) -> int:
        """Write, or drop where nobody reads."""
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Flush, or drop where nobody reads."""
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.carries_output and not isinstance(error, BrokenPipeError):
            raise InstanceError([Fault(f"cannot write the output: {error.strerror}", file="standard output")])


class _Aside(_Patient):
    """The stream of progress and messages: it may be full, or open for reading only."""

    carries_output = False


def prepare_streams() -> None:
    """Open the standard streams that are closed on nothing, and let the others bear what comes."""
    _fill_closed()
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = _patient(sys.stdout, _Patient)
    sys.stderr = _patient(sys.stderr, _Aside)


def _fill_closed() -> None:
    """Take the numbers of closed standard streams, so that no other file gets them."""
    while (nowhere := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        os.set_inheritable(nowhere, True)
    os.close(nowhere)


def _patient(stream: Any, kind: type[_Patient]) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # type: ignore[no-any-return]  # replaced by the host, who knows why
    stream.flush()
    return kind(
        stream.buffer, stream.encoding, errors="backslashreplace", line_buffering=stream.line_buffering
    )
