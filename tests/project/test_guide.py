"""The guide beside the instances: what it shows is an instance that solves, and its commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import planner
from planner.app.cli.main import VERBS
from planner.loader import loads

INSTANCES = Path(__file__).parents[2] / "instances"
GUIDE = (INSTANCES / "README.md").read_text(encoding="utf-8")


def test_the_instance_of_the_guide_solves() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    instance = loads(text, INSTANCES)
    assert {hardware: set(channels) for hardware, channels in instance.fleet.items()} == {
        "h100": {"aws", "nebius"},
        "h200": {"aws", "nebius"},
    }
    plan = planner.solve(instance)
    assert plan.usable
    assert planner.check(instance, plan).passed


def test_its_files_and_verbs_are_there() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (INSTANCES / link).is_file(), link
    assert set(re.findall(r"planner ([a-z]+)", GUIDE)) <= set(VERBS)
