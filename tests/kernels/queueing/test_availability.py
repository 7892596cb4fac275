"""Spares by binomial tail, verified by simulation of failures and repairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from kernels.queueing import (
    availability,
    failure_facts,
    linear_spares,
    node_unavailability,
    spares,
    unit_unavailability,
)
from kernels.queueing.availability import UNREACHABLE


def test_hand_worked():
    # one failure a year of 87.6 hours: 1 % odds
    assert node_unavailability(1.0, 87.6) == pytest.approx(0.01 / 1.01)
    assert node_unavailability([1.0, 1.0], [43.8, 43.8]) == pytest.approx(0.01 / 1.01)
    assert unit_unavailability(2, 0.1) == pytest.approx(0.19)
    # one unit at 90 %: 0.9, with one spare 0.99, with two 0.999
    assert availability(1, [0, 1, 2], 0.1) == pytest.approx([0.9, 0.99, 0.999])
    assert spares(1, 0.1, [0.9, 0.95, 0.99, 0.995]).tolist() == [0, 1, 1, 2]
    assert spares([0, 5], [0.5, 0.0], 0.999).tolist() == [0, 0]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.floats(1e-5, 0.4), st.floats(0.5, 0.99999))
def test_spares_are_the_fewest(units, down, target):
    extra = int(spares(units, down, target))
    assert binom.cdf(extra, units + extra, down) >= target - 1e-12
    if extra:
        assert binom.cdf(extra - 1, units + extra - 1, down) < target


def test_wide_units_are_lost_whole():
    node = float(node_unavailability(7.8, 24.0))
    wide, narrow = float(unit_unavailability(18, node)), float(unit_unavailability(1, node))
    assert wide > 15 * narrow
    assert 18 * spares(9, wide, 0.999) > spares(9 * 18, narrow, 0.999)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.floats(1e-4, 0.3), st.floats(0.9, 0.9999))
def test_line_is_never_below_and_touches(most, down, target):
    line = linear_spares(most, down, target)
    units = np.arange(1, most + 1)
    excess = line.fixed + line.per_unit * units - spares(units, down, target)
    assert excess.min() == pytest.approx(0.0, abs=1e-9)
    # no line through two of the points that is also above all of them has a smaller sum
    assert np.sum(np.abs(excess) < 1e-9) >= min(2, most)
    assert excess.mean() <= 1.0 + 0.1 * spares(most, down, target)


def test_failures_and_repairs_leave_the_target_standing():
    """Alternating exponential up and down times of 4-node units: the share of time with enough up."""
    rng = np.random.default_rng(5)
    failures, repair_hours, nodes, needed, target = 7.8, 24.0, 4, 12, 0.99
    down = float(unit_unavailability(nodes, node_unavailability(failures, repair_hours)))
    extra = int(spares(needed, down, target))
    assert extra > 0

    def share_up(units, hours=4_000_000.0, step=6.0):
        samples = int(hours / step)
        up = np.ones((samples, units), dtype=bool)
        for unit in range(units):
            for _ in range(nodes):
                cycles = int(1.1 * hours / (8760.0 / failures + repair_hours)) + 50
                lengths = np.empty(2 * cycles)
                lengths[0::2] = rng.exponential(8760.0 / failures, cycles)
                lengths[1::2] = rng.exponential(repair_hours, cycles)
                change = np.cumsum(lengths)
                state = np.searchsorted(change, np.arange(samples) * step) % 2
                up[:, unit] &= state == 0
        return np.mean(up.sum(axis=1) >= needed)

    assert share_up(needed + extra) >= target - 0.002
    assert share_up(needed + extra - 1) < target


def test_domain():
    with pytest.raises(ValueError, match="spares need"):
        spares(5, 1.1, 0.9)
    with pytest.raises(ValueError, match="no number of spares"):
        linear_spares(3, 1.0, 0.9)
    with pytest.raises(ValueError, match=">= 0"):
        node_unavailability(-1.0, 2.0)
    with pytest.raises(ValueError, match="most"):
        linear_spares(0, 0.1, 0.9)


def test_no_number_of_spares_is_a_number_too():
    """Nodes that are always down, and more machines than any promise is worth; large pools have more to spare."""
    assert spares([0, 1, 5], 1.0, 0.9).tolist() == [0, UNREACHABLE, UNREACHABLE]
    assert spares(10_000, 0.999, 0.9) == UNREACHABLE
    assert spares(10, [0.0, 0.5], 1.0).tolist()[0] == 0
    assert spares(2_000_000, 0.1, 0.999) == pytest.approx(2_000_000 / 9.0, rel=0.01)
    assert unit_unavailability(4, 1.0) == 1.0


def test_default_facts_have_sources():
    facts = failure_facts()
    assert facts.failures_per_node_year > 1.0
    assert facts.repair_hours > 0.0
    assert "arXiv" in facts.source
