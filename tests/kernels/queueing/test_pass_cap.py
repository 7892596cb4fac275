"""Headroom of units that read in passes, against M/M/1 by hand and the cap without passes."""

import numpy as np
import pytest

from kernels.queueing import PromptReading, erlang_c, pass_cap, ttft_cap

ONE = np.ones(1)


def reading(passes: float, full_s: float, together: float = 0.5, alone_s: float = 0.5) -> PromptReading:
    return PromptReading(ONE, alone_s * ONE, passes * ONE, full_s, together)


def test_a_single_server_by_hand() -> None:
    """P(late) = busy E_u exp(-(1 - busy) max(left - u pass, 0)) in M/M/1 with prompts of a second before one."""
    busy = float(pass_cap(1, reading(2.0, 3.0), 9.0, 0.9, 1.0, 1.0, 1.0))
    one = 3.0 * (1.0 - 0.5 * (1.0 - busy))
    u = (np.arange(100_000) + 0.5) / 100_000
    late = busy * np.exp(-(1.0 - busy) * np.maximum(9.0 - 2.0 * one - u * one, 0.0)).mean()
    assert late == pytest.approx(0.1, rel=1e-3)


def test_passes_that_differ_make_prompts_vary_together() -> None:
    """Ten prompts a pass that varies by 0.2 of itself: each varies by 10 x 0.04 more; in a pool of 4 a quarter."""
    apart = PromptReading(ONE, 0.5 * ONE, ONE, 1.0, 0.0, 0.2)
    for servers, more in ((1, 0.4), (4, 0.1)):
        busy = float(pass_cap(servers, apart, 4.0, 0.95, 1.0, 0.1, 0.5))
        mean = 0.0
        for point, weight in ((0.0, 2 / 3), (np.sqrt(3), 1 / 6), (-np.sqrt(3), 1 / 6)):
            one = 1.0 + 0.2 * point
            u = (np.arange(100_000) + 0.5) / 100_000
            left = np.maximum(4.0 - one - u * one, 0.0)
            decay = servers * (1.0 - busy) * 2.0 / (1.0 + 0.5 + more) / 0.1
            mean += weight * np.exp(-decay * left).mean()
        assert float(erlang_c(servers, servers * busy)) * mean == pytest.approx(0.05, rel=2e-3)


@pytest.mark.parametrize("servers", [1, 4, 32])
def test_short_passes_are_no_passes(servers: int) -> None:
    """A prompt that takes a second whatever the load, behind others of a second."""
    found = pass_cap(servers, reading(1.0, 1e-7, alone_s=1.0), 4.0, 0.95, 2.0, 1.0, 1.5)
    plain = ttft_cap(servers, 1.0, 4.0, 0.95, 0.0, 2.0, 0.0, 1.0, 1.5)
    assert float(found) == pytest.approx(float(plain), abs=1e-3)


def test_long_passes_and_long_prompts_leave_less() -> None:
    short, long = (pass_cap(4, reading(1.0, one), 5.0, 0.99, 1.0, 0.3, 1.0) for one in (1.0, 2.0))
    assert 0.0 < float(long) < float(short)
    several = PromptReading(np.array([0.95, 0.05]), np.array([0.5, 6.0]), np.array([1.0, 9.0]), 1.0, 0.5)
    assert several.too_long(5.0) == pytest.approx(0.05)
    assert float(pass_cap(4, several, 5.0, 0.99, 1.0, 0.3, 1.0)) == 0.0
    assert float(pass_cap(4, several, 5.0, 0.90, 1.0, 0.3, 1.0)) > 0.0


def test_no_pool_carries_less_for_being_larger() -> None:
    caps = pass_cap(np.array([1, 2, 8, 64]), reading(1.0, 1.0), 4.0, 0.99, 1.4, 0.3, 1.0)
    assert np.all(np.diff(caps) > 0.0)
