"""How long requests are: means alone, means with a second moment, or classes (a histogram, or a log made into one)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from planner.instance.base import NonNegative, Positive, SquaredVariation, Strict, Text, Tokens

MOST_CLASSES = 2_000
MOST_BOUNDARIES = 8
SAME_MEAN = 0.01
"""A mean that is stated beside classes may differ from theirs by this share of it: published ones are rounded."""


class LengthClass(Strict):
    """Requests that are alike in length."""

    share: Positive
    """Their share of the requests, or their number: the shares of all classes count in proportion."""
    input_tokens: Tokens
    """Prompt length, the cached prefix included."""
    output_tokens: Tokens
    """Generated tokens."""
    cached_tokens: NonNegative | None = None
    """Prompt tokens found in the cache; absent: by `cached_prefix`."""

    @model_validator(mode="after")
    def _some_computed(self) -> Self:
        if self.cached_tokens is not None and self.cached_tokens > self.input_tokens:
            raise ValueError(f"cached_tokens exceed input_tokens ({self.input_tokens:g})")
        return self


def _means_may_follow(schema: dict[str, Any]) -> None:
    """The means may be left to the classes or the log: the reader of the file fills them in."""
    schema["required"] = []
    schema["examples"] = [{"input_tokens": 1000, "output_tokens": 200}]


class Lengths(Strict):
    """Lengths of requests, in tokens.

    Attention of a prompt grows with the square of its length, so that requests of which some are long ask for more than
    as many of mean length. Where the distribution is given, rates of the kernel are means over it, and so are the
    variations of service times that `queueing` does not state. Means alone count as if all requests were alike.
    """

    input_tokens: Tokens
    """Mean prompt length; absent: that of the classes, or of the log."""
    output_tokens: Tokens
    """Mean number of generated tokens; absent: that of the classes, or of the log."""
    kv_tokens: Tokens | None = None
    """Mean context a generated token attends to; absent: by the distribution, or prompt plus half the output."""
    input_scv: SquaredVariation | None = None
    """Squared coefficient of variation of prompt lengths, by a gamma law (public traces 0.9 to 10)."""
    output_scv: SquaredVariation | None = None
    """The same of answers (public traces 0.5 to 3), independent of their prompts."""
    classes: Annotated[tuple[LengthClass, ...], Field(min_length=1, max_length=MOST_CLASSES)] | None = None
    """Requests by length: a histogram."""
    csv: Text | None = None
    """Path of a log beside the instance, a request in each row: columns `input_tokens`, `output_tokens`, and where it
    is known `cached_tokens` (Azure's `ContextTokens`, `GeneratedTokens` are read too); `requests` where a row stands
    for several. It is made into `classes`."""
    cached_prefix: Literal["proportional", "fixed"] = "proportional"
    """What of a prompt is cached where its class does not say it: the same share of each (a conversation that goes on),
    or as many tokens of each (a system prompt that all begin with). How many in all, the demand says."""
    split_at: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=MOST_BOUNDARIES)] | None = None
    """Prompt lengths, ascending, at which requests part into classes, which may have units to themselves: the workload
    is read as one for each, `chat.to_4096`, `chat.over_4096`, with all that it says. Needs `classes` or `csv`."""
    split: Literal["always", "cheapest"] = "always"
    """Whether to split it at every boundary, or where that makes the plan cheapest: at none, at one, or at all."""
    over_tokens: Positive | None = None
    """Of a class of a workload that was split: its prompts are longer than this. Set by whoever splits it."""
    to_tokens: Positive | None = None
    """Of such a class: its prompts are at most so long."""

    model_config = ConfigDict(json_schema_extra=_means_may_follow)

    @model_validator(mode="after")
    def _one_distribution(self) -> Self:
        if self.classes is not None and (self.input_scv is not None or self.output_scv is not None):
            raise ValueError("classes say how lengths vary: give them or input_scv and output_scv, not both")
        return self

    @model_validator(mode="after")
    def _boundaries_to_choose(self) -> Self:
        if self.split == "cheapest" and self.split_at is None:
            raise ValueError("split: cheapest needs split_at, the boundaries to choose from")
        if self.split_at is not None and self.classes is None:
            raise ValueError("split_at needs to know which requests are how long: give classes or csv")
        return self

    @property
    def is_class(self) -> bool:
        """Whether these are a class of a workload that was split by length."""
        return self.over_tokens is not None or self.to_tokens is not None

    @property
    def vary(self) -> bool:
        """Whether anything is said of how requests differ."""
        return self.classes is not None or self.input_scv is not None or self.output_scv is not None

    @property
    def mean_kv_tokens(self) -> float:
        """`kv_tokens`, or prompt plus half the output."""
        return self.kv_tokens if self.kv_tokens is not None else self.input_tokens + self.output_tokens / 2
