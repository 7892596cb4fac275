"""`planner kernel calibrate` and `planner kernel validate`, called as the command line calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from kernels.facts import DATA
from planner.app.cli.kernel import app
from planner.core.errors import InstanceError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


FEW = ("ds-profile-prefill", "ds-profile-decode", "moreh-mi300x-512-sharegpt")


def few(folder: Path) -> Path:
    """A points file with both phases on two accelerators, and one point that cannot be evaluated."""
    points = json.loads((DATA / "measurements.json").read_text(encoding="utf-8"))
    chosen = [point for point in points if point["id"] in FEW]
    path = folder / "points.json"
    path.write_text(
        json.dumps([*chosen, {"id": "mixed-one", "phase": "mixed", "tier": "A"}]), encoding="utf-8"
    )
    return path


def test_validate_prints_nothing_but_json(tmp_path: Path) -> None:
    found = json.loads(run("validate", str(few(tmp_path)), "--json").stdout)
    assert found["summary"]["all"]["points"] == len(found["points"]) == len(FEW)
    assert [one["id"] for one in found["not_evaluated"]] == ["mixed-one"]
    row = found["points"][0]
    ratio = row["predicted_tokens_per_s_per_gpu"] / row["measured_tokens_per_s_per_gpu"]
    assert ratio == pytest.approx(row["ratio"], abs=1e-3)


def test_validate_prints_tables(tmp_path: Path) -> None:
    shown = run("validate", str(few(tmp_path))).stdout
    assert "ds-profile-decode" in shown
    assert "count output tokens alone" in shown


def test_calibrate_writes_a_file_that_validate_reads(tmp_path: Path) -> None:
    points, out = few(tmp_path), tmp_path / "efficiencies.yaml"
    assert run("calibrate", str(points), "--out", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("# Written by `planner kernel calibrate`")
    found = json.loads(run("validate", str(points), "--efficiencies", str(out), "--json").stdout)
    assert found["summary"]["all"]["median"] < 0.02


def test_held_out_errors_are_larger(tmp_path: Path) -> None:
    points = str(few(tmp_path))
    seen, unseen = (
        json.loads(run("validate", points, "--json", *more).stdout) for more in ((), ("--held-out",))
    )
    assert unseen["summary"]["all"]["median"] > seen["summary"]["all"]["median"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("[1]", "list of objects"), ("{", "not JSON"), ('[{"id": "x"}]', "no point here")],
)
def test_bad_files_are_one_clear_fault(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "points.json"
    path.write_text(content, encoding="utf-8")
    found = run("calibrate", str(path), "--out", str(tmp_path / "out.yaml"))
    assert isinstance(found.exception, InstanceError)
    assert message in str(found.exception)


def test_missing_files_are_one_clear_fault(tmp_path: Path) -> None:
    assert "cannot read" in str(run("validate", str(tmp_path / "none.json")).exception)
    faulty = run("validate", str(few(tmp_path)), "--efficiencies", str(tmp_path / "none.yaml"))
    assert isinstance(faulty.exception, InstanceError)


def test_terms_are_predicted_beside_measured() -> None:
    """A total must not be right by errors that cancel: every kind of kernel stands by itself."""
    found = json.loads(run("terms", "--json").stdout)
    assert len(found["terms"]) == sum(kind["terms"] for kind in found["kinds"].values()) > 500
    assert set(found["kinds"]) >= {"gemm", "decode attention", "prefill attention", "experts", "decode layer"}
    for kind, errors in found["kinds"].items():
        assert errors["median"] <= 0.15, kind
    assert "layer GEMMs" in run("terms").stdout
