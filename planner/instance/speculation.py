"""Speculation: drafts a step and what comes of them, of a workload or of a deployment."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from planner.instance.base import Count, Positive, Strict


class Speculation(Strict):
    """Multi-token prediction: drafts a step and what comes of them."""

    draft_tokens: Count
    """Tokens drafted per step; 0 switches speculation off."""
    accept_length: Positive | None = None
    """Tokens a step yields on average, at most 1 + draft_tokens; absent: from the model's published acceptance."""

    @model_validator(mode="after")
    def _within_drafts(self) -> Self:
        if self.accept_length is not None and not 1.0 <= self.accept_length <= 1.0 + self.draft_tokens:
            raise ValueError("accept_length lies between 1 and 1 + draft_tokens")
        return self
