"""Times of plans over a change of clocks: each row at its own offset, in every form, and read back."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pandas as pd
import yaml

import planner
from planner.view.exports import export
from planner.view.pictures.frames import demand_frame, held_frame
from tests.examples import plain
from tests.market.in_process import solve_here

if TYPE_CHECKING:
    from pathlib import Path

BACK = {"start": "2026-10-25T01:00+02:00", "periods": 4, "timezone": "Europe/Berlin"}
LABELS = [f"2026-10-25T{time}" for time in ("01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00")]
DEMAND = {"input_tokens_per_s": [1500, 900, 2500, 700], "output_tokens_per_s": [350, 150, 500, 150]}


def test_rows_have_the_offset_of_their_hour_and_are_read_back(tmp_path: Path) -> None:
    data = plain({"horizon": BACK, "workloads.chat.demand": DEMAND})
    instance = planner.from_dict(data)
    plan = solve_here(instance)
    export(plan, "csv", tmp_path / "out")
    with (tmp_path / "out" / "hours.csv").open() as stream:
        times = [row["period"] for row in csv.DictReader(stream)]
    assert times == LABELS == instance.labels()
    for frame in (plan.frame("hours"), held_frame(plan)[:4], demand_frame(instance)[:4]):
        assert [at.isoformat(timespec="minutes") for at in frame["period"]] == LABELS
        assert (np.diff(frame["period"]) == pd.Timedelta(hours=1)).all()

    rows = zip(times, *DEMAND.values(), strict=True)
    (tmp_path / "d.csv").write_text("\n".join(["period,i,o", *(",".join(map(str, row)) for row in rows)]))
    data["workloads"]["chat"]["demand"] = {
        "csv": "d.csv",
        "input_tokens_per_s": "i",
        "output_tokens_per_s": "o",
    }
    again = planner.loads(yaml.safe_dump(data), tmp_path)
    assert list(again.workloads["chat"].demand.input_tokens_per_s) == DEMAND["input_tokens_per_s"]

    export(plan, "xlsx", tmp_path / "plan.xlsx", instance)
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "plan.xlsx")["Hourly plan"].values]
    assert cells == ["start", *LABELS]


def test_a_plan_without_its_question_tells_the_same_moments() -> None:
    plan = solve_here(planner.from_dict(plain({"horizon": BACK, "workloads.chat.demand": DEMAND})))
    bare = type(plan).from_dict({**plan.to_dict(), "question": {}})
    assert [at.to_pydatetime() for at in bare.frame("hours")["period"]] == list(
        map(datetime.fromisoformat, LABELS)
    )
