"""Did-you-mean: the nearest known word."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest to a word, None where none is near."""
    close = difflib.get_close_matches(word, sorted(set(known)), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or the list of known words where none is near."""
    words = sorted(set(known))
    close = nearest(word, words)
    if close is not None:
        return f"; did you mean '{close}'?"
    return f"; known: {', '.join(words[:12])}{', ...' if len(words) > 12 else ''}" if words else ""
