"""Values that options cannot take, in words of one's own: the library that reads options speaks in those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from planner.core.errors import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBERS = {"int": "a whole number", "float": "a number", "finite": "a finite number"}
LIMITS = {
    "greater_than_equal": ("ge", "or more"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "or less"),
    "less_than": ("lt", "less than"),
}
"""Key of a limit in what the library says of a value beyond it, and the words for it."""


class WordedGroup(TyperGroup):
    """Commands whose options say what they take."""

    def invoke(self, ctx: Any) -> Any:
        """Read the words of a command and run it."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            details: list[Any] = getattr(error.__cause__, "errors", list)()
            if details:
                error.message = words_of(details[0])
            raise


def words_of(detail: Mapping[str, Any]) -> str:
    """What to give in place of a value, of what pydantic says of it."""
    kind, given = str(detail["type"]), shortened(str(detail["input"]))
    if kind in LIMITS:
        key, words = LIMITS[kind]
        limit = f"{detail['ctx'][key]:g}"
        wanted = f"{limit} {words}" if words.startswith("or") else f"{words} {limit}"
    elif kind in ("enum", "literal_error"):
        wanted = f"one of {detail['ctx']['expected']}"
    else:
        wanted = NUMBERS.get(kind.partition("_")[0], "what --help says")
    return f"{given} does not fit: give {wanted}"
