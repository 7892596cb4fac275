"""Pooling against the bootstrap over ServeGen's steady API customers, and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.queueing import pooled_peak
from planner.instance.customers import CustomerClass

# peak hour 1.42 times the mean, coefficient of variation 0.30: close to what 10,000 pooled customers show
DAY = 1.0 + 0.42 * np.cos(2.0 * np.pi * np.arange(24) / 24.0)
STEADY, ALL = 9.0, 300.0


@pytest.mark.parametrize(
    ("customers", "published", "tolerance"),
    [(100, 3.64, 0.06), (300, 2.17, 0.15), (1_000, 1.81, 0.06), (3_000, 1.56, 0.06), (10_000, 1.50, 0.03)],
)
def test_steady_api_customers(customers, published, tolerance):
    assert pooled_peak(customers, STEADY, DAY).peak_to_mean == pytest.approx(published, rel=tolerance)


@pytest.mark.parametrize(
    ("customers", "published", "tolerance"),
    [(100, 18.0, 0.16), (300, 8.04, 0.16), (1_000, 4.86, 0.16), (3_000, 3.39, 0.11), (10_000, 2.56, 0.03)],
)
def test_all_clients_of_servegen(customers, published, tolerance):
    """What is planned with where nobody says otherwise (p99.9 of ten minutes)."""
    assert CustomerClass(count=customers).burstiness_scv == ALL
    assert pooled_peak(customers, ALL, DAY).peak_to_mean == pytest.approx(published, rel=tolerance)


def test_the_two_sayings():
    few, many = pooled_peak(100, STEADY, DAY), pooled_peak(10_000, STEADY, DAY)
    assert 3.0 <= few.peak_to_mean <= 5.0  # "100 customers need 3 to 5 times"
    assert (
        many.independent < 1.3
    )  # "10,000 need 30 % extra": over the day's predictable peak, not over its mean
    assert many.peak_to_mean > 1.3
    assert few.predictable == many.predictable == pytest.approx(1.42)


def test_parts_multiply_and_the_shape_does_not_pool():
    pool = pooled_peak(1_000_000, STEADY, DAY)
    assert pool.peak_to_mean == pytest.approx(pool.predictable * pool.independent)
    assert pool.peak_to_mean == pytest.approx(DAY.max(), rel=0.02)


def test_one_customer_is_a_log_normal():
    sigma = np.sqrt(np.log1p(0.5))
    expected = np.exp(2.3263 * sigma - sigma**2 / 2)
    assert pooled_peak(1, 0.5, quantile=0.99).peak_to_mean == pytest.approx(expected, rel=0.01)


def test_a_mix_lies_between_its_classes_and_a_giant_dominates():
    calm, wild = (pooled_peak(200, scv).peak_to_mean for scv in (0.5, 20.0))
    assert calm < pooled_peak([100, 100], [0.5, 20.0]).peak_to_mean < wild
    equal = pooled_peak(101, 2.0).peak_to_mean
    assert pooled_peak([100, 1], 2.0, size=[1.0, 100.0]).peak_to_mean > equal


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3_000), st.floats(0.1, 15.0), st.sampled_from([0.99, 0.999]))
def test_more_customers_need_less(customers, scv, quantile):
    fewer, more = (pooled_peak(n, scv, DAY, quantile).peak_to_mean for n in (customers, 2 * customers))
    assert more <= fewer * 1.01


@pytest.mark.parametrize("arguments", [(0, 1.0), (10, -1.0), (10, 1.0, [0.0, 0.0]), (10, 1.0, 1.0, 99.9)])
def test_domain(arguments):
    with pytest.raises(ValueError, match=r"pooling needs|quantile must"):
        pooled_peak(*arguments)
