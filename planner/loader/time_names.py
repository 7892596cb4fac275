"""What the name of a column says: whether it holds times, of the end of a row, in UTC.

A time column has a name of words such as time, hour, date, start, period, timestamp (`hour_utc`, `period start`,
`date_time`).
"""

from __future__ import annotations

import re

_FIRST_WORD = re.compile(
    "times?|hours?|start|begin|from|date|datetime|timestamps?|moment|periods?|interval|snapshot|step|ts|epoch|unix|utc"
    "|end|until"
)
_OTHER_WORD = re.compile(
    f"{_FIRST_WORD.pattern}|stamp|local|gmt|of|day|beginning|starting|ending|index|number|id"
)
_ZONE_WORDS = frozenset(("utc", "gmt"))
_END_WORDS = frozenset(("end", "ending", "until"))


def words_of(name: str) -> list[str]:
    """The words that the name of a column is made of, in lower case: `hourUTC`, `hour_utc`, `Hour (UTC)`."""
    return re.findall(r"[a-z]+|[0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())


def names_time(name: str) -> bool:
    """Whether a column of this name holds the time of its row."""
    words = words_of(name)
    return (
        bool(words) and _FIRST_WORD.fullmatch(words[0]) is not None and all(map(_OTHER_WORD.fullmatch, words))
    )


def names_end(name: str) -> bool:
    """Whether the times of a column of this name are those at which its rows end."""
    return not _END_WORDS.isdisjoint(words_of(name))


def names_utc(name: str) -> bool:
    """Whether the times of a column of this name are in UTC where they have no offset."""
    return not _ZONE_WORDS.isdisjoint(words_of(name))
