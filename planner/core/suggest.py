"""Did-you-mean: the nearest known word."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


LEAST_BEGINNING = 3
"""Letters of a word that may be the beginning of another."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is nearest to a word: of those that begin with it, or else one alike; None where none is.

    Of several that begin with it one must be alike too.
    """
    words = sorted(set(known))
    longer = [one for one in words if one.startswith(word)] if len(word) >= LEAST_BEGINNING else []
    close = difflib.get_close_matches(word, longer or words, n=1, cutoff=0.6)
    if close:
        return close[0]
    return longer[0] if len(longer) == 1 else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or the list of known words where none is near."""
    words = sorted(set(known))
    close = nearest(word, words)
    if close is not None:
        return f"; did you mean '{close}'?"
    return f"; known: {', '.join(words[:12])}{', ...' if len(words) > 12 else ''}" if words else ""
