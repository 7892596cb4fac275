"""Rates of workloads whose requests differ: what is cached, what waits follow from, what is said of means alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.rates.compute import compute_rates
from planner.rates.length_doubts import length_doubts
from planner.rates.request_lengths import request_lengths
from planner.rates.variability import decode_scv, prefill_scv
from planner.view.reporting.rates_table import rates_table
from tests.examples import small

if TYPE_CHECKING:
    from planner.instance import Instance

CLASSES = [
    {"share": 3, "input_tokens": 1000, "output_tokens": 100},
    {"share": 1, "input_tokens": 13000, "output_tokens": 500},
]


def asked(lengths: dict[str, Any], cached: float = 0.0, **changes: Any) -> Instance:
    return small(
        {
            "workloads.chat.model": "deepseek-v3",
            "workloads.chat.lengths": lengths,
            "workloads.chat.sla": {"tpot_ms": 50},
            "workloads.chat.demand.input_tokens_per_s": 1000,
            "workloads.chat.demand.cached_tokens_per_s": 1000 * cached,
            "deployments": [{"role": "prefill", "ep": 16}, {"role": "decode", "ep": 32}],
        }
        | changes
    )


@pytest.mark.parametrize("cached", [0.0, 0.3, 0.9])
def test_laws_of_the_cached_prefix(cached: float) -> None:
    each = request_lengths(asked({"classes": CLASSES}, cached), "chat")
    fixed = request_lengths(asked({"classes": CLASSES, "cached_prefix": "fixed"}, cached), "chat")
    assert each is not None
    assert fixed is not None
    assert each.cached.tolist() == pytest.approx([1000 * cached, 13000 * cached])
    assert fixed.mean_cached == pytest.approx(4000 * cached)
    assert fixed.cached[0] == pytest.approx(min(4000 * cached, 1000))
    own = (
        [CLASSES[0] | {"cached_tokens": 0}, CLASSES[1] | {"cached_tokens": 16000 * cached * 0.99}]
        if cached < 0.8
        else None
    )
    if own:
        stated = request_lengths(asked({"classes": own}, cached), "chat")
        assert stated is not None
        assert stated.mean_cached == pytest.approx(4000 * cached)
        assert stated.cached[1] == pytest.approx(16000 * cached, rel=0.02)


def test_two_moments() -> None:
    lengths = {"input_tokens": 4000, "output_tokens": 200, "input_scv": 1.5, "output_scv": 0.5}
    found = request_lengths(asked(lengths), "chat")
    assert found is not None
    assert found.scv(found.computed) == pytest.approx(1.5, rel=1e-4)
    assert found.scv(found.output) == pytest.approx(0.5, rel=1e-4)
    reached, share = found.reached
    assert share @ reached == pytest.approx(4000 * 2.5 / 2, rel=1e-4)


def test_rates_say_what_they_would_be_if_all_were_alike() -> None:
    over, alike = (
        compute_rates(asked(lengths))
        for lengths in ({"classes": CLASSES}, {"input_tokens": 4000, "output_tokens": 200})
    )
    for unit, row in zip(over.units, over.rate, strict=True):
        other = alike.units.index(next(one for one in alike.units if one.name == unit.name))
        (column,) = np.flatnonzero(row).tolist()
        detail = over.details[over.units.index(unit)][over.works[column].name]
        assert detail.nominal_per_s == pytest.approx(alike.rate[other, column])
        assert row[column] < alike.rate[other, column]
    columns = [column.header for column in rates_table(over).columns]
    assert {"if alike", "share"} <= set(map(str, columns))
    assert "share" not in [str(column.header) for column in rates_table(alike).columns]


def test_variations_follow_from_lengths_unless_stated() -> None:
    over = asked({"classes": CLASSES}, **{"workloads.chat.queueing": {}})
    rates = compute_rates(over)
    detail = rates.details[0]["chat.prefill"]
    tokens = (0.75 * 1000**2 + 0.25 * 13000**2) / 4000**2 - 1.0
    assert prefill_scv(over, rates.works[0]) == pytest.approx(tokens)
    assert prefill_scv(over, rates.works[0], detail) > 1.05 * tokens
    assert decode_scv(over, "chat") == pytest.approx((0.75 * 100**2 + 0.25 * 500**2) / 200**2 - 1.0)
    stated = asked(
        {"classes": CLASSES}, **{"workloads.chat.queueing": {"prefill_scv": 0.2, "decode_scv": 0.3}}
    )
    assert (prefill_scv(stated, rates.works[0], detail), decode_scv(stated, "chat")) == (0.2, 0.3)
    alone = asked({"input_tokens": 4000, "output_tokens": 200}, **{"workloads.chat.queueing": {}})
    assert (prefill_scv(alone, rates.works[0]), decode_scv(alone, "chat")) == (1.0, 1.0)


def test_means_alone_are_doubted_with_a_figure() -> None:
    alone = asked({"input_tokens": 4000, "output_tokens": 200})
    (doubt,) = length_doubts(alone, compute_rates(alone))
    assert doubt.startswith("workloads.chat.lengths: means alone")
    low, high = (
        compute_rates(asked({"input_tokens": 4000, "output_tokens": 200, "input_scv": scv})).details[0][
            "chat.prefill"
        ]
        for scv in (0.9, 10.0)
    )
    shares = [
        compute_rates(asked({"input_tokens": 4000, "output_tokens": 200, "input_scv": scv})).rate[0, 0]
        / one.nominal_per_s
        for scv, one in ((0.9, low), (10.0, high))
    ]
    assert f"would read {shares[0]:.2f} to {shares[1]:.2f} of" in doubt
    over = asked({"classes": CLASSES})
    assert not list(length_doubts(over, compute_rates(over)))
