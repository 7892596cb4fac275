"""Published points kept out of every fit, so that a refit is judged by something it cannot have bent to.

`unseen_points.json` holds disaggregated runs of DeepSeek-R1 from the InferenceX table in
ai-dynamo/aiconfigurator@095f58a (silicon_sample.csv) that the shipped points leave out. A row gives
concurrency c, output length o, TTFT and TPOT; the decode units write c o / (TTFT + TPOT (o - 1)) tokens/s
and hold c (o - 1) TPOT / (TTFT + TPOT (o - 1)) requests. Rows with fewer than three requests per GPU are
left out here as there: the table does not tell whether drafts were used, and there they decide the rate.
Four variants of the fit that ships were judged on these points before one was taken.
"""

from __future__ import annotations

import json
from pathlib import Path

from kernels.calibration.validation import validate
from kernels.facts import DATA

UNSEEN = json.loads((Path(__file__).parent / "unseen_points.json").read_text(encoding="utf-8"))


def test_no_unseen_point_ships_with_the_package() -> None:
    shipped = {entry["id"] for entry in json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))}
    names = [entry["id"] for entry in UNSEEN]
    assert len(set(names)) == len(names) == 54
    assert not shipped & set(names)


def test_unseen_points_are_predicted_within_the_bar() -> None:
    found = validate(UNSEEN)
    assert not found.skipped
    errors = found.summary()["all"]
    assert errors["points"] == 54
    assert errors["median"] <= 0.08
    assert errors["p90"] <= 0.24
