"""The limit that ended a search before the proof that was asked for, in words."""

from __future__ import annotations

_WORDS = {
    "interrupt": "stopped by an interrupt",
    "crash": "stopped by a crash of the engine",
    "precision": "the engine ended by itself, but what it claims could not be confirmed to the gap asked for",
}


def ending(limit: str | None) -> str:
    """What ended a search, to follow a colon; the empty text where nothing did."""
    if limit is None:
        return ""
    return _WORDS.get(limit, f"stopped by the {limit} limit")
