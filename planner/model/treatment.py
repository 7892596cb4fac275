"""What a method that decomposes by hour may do with a part of the model. Every part declares it, where it is written.

Families and cost terms say it with a `Treatment`, fields of the sets with `known`. What says nothing is refused: the
method cannot tell whether its bounds would still be bounds, and the whole formulation is solved at once instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """Kept: the hourly problem has it, and plans found there keep it. Dropped: the hourly problem leaves it out or has
    something weaker, so that every plan of the model is still a plan there and costs no more; plans are made by other
    means. Mended: it has something weaker, and plans found there are mended until they keep the part. Refused: not
    covered.
    """

    KEPT, DROPPED, MENDED, REFUSED = "kept", "dropped", "mended", "refused"


@dataclass(frozen=True)
class Treatment:
    """A fate and, in words, what makes it valid or what stands in the way."""

    fate: Fate
    reason: str


def kept(reason: str) -> Treatment:
    """The hourly problem has it."""
    return Treatment(Fate.KEPT, reason)


def dropped(reason: str) -> Treatment:
    """Left out, which only weakens a bound; the reason says why."""
    return Treatment(Fate.DROPPED, reason)


def mended(reason: str) -> Treatment:
    """Weaker in the hourly problem, and plans are mended; the reason says how."""
    return Treatment(Fate.MENDED, reason)


def refused(reason: str) -> Treatment:
    """Not covered where it applies; the reason reads as the beginning of a sentence."""
    return Treatment(Fate.REFUSED, reason)


FIELD = "decomposition"
"""Key of a field's metadata."""


def known(how: str) -> dict[str, str]:
    """Metadata of a field that the hourly problem knows what to do with."""
    return {FIELD: how}


READ = known("read by the hourly problem")
BY_OTHERS = known("read by families and cost terms that say for themselves what may be done with them")
NAME = known("a name or a label: no figure depends on it")
