"""The text of a plan file -> its record: strict JSON, refused in our own words and bounded before it is read."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.overwriting import note_read

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 200_000_000
MOST_DEPTH = 64


def read_record(path: Path, what: str = "the plan") -> dict[str, Any]:
    """The record in a plan.json, or in the one of a folder; `what` names it in messages.

    Raises InstanceError with the place of what is no JSON, or cannot be read.
    """
    try:
        path = path / "plan.json" if path.is_dir() else path
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InstanceError([Fault(f"cannot read {what}: not a regular file", file=str(path))])
        if status.st_size > MOST_BYTES:
            raise InstanceError(
                [Fault(f"cannot read {what}: larger than {MOST_BYTES:,} bytes", file=str(path))]
            )
        note_read(path)
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InstanceError([Fault(f"cannot read {what}: {reason}", file=str(path))]) from None
    except ValueError:  # a name that no file can have
        raise InstanceError([Fault(f"cannot read {what}: no file is called {str(path)!a}")]) from None
    return parse(content, str(path), what.replace("the ", "a ", 1))


def parse(content: bytes, file: str = "", what: str = "a plan") -> dict[str, Any]:
    """A record from its JSON, `what` it is in messages. Raises InstanceError with line and column of what is none."""

    def fault(message: str, line: int | None = None, column: int | None = None) -> InstanceError:
        return InstanceError([Fault(f"not {what}: {message}", file=file, line=line, column=column)])

    try:
        record = json.loads(
            content.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise fault(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise fault(f"no JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise fault(f"nested deeper than {what} can be") from None
    except ValueError as error:
        message = "a whole number of too many digits" if "digits" in str(error) else str(error)
        raise fault(message) from None
    if not isinstance(record, dict):
        raise fault(f"{what} is a JSON object")
    return record


def has_surrogates(text: str) -> bool:
    """Whether a text holds half of a character, which UTF-8 cannot write."""
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {ascii(double)[:60]} is given twice in one object")
    return record


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
