"""Frontiers: what an option serves at each number of requests, and how fast each request is then."""

from __future__ import annotations

import numpy as np
import pytest

from kernels import Conditions, Options, accelerator, architecture, frontier, operating_points

LLAMA = architecture("llama-3.1-70b")
ASKED = Conditions(1024, 1024)


def units(*roles: str) -> Options:
    count = len(roles)
    return Options(
        (accelerator("h200"),) * count, roles, np.full(count, 8), tensor_parallel=np.full(count, 8)
    )


def test_more_requests_serve_more_and_each_of_them_slower() -> None:
    found = frontier(LLAMA, units("colocated", "decode"), ASKED)
    for row in range(2):
        shown = np.isfinite(found.tokens_per_s[row])
        assert shown.sum() > 10
        assert np.all(np.diff(found.requests[row][shown]) > 0.0)
        assert np.all(np.diff(found.tpot_s[row][shown]) > 0.0)
        efficient = found.tokens_per_s[row][found.efficient[row]]
        assert np.all(np.diff(efficient) > 0.0)
    assert np.isnan(found.ttft_s[1]).all()  # a decode unit reads no prompts


def test_little_s_law_holds_on_a_decode_frontier() -> None:
    found = frontier(LLAMA, units("decode"), ASKED)
    np.testing.assert_allclose(found.requests / found.tpot_s, found.tokens_per_s, rtol=1e-9)


@pytest.mark.parametrize("tpot_s", [0.012, 0.03])
def test_the_chosen_point_lies_on_the_frontier(tpot_s: float) -> None:
    asked = Conditions(1024, 1024, tpot_s=tpot_s)
    chosen = operating_points(LLAMA, units("colocated"), asked)
    found = frontier(LLAMA, units("colocated"), asked)
    decode = chosen.decode_tokens_per_s[0]
    together = 1.0 / (1.0 / decode + 1.0 / chosen.prefill_tokens_per_s[0])
    on_it = np.interp(chosen.batch_per_gpu[0] * 8, found.requests[0], found.tokens_per_s[0])
    assert together == pytest.approx(on_it, rel=0.01)


def test_prefill_units_trade_passes_against_time() -> None:
    found = frontier(LLAMA, units("prefill"), ASKED)
    assert np.isnan(found.tpot_s).all()
    assert found.ttft_s[0, -1] > found.ttft_s[0, found.efficient[0]][0]
    assert found.efficient[0].any()


def test_a_unit_without_room_says_so() -> None:
    tiny = Options((accelerator("l4"),), ("colocated",), np.array([1]))
    found = frontier(architecture("llama-3.1-405b"), tiny, ASKED)
    assert found.reason == ("weights do not fit in memory",)
    assert np.isnan(found.tokens_per_s).all()
    assert not found.efficient.any()
