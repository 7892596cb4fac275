"""Square-root staffing of decode slots against exact waits."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.queueing import erlang_c, peakedness, servers_needed, slot_cap, wait_probability


def test_halfin_whitt_published_value():
    # Halfin and Whitt: beta = 0.506 is where half of the arrivals wait
    load = 10_000.0
    assert (servers_needed(load, 0.5) - load) / 100.0 == pytest.approx(0.506, abs=0.001)


@pytest.mark.parametrize("slots", [20, 200, 2_000, 12_672])
def test_slot_cap_keeps_the_percentile(slots):
    cap = float(slot_cap(slots, 0.99))
    assert erlang_c(slots, cap * slots) == pytest.approx(0.01, rel=0.15)


def test_bursts_cost_slots():
    burst = float(peakedness(4.0, 1.0))
    assert burst == 2.5
    cap = float(slot_cap(1_000, 0.95, 4.0, 1.0))
    assert cap < slot_cap(1_000, 0.95)
    assert wait_probability(1_000, cap, 0.0, 4.0, 1.0) == pytest.approx(0.05, rel=0.25)


def test_the_rule_joins_the_exact_figure():
    below, above = slot_cap([499, 500], 0.99, 2.0, 1.0)
    assert above == pytest.approx(below, rel=0.01)


def test_large_pools_run_fuller():
    cap = slot_cap(np.array([10, 100, 1_000, 10_000]), 0.99)
    assert np.all(np.diff(cap) > 0)
    assert cap[-1] > 0.97
    with pytest.raises(ValueError, match="percentile must"):
        slot_cap(10, 1.0)
    with pytest.raises(ValueError, match="servers must"):
        slot_cap(0, 0.9)
