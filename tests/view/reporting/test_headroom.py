"""Busy shares and room, worked by hand."""

from __future__ import annotations

import pytest

import planner
from planner.rates.compute import compute_rates
from planner.view.pictures.headroom import headroom_frame
from planner.view.reporting.service_table import service_rows
from tests.examples import small


def test_busy_shares_of_the_small_instance() -> None:
    """2 prefill units of 1,000 tokens/s serve 1,500: three quarters busy; 1 serves 900, 3 serve 2,500."""
    instance = small()
    frame = headroom_frame(instance, planner.solve(instance))
    shares = {role: part["busy_share"].tolist() for role, part in frame.groupby("role")}
    assert shares["prefill"] == pytest.approx([0.75, 0.9, 2.5 / 3])
    assert shares["decode"] == pytest.approx([350 / 400, 0.75, 500 / 600])
    assert (frame["limit_share"] == 1.0).all()


def test_room_is_what_could_be_served_more_at_the_tightest_hour() -> None:
    instance = small()
    rows = {row.work: row for row in service_rows(planner.solve(instance), instance, compute_rates(instance))}
    assert rows["chat.prefill"].room == pytest.approx(100 / 900)
    assert rows["chat.decode"].room == pytest.approx(50 / 350)
    assert rows["chat.prefill"].demand_peak == 2_500
    assert rows["chat.prefill"].shed_share == 0.0
    assert rows["chat.prefill"].slowest_tpot_ms is None
