"""Measured rates with a band: planned with at the quantile asked for, told with the band that is left."""

from __future__ import annotations

import pytest

import planner
from planner.rates.compute import compute_rates


def question(**deployment: object) -> dict[str, object]:
    return {
        "version": 1,
        "name": "band",
        "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": 1, "periods": 1},
        "workloads": {"w": {"demand": {"requests_per_s": 5}}},
        "deployments": [{"role": "request", "nodes": 1, "rate_requests_per_s": {"w": 10.0}, **deployment}],
        "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0}}},
    }


@pytest.mark.parametrize(("quantile", "factor"), [(0.5, 1.0), (0.1, 0.8), (0.9, 1.25)])
def test_the_quantile_of_the_instance_is_planned_with(quantile: float, factor: float) -> None:
    data = question(rate_band={"low": 0.8, "high": 1.25}) | {"rates": {"quantile": quantile}}
    rates = compute_rates(planner.from_dict(data))
    assert float(rates.rate[0, 0]) == pytest.approx(10.0 * factor)
    detail = rates.details[0]["w.request"]
    assert (detail.band_low, detail.band_high) == (pytest.approx(0.8 / factor), pytest.approx(1.25 / factor))
    assert rates.units[0].provenance == "measured, scaled"


def test_a_deployment_has_a_quantile_of_its_own_where_it_has_a_band() -> None:
    rates = compute_rates(
        planner.from_dict(question(rate_band={"low": 0.8, "high": 1.25}, rate_quantile=0.1))
    )
    assert float(rates.rate[0, 0]) == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate_quantile": 0.1}, "rate_quantile is for rates the kernel computes"),
        ({"rate_band": {"low": 1.1, "high": 1.2}}, "1.1 does not fit: write a number, above 0, 1 or less"),
        ({"rate_band": {"low": 0.9, "high": 0.95}}, "0.95 does not fit: write a number, 1 or more"),
    ],
)
def test_bands_that_are_none(change: dict[str, object], words: str) -> None:
    with pytest.raises(planner.InstanceError, match=words):
        planner.from_dict(question(**change))


def test_the_kernels_rates_have_bands_of_their_own() -> None:
    data = question() | {
        "deployments": [{"role": "colocated", "ep": 8, "rate_band": {"low": 0.9, "high": 1.1}}]
    }
    with pytest.raises(planner.InstanceError, match="rate_band is for measured rates"):
        planner.from_dict(data)
