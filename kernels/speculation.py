"""Multi-token prediction: drafts per step and what they yield."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.conditions import Conditions


def speculation(architecture: Architecture, conditions: Conditions) -> tuple[float, float]:
    """Drafts per step, and tokens a step yields on average.

    A step verifies 1 + d query tokens per request and keeps the drafts up to the first miss. With equal
    and independent acceptance p that is 1 + p + ... + p^d tokens (Leviathan et al., arXiv 2211.17192,
    equation 1). Nothing is drafted unless asked for.
    """
    drafts = conditions.draft_tokens or 0.0
    if conditions.accept_length is not None:
        return drafts, conditions.accept_length
    p = architecture.mtp_acceptance
    return drafts, (1.0 - p ** (drafts + 1.0)) / (1.0 - p)
