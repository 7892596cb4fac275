"""A plan against usage that was made from it with known changes: exactly those are found, by cause and period.

The plan: three hours of 6, 3 and 9 nodes; 6 are reserved at 10 USD an hour, 3 hired in the third hour at 16. In that
hour 3 nodes read 2,500 prompt tokens/s, and 6 answer with 500.
"""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.usage.bill_line import BillLine
from planner.optimize.pipeline import solve
from planner.study.tracking import track
from planner.study.tracking.planned import planned_course
from planner.view.exports.focus import focus
from tests.app.cli.commands import run_here
from tests.examples import small
from tests.model.test_scenarios import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.plan.plan import Plan

    Row = dict[str, str]
    Change = Callable[[list[Row]], None]

HOURS = ["2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", "2025-01-01T02:00:00Z", "2025-01-01T03:00:00Z"]
NOTHING = dict.fromkeys(("demand", "rate", "price", "failures", "decisions", "other"), 0.0)
DEMAND = "time,input_tokens_per_s,output_tokens_per_s\n"
PLANNED = [(1500, 350), (900, 150), (2500, 500)]


@cache
def planned() -> Plan:
    return solve(small(), EXACT)


def hired(rows: list[Row], hour: int) -> Row:
    """The line of what is hired in an hour; one like those of other hours where there is none."""
    for row in rows:
        if row["ChargePeriodStart"] == HOURS[hour] and row["ResourceId"] == "h800/rent":
            return row
    like = next(row for row in rows if row["ResourceId"] == "h800/rent")
    made = {**like, "ChargePeriodStart": HOURS[hour], "ChargePeriodEnd": HOURS[hour + 1]}
    rows.append(made | dict.fromkeys(("EffectiveCost", "ConsumedQuantity", "PricingQuantity"), "0"))
    return rows[-1]


def add(row: Row, nodes: float, usd: float) -> None:
    for key, more in (("EffectiveCost", usd), ("ConsumedQuantity", nodes), ("PricingQuantity", nodes)):
        row[key] = str(float(row[key]) + more)


def more_hired(hour: int, nodes: float) -> Change:
    return lambda rows: add(hired(rows, hour), nodes, 16.0 * nodes)


def dearer(rows: list[Row]) -> None:
    add(hired(rows, 2), 0.0, 0.1 * 48.0)


def one_more_reserved(rows: list[Row]) -> None:
    for hour in range(3):
        row = dict(next(row for row in rows if row["CommitmentDiscountStatus"] == "Used"))
        times = {"ChargePeriodStart": HOURS[hour], "ChargePeriodEnd": HOURS[hour + 1]}
        idle = {"CommitmentDiscountStatus": "Unused", "EffectiveCost": "10", "ConsumedQuantity": ""}
        rows.append({**row, **times, **idle, "PricingQuantity": "1"})


def usage(
    folder: Path, *changes: Change, demand: dict[int, float] | None = None, down: str = ""
) -> list[str]:
    """Options for files made from the plan: its bill changed, its demand by hour times a factor, nodes down."""
    rows: list[Row] = list(csv.DictReader(io.StringIO(focus(planned(), small()))))
    for change in changes:
        change(rows)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (folder / "bill.csv").write_text(stream.getvalue())
    factors = [(demand or {}).get(hour, 1.0) for hour in range(3)]
    lines = [
        f"{HOURS[h]},{i * f},{o * f}\n" for h, ((i, o), f) in enumerate(zip(PLANNED, factors, strict=True))
    ]
    (folder / "tokens.csv").write_text(DEMAND + "".join(lines))
    (folder / "plan.json").write_text(json.dumps(planned().to_dict()))
    files = ["bill.csv", "tokens.csv"]
    if down:
        (folder / "down.csv").write_text(f"time,hardware,nodes_down\n{down}")
        files.append("down.csv")
    return [word for name in files for word in ("--usage", str(folder / name))]


def tracked(folder: Path, *changes: Change, **more: Any) -> dict[str, Any]:
    files = usage(folder, *changes, **more)
    done = run_here("track", str(folder / "plan.json"), *files, "--no-optimum", "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


ONE_DOWN = f"{HOURS[0]},h800,1\n{HOURS[1]},h800,0\n{HOURS[2]},h800,0\n"
CHANGES: dict[str, tuple[dict[str, Any], list[Change], dict[str, float]]] = {
    "none": ({}, [], {}),
    "price": ({}, [dearer], {"price": 4.8}),
    "demand": ({"demand": {2: 4 / 3}}, [more_hired(2, 3)], {"demand": 48.0}),
    "demand, served by the same nodes": ({"demand": {2: 4 / 3}}, [], {"demand": 48.0, "rate": -48.0}),
    "less demand, nodes given back": ({"demand": {2: 2 / 3}}, [more_hired(2, -3)], {"demand": -48.0}),
    "rate": ({}, [more_hired(1, 1)], {"rate": 16.0}),
    "failures": ({"down": ONE_DOWN}, [more_hired(0, 1)], {"failures": 16.0}),
    "decisions": ({}, [one_more_reserved], {"decisions": 30.0}),
    "all of them": (
        {"demand": {2: 4 / 3}, "down": ONE_DOWN},
        [dearer, more_hired(2, 3), more_hired(1, 1), more_hired(0, 1), one_more_reserved],
        {"price": 4.8, "demand": 48.0, "rate": 16.0, "failures": 16.0, "decisions": 30.0},
    ),
}


def test_the_plan_is_the_one_above() -> None:
    assert {(one.channel, one.first): one.nodes for one in planned().holdings} == {
        ("reserve", 0): 6,
        ("rent", 2): 3,
    }


def test_what_is_hired_has_no_price_before_it_can_be_had() -> None:
    instance = small({"fleet.h800.rent.lead_time_hours": 1.0})
    price = planned_course(solve(instance, EXACT), instance).price["h800", "rent"]
    np.testing.assert_array_equal(price, [np.nan, 16.0, 16.0])


@pytest.mark.parametrize("name", CHANGES)
def test_exactly_the_known_changes_are_found(name: str, tmp_path: Path) -> None:
    more, changes, causes = CHANGES[name]
    told = tracked(tmp_path, *changes, **more)
    assert told["planned_cost"] == pytest.approx(planned().cost)
    assert told["by_cause"] == pytest.approx(NOTHING | causes, abs=1e-6)
    assert told["actual_cost"] - told["planned_cost"] == pytest.approx(sum(causes.values()))


def test_the_optimum_of_what_happened_and_what_to_change(tmp_path: Path) -> None:
    """A third more in the third hour is 12 nodes: 6 reserved and 6 hired, 276 USD. A plan for it would cost no less."""
    files = usage(tmp_path, more_hired(2, 3), more_hired(1, 1), demand={2: 4 / 3})
    page, table = tmp_path / "t.html", tmp_path / "t.csv"
    wanted = ("--json", "--gap", "0", "--html", str(page), "--out", str(table))
    done = run_here("track", str(tmp_path / "plan.json"), *files, *wanted)
    told = json.loads(done.stdout)
    assert told["hindsight"]["as_it_went"] == pytest.approx(276 + 16)
    assert told["hindsight"]["with_signed"]["cost"] == pytest.approx(276)
    assert told["hindsight"]["free"]["cost"] == pytest.approx(276)
    assert "nothing is left to change" in told["from_here"]["none"]
    text = page.read_text()
    assert "292.00 USD instead of 228.00" in text
    assert "default-src &#39;none&#39;" in text
    rows = list(csv.DictReader(table.open()))
    assert [float(row["difference"]) for row in rows] == pytest.approx([0.0, 16.0, 48.0])


def test_the_rest_is_planned_anew_with_demand_off_by_as_much(tmp_path: Path) -> None:
    """A third more in two hours: the third is planned for 4 units of each kind, where 3 were: 3 nodes, as may move."""

    def two_hours(rows: list[Row]) -> None:
        rows[:] = [
            row for row in rows if row["ChargePeriodStart"] < HOURS[2] and row["ChargeCategory"] == "Usage"
        ]

    files = usage(tmp_path, two_hours, demand={0: 4 / 3, 1: 4 / 3})
    done = run_here("track", str(tmp_path / "plan.json"), *files, "--json", "--max-nodes-moved", "3")
    told = json.loads(done.stdout)
    assert told["from_here"]["most_nodes_moved"] == 3
    assert (told["periods"], told["planned_cost"]) == (2, pytest.approx(120))
    assert told["from_here"]["demand_over_planned"]["chat"] == pytest.approx(4 / 3)
    assert told["from_here"]["changes"] == [
        {"unit": kind, "period": "2025-01-01T02:00+00:00", "planned": 3, "now": 4}
        for kind in ("decode", "prefill")
    ]
    # as it went: two hours of 6 reserved nodes, the third as planned
    assert told["hindsight"]["as_it_went"] == pytest.approx(planned().cost)


TWO_KINDS = {
    "hardware.b": {"gpus_per_node": 8},
    "hardware.a": {"gpus_per_node": 8},
    "workloads.chat.demand": {"requests_per_s": [4, 4]},
    "horizon.periods": 2,
    "deployments": [{"name": "unit", "role": "request", "nodes": 1, "rate_requests_per_s": {"chat": 1}}],
    "fleet": {
        "a": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0, "max_nodes": 3}},
        "b": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.5, "max_nodes": 3}},
    },
}


def test_units_moved_to_other_hardware_were_decided() -> None:
    """3 nodes of a and one of b by plan; 2 and 2 ran in the first hour: 0.5 USD for no reason but a decision."""
    instance = small(TWO_KINDS)
    begin = instance.horizon.start.timestamp()
    lines = [
        BillLine(begin + 3600 * hour, begin + 3600 * (hour + 1), nodes * usd, name, "rent", "", nodes, True)
        for hour, counts in enumerate(((2, 2), (3, 1)))
        for name, nodes, usd in zip("ab", counts, (1.0, 1.5), strict=True)
    ]
    found = track(solve(instance, EXACT), instance, lines)
    assert found.by_cause == pytest.approx(NOTHING | {"decisions": 0.5})


def test_what_cannot_be_compared_is_refused_at_once(tmp_path: Path) -> None:
    files = usage(tmp_path)
    plan = str(tmp_path / "plan.json")
    other = (tmp_path / "bill.csv").read_text().replace("2025-01", "2026-01")
    (tmp_path / "other.csv").write_text(other)
    done = run_here("track", plan, "--usage", str(tmp_path / "other.csv"), "--no-optimum")
    assert "no period of it lies within" in done.stderr
    assert "no file is a bill" in run_here("track", plan, *files[2:]).stderr
    twice = run_here("track", plan, *files, *files[:2])
    assert (twice.returncode, "is named twice" in twice.stderr) == (3, True)
    staged = small({"stages": {"first": {"years": 1.0}}})
    with pytest.raises(InstanceError, match="of another instance"):
        track(planned(), small({"horizon.start": "2025-01-02T00:00+00:00"}), [])
    with pytest.raises(InstanceError, match="stages or scenarios"):
        track(solve(staged, EXACT), staged, [])
