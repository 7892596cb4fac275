"""What the reader of an instance takes for granted is written into it, so that plans can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LISTED = 20


def assume(data: dict[str, Any], more: Iterable[str]) -> None:
    """Add sentences to `assumed` of an instance's data, each once."""
    before = data.get("assumed")
    if before is not None and not isinstance(before, list):
        return  # the validation says what is wrong with it
    sentences = list(dict.fromkeys([*(before or ()), *more]))
    if sentences:
        data["assumed"] = sentences[:MOST_LISTED]
