"""Verbs with a handful of solves: side by side they say what they say one after another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.cli.commands import run_here as run

if TYPE_CHECKING:
    from pathlib import Path

TINY = "instances/tiny.yaml"
QUESTIONS = {
    "alternatives": (TINY, "--slack", "20%", "--gap", "0"),
    "compare": ("{dearer}", TINY),
    "deferral": ("{waiting}", "--gap", "0"),
    "worth": ("{uncertain}", "--gap", "0"),
}
RUN_BY_RUN = {"seconds", "solver", "versions"}  # who won the race, and how fast


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Tiny instances that the verbs need."""
    waiting = {"workloads": {"chat": {"deferral": {"deadline_hours": 2}}}}
    uncertain = {
        "scenarios": {"low": {"probability": 0.5, "demand_scale": 0.8}, "high": {"probability": 0.5}}
    }
    dearer = {"fleet": {"h800": {"rent": {"price_usd_per_gpu_hour": 3.0}}}}
    written = {}
    for name, change in (("waiting", waiting), ("uncertain", uncertain), ("dearer", dearer)):
        target = tmp_path / f"{name}.yaml"
        target.write_text(json.dumps(changed(tiny(), change)))
        written[name] = str(target)
    return written


def tiny() -> dict[str, Any]:
    """The tiny instance as data."""
    import yaml

    with open(TINY, encoding="utf-8") as file:
        read: dict[str, Any] = yaml.safe_load(file)
    return read


def changed(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Data with a change inside."""
    for key, value in change.items():
        data[key] = changed(data.get(key) or {}, value) if isinstance(value, dict) else value
    return data


def figures(told: Any) -> Any:
    """What was told, without what differs from run to run."""
    if isinstance(told, dict):
        return {key: figures(value) for key, value in told.items() if key not in RUN_BY_RUN}
    if isinstance(told, list):
        return [figures(value) for value in told]
    return round(told, 6) if isinstance(told, float) else told


@pytest.mark.parametrize("verb", sorted(QUESTIONS))
def test_side_by_side_says_the_same(verb: str, files: dict[str, str]) -> None:
    words = [word.format(**files) for word in QUESTIONS[verb]]
    alone, together = (run(verb, *words, "--json", *more) for more in ((), ("--workers", "2")))
    assert alone.returncode == together.returncode == 0, alone.stderr + together.stderr
    one, two = (figures(json.loads(done.stdout)) for done in (alone, together))
    assert two == one


def test_a_scheduler_needs_dask() -> None:
    done = run("worth", "instances/scenarios.yaml", "--scheduler", "tcp://localhost:1")
    assert done.returncode == 2
    assert "--scheduler needs --executor dask" in done.stderr
