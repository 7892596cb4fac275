"""The verb that plans the rest anew: a day lived, and a day of which a part has come, both worked by hand.

Hired nodes alone, at 16 USD an hour: 6, 3 and 9 by plan. A third more comes in every hour, which takes 8, 4 and 12.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from planner.plan.plan import Plan
from planner.study.uncertainty import roll
from planner.study.uncertainty.drift import drift_at, remaining
from tests.app.cli.commands import run_here
from tests.examples import plain, small
from tests.model.test_scenarios import EXACT

if TYPE_CHECKING:
    from pathlib import Path

PLANNED = [(1500, 350), (900, 150), (2500, 500)]
PRICE_OF_MILLION = 100.0


def asked(folder: Path, hours: int, *options: str) -> dict[str, Any]:
    (folder / "day.yaml").write_text(json.dumps(plain({"fleet.h800.reserve": None})))
    rows = [
        f"2025-01-01T0{hour}:00Z,{reads * 4 / 3},{answers * 4 / 3}"
        for hour, (reads, answers) in enumerate(PLANNED[:hours])
    ]
    (folder / "came.csv").write_text("\n".join(["time,input_tokens_per_s,output_tokens_per_s", *rows]))
    shed = ("--shed-usd-per-million", str(PRICE_OF_MILLION))
    done = run_here(
        "roll", str(folder / "day.yaml"), "--came", str(folder / "came.csv"), *shed, "--json", *options
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def unserved(tokens_per_s: float) -> float:
    return tokens_per_s * 3600 * PRICE_OF_MILLION / 1e6


def test_a_day_lived_by_hand(tmp_path: Path) -> None:
    told = asked(tmp_path, 3, "--gap", "0")
    # nobody knew of it in the first hour: 400 of 466.7 tokens/s are answered, a seventh of all requests is not
    first = unserved((2000 + 350 * 4 / 3) / 7)
    # held, a sixth of the prompts of the second hour and a tenth of all in the third are not served either
    held = first + unserved((1200 + 200) / 6) + unserved((2500 + 500) * 4 / 3 / 10)
    costs = {name: one["cost"] for name, one in told["costs"].items()}
    assert costs == pytest.approx(
        {
            "as planned": 16 * 18,
            "first plan held": 16 * 18 + held,
            "rolled": 16 * 22 + first,
            "in hindsight": 16 * 24,
        }
    )
    assert [step["drift"]["chat"] for step in told["steps"]] == pytest.approx([4 / 3, 4 / 3])
    # one more node reads from the second hour on; in the third another two answer
    assert told["churn"] == {
        "plans": 2,
        "plans_that_moved": 1,
        "nodes_moved": 3,
        "nodes_moved_at_most": 3,
        "without_plan": 0,
    }
    assert told["regret"] == pytest.approx(first + 16 * 22 - 16 * 24)


def test_what_is_left_of_a_day_is_planned_from_what_came(tmp_path: Path) -> None:
    told = asked(tmp_path, 2, "--max-nodes-moved", "3", "--out", str(tmp_path / "now"))
    assert (told["regret"], told["churn"]["nodes_moved_at_most"]) == (None, 3)
    assert [step["period"][11:16] for step in told["steps"]] == ["01:00", "02:00"]
    plan = Plan.from_dict(json.loads((tmp_path / "now" / "plan.json").read_text()))
    assert plan.periods == ("2025-01-01T02:00+00:00",)
    assert json.loads(json.dumps(plan.to_dict())) == told["from_here"]
    assert {unit.unit: unit.on for unit in plan.units} == {"decode": (4,), "prefill": (4,)}
    another = run_here(
        *("roll", str(tmp_path / "day.yaml"), "--came", str(tmp_path / "came.csv")),
        *("--shed-usd-per-million", "100", "--plan", str(tmp_path / "now")),
    )
    assert (another.returncode, "of another horizon" in another.stderr) == (3, True)
    needs = run_here("roll", str(tmp_path / "day.yaml"), "--came", str(tmp_path / "came.csv"))
    assert "--shed-usd-per-million" in needs.stderr


def test_lead_times_run_on_while_a_day_is_rolled() -> None:
    """What can be hired two hours after the beginning can be hired in the third hour, whenever that is planned."""
    instance = small(
        {
            "fleet.h800.rent.lead_time_hours": 2.0,
            "workloads.chat.shed_usd_per_million_tokens": PRICE_OF_MILLION,
        }
    )
    day = roll(instance, [1.0, 1.0, 1.0], options=EXACT)
    assert {one.channel: one.nodes for one in day.planned.holdings} == {"reserve": 6, "rent": 3}
    assert (day.regret, day.lived.cost) == (pytest.approx(0.0), pytest.approx(228.0))
    assert not any(step.no_plan for step in day.steps)


def test_each_series_drifts_by_itself_and_no_more_is_cached_than_read() -> None:
    stated = small({"workloads.chat.demand.cached_tokens_per_s": [1000, 600, 2000]})
    came = small(
        {
            "workloads.chat.demand": {
                "input_tokens_per_s": [1500, 450, 2500],
                "cached_tokens_per_s": [1000, 0, 2000],
                "output_tokens_per_s": [350, 300, 500],
            }
        }
    )
    demand = remaining(stated, 2, drift_at(stated, came, 1)).workloads["chat"].demand
    assert demand.input_tokens_per_s == (1250.0,)
    assert demand.cached_tokens_per_s == (0.0,)
    assert demand.output_tokens_per_s == (1000.0,)
    all_cached = drift_at(stated, came, 0) | {"chat": {"input_tokens_per_s": 0.5, "cached_tokens_per_s": 1.0}}
    assert remaining(stated, 2, all_cached).workloads["chat"].demand.cached_tokens_per_s == (1250.0,)
