"""`planner sweep` killed by SIGKILL and started again: it goes on where it was and repeats nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[3]
CASES = 30
SPEC = f"""
version: 1
instance: {ROOT / "instances" / "deepseek_day.yaml"}
design: latin_hypercube
cases: {CASES}
inputs:
  workloads.chat.demand.scale: {{low: 0.7, high: 1.4}}
  fleet.h800.rent.price_usd_per_gpu_hour: {{low: 0.5, high: 2, relative: true}}
"""


def command(folder: Path) -> list[str]:
    program = "from planner.app.cli.entry import main; main()"
    arguments = [
        "sweep",
        str(folder / "spec.yaml"),
        "--out",
        str(folder / "t.csv"),
        "--workers",
        "1",
        "--quiet",
    ]
    return [sys.executable, "-c", program, *arguments]


def keys(journal: Path) -> list[str]:
    whole = [line for line in journal.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line)["key"] for line in whole]


def test_killed_and_started_again_it_repeats_nothing(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    journal = tmp_path / "t.csv.journal.jsonl"
    host = subprocess.Popen(command(tmp_path), cwd=ROOT, start_new_session=True)
    while not journal.exists() or len(keys(journal)) < 5:
        assert host.poll() is None
        time.sleep(0.02)
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
    before = keys(journal)
    assert 5 <= len(before) < CASES

    subprocess.run(command(tmp_path), cwd=ROOT, check=True, timeout=120)
    after = keys(journal)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == CASES
    table = pd.read_csv(tmp_path / "t.csv")
    assert table["case"].tolist() == list(range(CASES))
    assert (table["status"] == "optimal").all()

    finished = journal.read_bytes(), (tmp_path / "t.csv").read_bytes()
    subprocess.run(command(tmp_path), cwd=ROOT, check=True, timeout=120)
    assert (journal.read_bytes(), (tmp_path / "t.csv").read_bytes()) == finished
