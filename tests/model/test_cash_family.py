"""Rows of limits on cash against sums by hand, and spans of time that add up."""

from __future__ import annotations

import numpy as np
import pytest

from planner.model.cash import CashBook, YearSpan
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from tests.examples import small
from tests.model.listing import rows_of

BUY = {"kind": "purchase", "price_usd_per_node": 100_000, "life_years": 4}


def test_rows_by_hand() -> None:
    changes = {
        **{"horizon.periods": 1, "stages": {"a": {"years": 1}, "b": {"years": 0.5}}},
        "workloads.chat.demand": {"input_tokens_per_s": 1500},
        "deployments": [
            {"name": "p", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
        ],
        "fleet.h800.reserve": None,
        "fleet.h800.buy": {**BUY, "life_years": 1.25, "residual_share": 0.1},
        "discount_rate_per_year": 0.1,
        "limits": {"cash_usd_per_stage": 500_000, "peak_funding_usd": 900_000},
    }
    rows = rows_of(changes)
    # offers: rent in a (0) and b (1); bought for a alone (2: its life ends within b) and for b (3)
    assert rows["cash_stage_0"] == (-np.inf, pytest.approx({"acquire_0": 140.16, "acquire_2": 100.0}), 500.0)
    assert rows["cash_stage_1"] == (-np.inf, pytest.approx({"acquire_1": 70.08, "acquire_3": 100.0}), 500.0)
    # moments: 0; 1 before and after; 1.25 before and after; the end
    assert rows["cash_funding_0"][1] == pytest.approx({"acquire_2": 100.0})
    assert rows["cash_funding_1"][1] == pytest.approx({"acquire_0": 140.16, "acquire_2": 100.0})
    assert rows["cash_funding_2"][1] == pytest.approx({**rows["cash_funding_1"][1], "acquire_3": 100.0})
    half = {"acquire_0": 140.16, "acquire_1": 35.04, "acquire_3": 100.0}
    assert rows["cash_funding_3"][1] == pytest.approx({**half, "acquire_2": 100.0})
    assert rows["cash_funding_4"][1] == pytest.approx({**half, "acquire_2": 90.0})
    assert rows["cash_funding_5"] == (
        -np.inf,
        pytest.approx({**half, "acquire_1": 70.08, "acquire_2": 90.0}),
        900.0,
    )


def test_spans_add_up() -> None:
    buy = {**BUY, "life_years": 0.4, "residual_share": 0.1}
    instance = small({"fleet.h800.buy": buy, "stages": {"a": {"years": 1}, "b": {"years": 1}}})
    book = CashBook.of(sets_of(instance, compute_rates(instance)))
    assert book is not None
    rng = np.random.default_rng(7)
    for cut in rng.uniform(0, 2, 20).tolist():
        parts = [book.within(YearSpan(0, cut)), book.within(YearSpan(cut, 2))]
        whole = dict(book.within(YearSpan(0, 2)).net())
        for kind in ("at_start", "over_time", "received"):
            for name, usd in getattr(book.within(YearSpan(0, 2)), kind).items():
                assert sum(getattr(part, kind)[name] for part in parts) == pytest.approx(usd)
        assert whole
