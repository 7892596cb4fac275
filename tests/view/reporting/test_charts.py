"""Charts: round axes, honest columns, inert texts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.view.reporting.charts.axes import short, ticks, time_ticks
from planner.view.reporting.charts.series import ChartSeries, Columns, fold
from planner.view.reporting.charts.steps import StepChart
from planner.view.reporting.charts.waterfall import waterfall


def labels(count: int) -> list[str]:
    start = datetime.fromisoformat("2025-01-01T00:00+00:00")
    return [(start + timedelta(hours=hour)).isoformat(timespec="minutes") for hour in range(count)]


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 1e15))
def test_ticks_are_few_even_and_reach_the_top(top: float) -> None:
    marks = ticks(top)
    assert marks[0] == 0.0
    assert marks[-1] >= top * (1 - 1e-6)
    assert 2 <= len(marks) <= 7
    assert np.diff(marks) == pytest.approx([marks[1]] * (len(marks) - 1))


def test_short_figures() -> None:
    assert [short(value) for value in (0, 0.25, 950, 1500, 2.5e6)] == ["0", "0.25", "950", "1.5k", "2.5M"]


def test_a_year_of_hours_is_drawn_in_days_with_mean_and_peak() -> None:
    columns = Columns.of(labels(8_760), 1.0)
    assert (columns.step, len(columns.labels)) == (24, 365)
    hours = np.tile(np.arange(24.0), 365)
    assert columns.mean(hours) == pytest.approx([11.5] * 365)
    assert columns.highest(hours) == pytest.approx([23.0] * 365)
    assert "24 hours" in columns.note(1.0)
    assert len(time_ticks(columns, 10)) <= 10


def test_a_last_column_that_is_not_full_is_a_mean_all_the_same() -> None:
    columns = Columns.of(labels(8_750), 1.0)
    assert columns.mean(np.full(8_750, 3.0)) == pytest.approx([3.0] * 365)


def test_days_keep_every_hour() -> None:
    columns = Columns.of(labels(24), 1.0)
    assert columns.step == 1
    assert columns.note(1.0) == ""


def test_folding_keeps_the_total() -> None:
    rows = [ChartSeries(f"s{place}", np.full(3, float(place)), place) for place in range(20)]
    kept = fold(rows, 8)
    assert len(kept) == 8
    assert sum(one.values.sum() for one in kept) == sum(one.values.sum() for one in rows)
    assert kept[-1].name == "13 others"


def test_a_stack_ends_where_its_values_end() -> None:
    columns = Columns.of(labels(2), 1.0)
    areas = (ChartSeries("one", np.array([1.0, 3.0]), 0), ChartSeries("two", np.array([1.0, 1.0]), 1))
    chart = StepChart("c", "title", "nodes", columns, areas=areas)
    assert chart.top == 4.0
    drawn = str(chart.draw(400, 226))
    paths = re.findall(r'd="M([\d.]+),([\d.]+)H', drawn)
    floor, roof = 200.0, 12.0
    assert float(paths[1][1]) == pytest.approx(floor - (floor - roof) * 2.0 / 4.0, abs=0.1)


def test_texts_are_escaped_everywhere() -> None:
    bad = "<script>\"'&"
    columns = Columns.of(labels(3), 1.0)
    rows = (ChartSeries(bad, np.ones(3), 0, "hatched"),)
    chart = StepChart("c", bad, bad, columns, areas=rows, lines=rows)
    drawn = str(chart.draw(400)) + str(chart.legend(400, 200)) + str(waterfall([(bad, 5.0)], 5.0, bad, 400))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_waterfall_steps_back_for_a_credit() -> None:
    drawn = str(waterfall([("hire", 100.0), ("lending", -40.0)], 60.0, "cost", 900))
    bars = re.findall(r'<rect class="fill(\d)" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawn)
    (_, x_hire, hire), (hue, x_lent, lent), (_, x_total, total) = bars
    assert hue == "2"
    assert float(lent) == pytest.approx(0.4 * float(hire), abs=0.2)
    assert float(x_lent) == pytest.approx(float(x_hire) + float(total), abs=0.2)
    assert x_total == x_hire
