"""Which known word is meant by one that is not known."""

from __future__ import annotations

import pytest

from planner.core.suggest import did_you_mean, nearest


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("a100", ("h100", "a100_80gb", "l4"), "a100_80gb"),
        ("h10", ("h100", "h200", "l4"), "h100"),
        ("decoed", ("decode", "prefill"), "decode"),
        ("mi3", ("mi300x_of_eight_in_a_node", "mi325x_of_eight_in_a_node"), None),
        ("mi300", ("mi300x", "mi325x"), "mi300x"),
        ("cheapest", ("cheapest_hourly_price_of_all", "dear"), "cheapest_hourly_price_of_all"),
        ("zzz", ("h100", "l4"), None),
    ],
)
def test_what_begins_with_a_word_is_meant_before_what_is_alike(
    word: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert nearest(word, known) == meant


def test_without_a_near_word_all_are_named() -> None:
    assert did_you_mean("zzz", ("l4", "h100")) == "; known: h100, l4"
