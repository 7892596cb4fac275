"""Tampered placements: each is caught by the rule `placement`, and a placement as it was made is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import planner
from planner.core.solution import Status
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.plan.contents import Placed
from planner.plan.plan import Plan
from planner.verify.audit import check

QUESTION: dict[str, Any] = {
    "version": 1,
    "name": "racks",
    "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 4},
    "workloads": {
        "chat": {"demand": {"requests_per_s": [16.0, 20.0, 16.0, 16.0]}},
        "other": {"demand": {"requests_per_s": [5.0, 6.0, 3.0, 5.0]}},
    },
    "hardware": {"rack": {"gpus_per_node": 4, "nodes_per_domain": 6, "usable_nodes_per_domain": 5}},
    "deployments": [
        {"name": "wide", "role": "request", "ep": 8, "rate_requests_per_s": {"chat": 4.0}},
        {"name": "small", "role": "request", "ep": 2, "rate_requests_per_s": {"other": 1.0}},
        {"name": "spare", "role": "request", "ep": 1, "rate_requests_per_s": {"other": 0.4}},
    ],
    "fleet": {
        "rack": {
            "racks": {"kind": "existing", "nodes": 12, "min_nodes": 12, "sold_by": "domain"},
            "trays": {"kind": "existing", "nodes": 1, "min_nodes": 1},
            "gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0},
        }
    },
}


@cache
def plan() -> Plan:
    """The plan of the question: two racks, a node and some GPUs under eight wide units' worth of work."""
    found = solve(planner.from_dict(QUESTION), SolveOptions(solver="highs", threads=1))
    assert found.status is Status.OPTIMAL, found.reasons
    return found


def records() -> list[Placed]:
    """Its placement."""
    return list(plan().placed)


def of(unit: str) -> Placed:
    """The first record of a unit that lies on nodes."""
    return next(one for one in records() if one.unit == unit and one.nodes)


def instead(old: Placed, *new: Placed) -> list[Placed]:
    """The placement with one record exchanged."""
    return [one for one in records() if one != old] + list(new)


def with_nodes(unit: str, *nodes: str) -> list[Placed]:
    """The placement with other nodes under one unit."""
    return instead(of(unit), replace(of(unit), nodes=nodes))


TAMPERED: dict[str, Callable[[], list[Placed]]] = {
    "none at all": list,
    "a unit without its place": lambda: instead(of("wide")),
    "a small unit without its place": lambda: instead(of("small")),
    "a unit twice": lambda: [*records(), of("small")],
    "a number more than run": lambda: [*records(), replace(of("small"), number=99, nodes=())],
    "an unknown unit": lambda: instead(of("small"), replace(of("small"), unit="nobody")),
    "an unknown hardware": lambda: instead(of("small"), replace(of("small"), hardware="h100")),
    "a period short": lambda: instead(of("wide"), replace(of("wide"), last=of("wide").last - 1)),
    "beyond the end": lambda: instead(of("wide"), replace(of("wide"), last=4)),
    "before the beginning": lambda: instead(of("wide"), replace(of("wide"), first=-1)),
    "backwards": lambda: instead(of("wide"), replace(of("wide"), first=3, last=0)),
    "on a node of another wide unit": lambda: with_nodes("small", of("wide").nodes[0]),
    "in two racks": lambda: with_nodes("wide", "d1n1", "d2n1"),
    "in a rack and beside it": lambda: with_nodes("wide", "d1n1", "n1"),
    "on one node": lambda: with_nodes("wide", of("wide").nodes[0]),
    "on the same node twice": lambda: with_nodes("wide", of("wide").nodes[0], of("wide").nodes[0]),
    "on three nodes": lambda: with_nodes("wide", "d1n1", "d1n2", "d1n3"),
    "a small unit on two nodes": lambda: with_nodes("small", "d1n1", "d1n2"),
    "on the node that stands by": lambda: with_nodes("small", "d1n6"),
    "in a rack that is not held": lambda: with_nodes("wide", "d3n1", "d3n2"),
    "on a node that is not held": lambda: with_nodes("small", "n2"),
    "on no node": lambda: with_nodes("small", "node 1"),
    "on node nought": lambda: with_nodes("small", "n0"),
    "on GPUs that nobody hired": lambda: with_nodes("wide"),
    "on GPUs that nobody sells": lambda: with_nodes("small", "gpus:trays"),
    "on more GPUs than are hired": lambda: with_nodes("wide", *["gpus:gpus"] * 2),
    "in a rack and on GPUs": lambda: with_nodes("wide", "d1n1", "gpus:gpus"),
    "all small ones on one node": lambda: [
        replace(one, nodes=("n1",)) if one.unit == "small" else one for one in records()
    ],
}


def test_as_it_was_made() -> None:
    audit = check(planner.from_dict(QUESTION), plan())
    assert audit.passed, audit.violations
    assert {one.unit for one in records()} >= {"wide", "small"}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_placements_are_caught(name: str) -> None:
    tampered = replace(plan(), placed=tuple(TAMPERED[name]()))
    assert tampered.placed != plan().placed
    found = check(planner.from_dict(QUESTION), tampered).violations
    assert [one for one in found if one.rule == "placement"], name


def test_units_of_whole_nodes_need_no_place() -> None:
    data = QUESTION | {
        "hardware": {"rack": {"gpus_per_node": 1}},
        "fleet": {"rack": {"trays": {"kind": "existing", "nodes": 80, "min_nodes": 80}}},
    }
    found = solve(planner.from_dict(data), SolveOptions(solver="highs", threads=1))
    assert found.status is Status.OPTIMAL
    assert not found.placed
    told = replace(found, placed=(Placed("wide", 1, "rack", ("n1",), 0, 3),))
    assert [one.rule for one in check(planner.from_dict(data), told).violations] == ["placement"]
