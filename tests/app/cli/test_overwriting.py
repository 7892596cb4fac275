"""No verb writes over a file that it reads, by whatever name and however it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.core.errors import InstanceError
from planner.core.overwriting import refuse_overwriting
from tests.app.cli.commands import run_here

if TYPE_CHECKING:
    from pathlib import Path

INIT = ("init", "--model", "qwen3-32b", "--hardware", "h200", "--price", "h200=3", "--force")
VERBS = [
    (("import", "demand", "SOURCE", "--out", "SOURCE"), "s.csv"),
    (("import", "demand", "SOURCE", "--out", "a.csv"), "a.lengths.csv"),
    (("forecast", "SOURCE", "--out", "SOURCE"), "s.csv"),
    (("import", "rates", "SOURCE", "--out", "SOURCE"), "s.json"),
    ((*INIT, "--from-csv", "SOURCE", "--out", "s.yaml"), "s.csv"),
    ((*INIT, "--from-log", "SOURCE", "--out", "s.yaml"), "s.lengths.csv"),
    (("catalog", "import-model", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("kernel", "calibrate", "SOURCE", "--out", "SOURCE"), "s.json"),
    (("kernel", "calibrate", "--mine", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("report", "SOURCE", "--html", "SOURCE"), "plan.json"),
    (("export", "SOURCE", "--focus", "SOURCE"), "plan.json"),
    (("sweep", "SOURCE", "--out", "SOURCE"), "s.yaml"),
    (("solve", "SOURCE", "--certificate", "SOURCE"), "s.yaml"),
    (("backtest", "SOURCE", "--history", "h.csv", "--out", "SOURCE"), "s.yaml"),
]


@pytest.mark.parametrize(
    ("verb", "name"), VERBS, ids=[" ".join(verb[:2]) + f" {name}" for verb, name in VERBS]
)
def test_what_is_read_is_never_written_over(
    verb: tuple[str, ...], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("what was there\n")
    done = run_here(*(word.replace("SOURCE", name) for word in verb))
    assert done.returncode == 3, done.stderr
    assert f"{name}: is read, and would be written over" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "what was there\n"


def test_a_file_is_known_by_a_link_to_it_too(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(InstanceError, match="would be written over"):
        refuse_overwriting([tmp_path / "there"], [tmp_path / "link"])
    refuse_overwriting([tmp_path / "there", None], [tmp_path / "another", None])
    refuse_overwriting([tmp_path], [tmp_path])  # tables go into the folder of the plan that they are of
