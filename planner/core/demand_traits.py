"""What files must have for some options to matter, in the words by which help and faults say it."""

from __future__ import annotations

from enum import StrEnum


class DemandTrait(StrEnum):
    """A trait of files of demand that is known once they are read."""

    COUNTED_TIMES = "Times that only count from a beginning"
    MODELS = "Requests or series that name their model"
    PREFIX_BLOCKS = "Logs that name the blocks of their prompts"
