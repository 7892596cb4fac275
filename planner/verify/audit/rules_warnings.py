"""The rule on warnings: what a question takes for granted stands in its plan, word by word.

What an instance and its rates take for granted is theirs to say; that a plan says it is asked here. What a search says
of itself, engines that contradicted each other or a form that asks for more than is needed, nobody can derive from a
plan: such sentences are told as what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.costed import CostedFacts

OWN = "solved with {} of its own: "


def warnings(facts: CostedFacts) -> Iterator[Broken]:
    """Every doubt about the question is among the warnings, and constraints of the plan's own are counted there."""
    said = set(facts.plan.warnings)
    for sentence in dict.fromkeys(facts.doubts):
        if sentence not in said:
            yield "warnings", f"the plan does not say: {sentence}", 1.0
    begin = _of_own(facts)
    if begin and not any(sentence.startswith(begin) for sentence in said):
        yield "warnings", f"the plan does not say: {begin}...", 1.0


def words_not_judged(facts: CostedFacts) -> Iterator[str]:
    """Warnings that follow from nothing but the search."""
    due, begin = set(facts.doubts), _of_own(facts)
    for sentence in facts.plan.warnings:
        if sentence not in due and not (begin and sentence.startswith(begin)):
            yield f"of the search, not judged: {sentence}"


def _of_own(facts: CostedFacts) -> str:
    """How the warning about constraints of the plan's own begins; nothing where it has none."""
    count = len(facts.plan.own_constraints)
    return OWN.format(f"{count} constraint{'s' * (count != 1)}") if count else ""


warning_rules = (("warnings", warnings),)
