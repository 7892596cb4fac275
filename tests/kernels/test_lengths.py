"""Rates over a distribution of lengths: against one length at a time, and moments against sums by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kernels import (
    Architecture,
    Conditions,
    KernelError,
    OperatingPoints,
    RequestLengths,
    architecture,
    operating_points,
)
from kernels.lengths import gamma_law
from tests.kernels.asking import options, point

FREE = Conditions(4000.0, 300.0, tpot_s=math.inf)


def classes(*rows: tuple[float, float, float, float]) -> RequestLengths:
    return RequestLengths(*np.array(rows, dtype=float).T)


def conditions(lengths: RequestLengths, **more: float) -> Conditions:
    prompt = lengths.mean_computed + lengths.mean_cached
    return replace(
        FREE,
        input_tokens=prompt,
        output_tokens=lengths.mean_output,
        cache_hit_share=lengths.mean_cached / prompt,
        lengths=lengths,
        **more,
    )


SHORT_AND_LONG = classes((0.9, 1000.0, 0.0, 100.0), (0.1, 31000.0, 0.0, 2100.0))


def prefill_rate(found: OperatingPoints) -> float:
    return float(found.prefill_tokens_per_s[0])


def test_contexts_by_hand() -> None:
    lengths = classes((0.5, 100.0, 50.0, 10.0), (0.5, 300.0, 0.0, 30.0))
    reached, share = lengths.reached
    assert share @ reached == pytest.approx((100 * (50 + 50) + 300 * 150) / 400)
    contexts, share = lengths.contexts
    assert share @ contexts == pytest.approx((10 * (150 + 5) + 30 * (300 + 15)) / 40)
    assert lengths.mean_context == pytest.approx(share @ contexts)
    assert lengths.scv(lengths.output) == pytest.approx(0.25)


@pytest.mark.parametrize("scv", [1e-4, 0.3, 1.0, 10.0, 10_000.0])
def test_a_gamma_law_keeps_its_moments(scv: float) -> None:
    values, share = gamma_law(500.0, scv)
    moment = 1.0
    for power in range(1, 5):  # E[X^p] = mean^p (1 + scv) (1 + 2 scv) ...
        moment *= 500.0 * (1.0 + (power - 1) * scv)
        assert share @ values**power == pytest.approx(moment, rel=1e-6)


def test_one_class_is_the_mean_request() -> None:
    lengths = classes((1.0, 3000.0, 1000.0, 300.0))
    for role in ("prefill", "decode", "colocated"):
        over = point("h200", role, 16, conditions(lengths))
        alone = point("h200", role, 16, replace(conditions(lengths), lengths=None))
        assert over.prefill_tokens_per_s == pytest.approx(alone.prefill_tokens_per_s, nan_ok=True)
        assert over.decode_tokens_per_s == pytest.approx(alone.decode_tokens_per_s, nan_ok=True)


@pytest.mark.parametrize(("hardware", "gpus"), [("h800", 16), ("h800", 144), ("h200", 8), ("b200", 8)])
def test_a_rate_is_the_mean_of_the_time_of_each_length(hardware: str, gpus: int) -> None:
    def rate(asked: Conditions) -> float:
        return prefill_rate(point(hardware, "prefill", gpus, asked, pass_tokens=np.array([16384.0])))

    seconds = [one / rate(replace(FREE, input_tokens=one)) for one in SHORT_AND_LONG.computed]
    over = rate(conditions(SHORT_AND_LONG))
    assert over == pytest.approx(SHORT_AND_LONG.mean_computed / (SHORT_AND_LONG.share @ seconds), rel=1e-6)
    assert over < 0.9 * rate(FREE)


def test_prompts_vary_more_in_time_than_in_tokens() -> None:
    found = point("h800", "prefill", 16, conditions(SHORT_AND_LONG))
    tokens = SHORT_AND_LONG.scv(SHORT_AND_LONG.computed)
    assert float(found.prefill_scv[0]) > 1.05 * tokens
    assert np.isnan(point("h800", "prefill", 16, FREE).prefill_scv[0])


def test_a_stated_context_counts() -> None:
    lengths = conditions(SHORT_AND_LONG)
    longer = replace(lengths, kv_tokens=2.0 * lengths.context_tokens)
    contexts, share = longer.contexts
    assert share @ contexts == pytest.approx(longer.context_tokens)
    one, other = (point("h800", "decode", 32, given).decode_tokens_per_s[0] for given in (lengths, longer))
    assert other < one


def test_windows_bound_what_long_prompts_reach() -> None:
    asked = conditions(SHORT_AND_LONG)
    windowed = architecture("gpt-oss-120b")
    assert windowed.sliding_layers > 0

    def lost(model: Architecture) -> float:
        """Rate over the lengths by the rate at their mean."""
        at_mean = replace(asked, lengths=None)
        unit = options("h200", "prefill", 8)
        return prefill_rate(operating_points(model, unit, asked)) / prefill_rate(
            operating_points(model, unit, at_mean)
        )

    assert lost(replace(windowed, sliding_layers=0)) < lost(windowed) < 1.0


def test_lengths_that_are_none() -> None:
    with pytest.raises(KernelError, match="sum to 1"):
        classes((0.5, 1.0, 0.0, 1.0))
    with pytest.raises(KernelError, match="not negative"):
        classes((1.0, 1.0, -1.0, 1.0))
    with pytest.raises(KernelError, match="computed tokens are 4000, those of the lengths 3000"):
        replace(FREE, lengths=classes((1.0, 3000.0, 0.0, 300.0)))
