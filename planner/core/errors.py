"""What can go wrong, as types: each error knows its exit code and says what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from planner.core.version import __version__
from planner.core.visible import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Made = TypeVar("Made")
MOST_SHOWN = 50
_LONGEST_WORD = 120
_LONGEST_MESSAGE = 1_000


class ExitCode(IntEnum):
    """Exit codes of the command line; scripts depend on them."""

    SOLVED = 0
    INTERNAL = 1
    USAGE = 2
    INVALID_INPUT = 3
    INFEASIBLE = 4
    LIMIT_WITH_PLAN = 5
    LIMIT_WITHOUT_PLAN = 6
    SOLVER_UNAVAILABLE = 7
    NO_RECOMMENDATION = 8
    INTERRUPTED = 130


class PlannerError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code: ExitCode = ExitCode.INTERNAL


@dataclass(frozen=True)
class Fault:
    """One fault of an input: where it stands, what is wrong, what to do.

    In place of a file stands the option that gave the value: `--set fleet.h800.rent.max_nodes: what is wrong`.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part not in ("", None))
        path = ".".join(shortened(step, _LONGEST_WORD) for step in self.path.split("."))
        where = (place, shortened(path, _LONGEST_MESSAGE))
        of_option = " " if self.file.startswith("--") else ": "
        parts = (of_option.join(part for part in where if part), shortened(self.message, _LONGEST_MESSAGE))
        return on_one_line(": ".join(part for part in parts if part))


def shortened(text: str, most: int = _LONGEST_WORD) -> str:
    """A text of an input, cut where it is too long to be read."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


class InstanceError(PlannerError):
    """An input is not usable. Carries every fault found, not just the first; its text shows the first fifty."""

    exit_code = ExitCode.INVALID_INPUT

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in faults[:MOST_SHOWN]]
        more = len(faults) - len(shown)
        super().__init__("\n".join([*shown, *([f"and {more:,} more faults"] if more else [])]))

    def __reduce__(self) -> tuple[type[InstanceError], tuple[list[Fault]]]:
        """As it is pickled when a worker process raises it."""
        return type(self), (list(self.faults),)


def in_lines(faults: Iterable[Fault]) -> list[Fault]:
    """Faults of files in the order of their lines."""
    return sorted(faults, key=lambda fault: (fault.file, fault.line or 0))


class SolverUnavailable(PlannerError):
    """The engine asked for is not installed, or cannot be loaded."""

    exit_code = ExitCode.SOLVER_UNAVAILABLE


class Stopped(BaseException):
    """Ctrl-C at the command line: the program ends at once, whatever it does. No verb and no library catches it."""


class PlanRefused(PlannerError):
    """The audit does not accept the plan that was found: nothing may be built on it."""

    def __init__(self, what: str, reasons: tuple[str, ...]) -> None:
        self.what, self.reasons = what, reasons
        super().__init__("\n".join((f"{what} is refused by its audit", *reasons)))

    def __reduce__(self) -> tuple[type[PlanRefused], tuple[str, tuple[str, ...]]]:
        """As it is pickled when a worker process raises it."""
        return type(self), (self.what, self.reasons)


class EngineCrashed(PlannerError):
    """An engine process died, and there was no plan to fall back on."""


def words_of_internal(error: BaseException, debug: str) -> str:
    """What to say of an error that nobody raised on purpose: what it is, where, and what to report."""
    ours = [frame for frame in extract_tb(error.__traceback__) if "planner" in frame.filename]
    where = f" at {'/'.join(ours[-1].filename.split('/')[-3:])}:{ours[-1].lineno}" if ours else ""
    return (
        f"internal error: {type(error).__name__}: {on_one_line(str(error))}{where}\n"
        f"This is a fault of planner {__version__}, not of your input: please report this line, the command and "
        f"the instance. {debug}=1 in the environment shows the details."
    )


def tried(faults: list[Fault], step: Callable[[], Made]) -> Made | None:
    """What a step makes; None where it raises InstanceError, with its faults added to `faults`, each once."""
    try:
        return step()
    except InstanceError as error:
        faults += [one for one in error.faults if one not in faults]
        return None
