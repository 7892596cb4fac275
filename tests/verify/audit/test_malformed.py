"""What is no plan is refused at the door of every verb, with its place, and never by a traceback."""

from __future__ import annotations

import copy
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.common import read_plan
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.plan.contents import SCHEMA_VERSION
from tests.examples import small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@cache
def record() -> dict[str, Any]:
    plan = planner.solve(small(), planner.SolveOptions(solver="highs", threads=1))
    return json.loads(json.dumps(plan.to_dict()))


def changed(*steps: object, value: object) -> bytes:
    data = copy.deepcopy(record())
    here: Any = data
    for step in steps[:-1]:
        here = here[step]
    here[steps[-1]] = value
    return json.dumps(data).encode()


def without(*steps: object) -> bytes:
    data = copy.deepcopy(record())
    here: Any = data
    for step in steps[:-1]:
        here = here[step]
    del here[steps[-1]]
    return json.dumps(data).encode()


TEXTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "1:1: not a plan: no JSON"),
    "a list": (lambda: b"[]", "a plan is a JSON object"),
    "not UTF-8": (lambda: b'{"a": "\xff"}', "byte 7 is not UTF-8"),
    "cut": (lambda: json.dumps(record()).encode()[:99], "no JSON"),
    "not a number": (lambda: changed("cost", value=float("nan")), "NaN is no number"),
    "infinite": (lambda: changed("cost", value=float("inf")), "Infinity is no number"),
    "beyond floats": (
        lambda: changed("cost", value=123456789.0).replace(b"123456789.0", b"1e999"),
        "cost: is inf",
    ),
    "too many digits": (lambda: b'{"cost": ' + b"9" * 5000 + b"}", "too many digits"),
    "a huge whole number": (
        lambda: changed("units", 0, "on", 0, value=10**300),
        "units[0].on[0]: is a whole",
    ),
    "deep": (lambda: b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
    "deep in the question": (
        lambda: changed("question", "x", value=json.loads("[" * 90 + "]" * 90)),
        "is nested deeper than 64 levels",
    ),
    "a key twice": (lambda: b'{"cost": 1, "cost": 2}', "'cost' is given twice"),
    "half a character": (
        lambda: changed("solver", value="\ud800"),
        "solver: is a text that UTF-8 cannot hold",
    ),
    "half a character in a key": (lambda: changed("summary", "\ud800", value=1), "is no key"),
    "missing": (lambda: without("served", 0, "phase"), "served[0].phase: is missing"),
    "missing at the top": (lambda: without("holdings"), "holdings: is missing"),
    "unknown": (lambda: changed("units", 0, "colour", value=1), "units[0].colour: is no key of this record"),
    "unknown at the top": (lambda: changed("colour", value=1), "colour: is no key of a plan"),
    "another version": (
        lambda: changed("schema_version", value=1),
        f"schema_version: is 1, this program reads {SCHEMA_VERSION}",
    ),
    "a text for a number": (lambda: changed("cost_terms", "hire", value="9"), "must be a number, not '9'"),
    "a flag for a number": (
        lambda: changed("units", 0, "nodes", value=True),
        "units[0].nodes: must be a number",
    ),
    "half a unit": (lambda: changed("units", 0, "on", 0, value=1.5), "units[0].on[0]: must be a whole"),
    "null for a list": (lambda: changed("units", value=None), "units: must be a list, not null"),
    "a list for a record": (lambda: changed("units", 0, value=[]), "units[0]: must be a table of keys"),
    "another status": (
        lambda: changed("status", value="fine"),
        "status: is 'fine', and must be one of optimal",
    ),
    "a series too short": (lambda: without("served", 0, "per_s", 0), "served[0].per_s: has 2 values"),
    "a period too far": (lambda: changed("holdings", 0, "last", value=99), "holdings[0].last: is 99"),
    "a period before the first": (lambda: changed("holdings", 0, "first", value=-1), "first: is -1"),
    "no weight": (lambda: changed("period_weights", 0, value=0.0), "period_weights[0]: is 0"),
    "no period": (lambda: changed("periods", value=[]), "periods: a plan has one"),
    "unknown hardware": (
        lambda: changed("units", 0, "hardware", value="abacus"),
        "'abacus' is not in the fleet",
    ),
    "unknown channel": (lambda: changed("holdings", 0, "channel", value="luck"), "'luck' is no channel"),
    "no cost": (lambda: changed("cost", value=None), "cost: is null"),
    "infeasible with records": (
        lambda: changed("status", value="infeasible"),
        "holdings: a plan that is inf",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_fault_has_its_place(name: str, tmp_path: Path) -> None:
    content, message = TEXTS[name]
    file = tmp_path / "plan.json"
    file.write_bytes(content())
    with pytest.raises(InstanceError) as caught:
        read_plan(file)
    assert message in str(caught.value)
    assert all(str(file) in line for line in str(caught.value).splitlines())
    str(caught.value).encode()


def test_all_at_once_then_a_count(tmp_path: Path) -> None:
    data = copy.deepcopy(record()) | {"seed": "one", "periods": [None] * 99}
    del data["solver"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(data))
    with pytest.raises(InstanceError) as caught:
        read_plan(file)
    assert len(caught.value.faults) == 51
    assert caught.value.faults[-1].message == "and 51 more faults"


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in [
        (tmp_path / "nowhere.json", "No such file"),
        (tmp_path, "No such file"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / "a\0b", "no file is called"),
    ]:
        with pytest.raises(InstanceError, match=message):
            read_plan(path)


@pytest.mark.parametrize(
    "verb",
    [
        ["check", "INSTANCE", "PLAN"],
        ["explain", "INSTANCE", "PLAN"],
        ["solve", "INSTANCE", "--warm", "PLAN"],
        ["alternatives", "INSTANCE", "--plan", "PLAN"],
        ["report", "PLAN", "--html", "OUT"],
        ["export", "PLAN", "--csv", "OUT"],
        ["compare", "PLAN", "PLAN"],
        ["simulate", "PLAN"],
    ],
    ids=lambda verb: verb[0],
)
def test_every_verb_that_reads_plans(verb: list[str], tmp_path: Path) -> None:
    files = {"INSTANCE": tmp_path / "small.yaml", "PLAN": tmp_path / "plan.json", "OUT": tmp_path / "out"}
    files["INSTANCE"].write_text(json.dumps(small().to_dict()))
    files["PLAN"].write_bytes(changed("units", 0, "on", value="all"))
    ended = CliRunner().invoke(app, [str(files.get(word, word)) for word in verb])
    assert isinstance(ended.exception, InstanceError), ended.output
    assert "units[0].on: must be a list, not 'all'" in str(ended.exception)
