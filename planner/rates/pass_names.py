"""Sizes of prefill passes and of batches, and what units are called that have one, read for links, or serve less."""

from __future__ import annotations

import re

PASS_TOKENS = tuple(16384 >> halving for halving in range(7))
"""Prompt tokens of a pass of one attention replica, as engines are launched with, largest first."""

BATCHES = (*(size << doubling for doubling in range(5, -1, -1) for size in (8, 7, 6, 5)), 4, 3, 2, 1)
"""Most requests at once by the GPU of a unit that reads and writes, beside as many as it has room and time for,
so near to each other that the best of them serves nearly what the best of all would."""

BATCH_NAME = re.compile(r"(?P<name>.+)\.batch(?P<requests>\d+)", re.ASCII)
"""Names that `name_with_batch` makes."""

PASS_NAME = re.compile(r"(?P<name>.+)\.pass(?P<tokens>\d+)", re.ASCII)
"""Names that `name_with_pass` makes."""

OVER_NAME = re.compile(r"(?P<name>.+)\.over\.(?P<links>.+)", re.ASCII)
"""Names that `name_over` makes."""

FOR_NAME = re.compile(r"(?P<name>.+)\.for\.(?P<workloads>.+)", re.ASCII)
"""Names that `name_for` makes."""


def name_for(name: str, workloads: tuple[str, ...]) -> str:
    """The name of a unit that is kept to some of the workloads of its deployment; otherwise the plain name."""
    return f"{name}.for.{'.'.join(workloads)}" if workloads else name


def name_over(name: str, links: tuple[str, ...]) -> str:
    """The name of a unit that keeps the time of links."""
    return ".over.".join((name, ".".join(links)))


def name_with_batch(name: str, requests: int | None) -> str:
    """The name of a unit with a batch of its own; with as many requests as it has room for it keeps the plain name."""
    return name if requests is None else f"{name}.batch{requests}"


def name_with_pass(name: str, tokens: int | None) -> str:
    """The name of a unit with a pass size: the largest pass, as engines run by default, keeps the plain name.

    It depends on nothing else of the question, so that a plan and a later one mean the same unit by it.
    """
    return name if tokens in (None, PASS_TOKENS[0]) else f"{name}.pass{tokens}"
