"""Routers that do not look at work: less headroom in the plan, as the audit finds too, by hand and in the engine."""

from __future__ import annotations

import json

import numpy as np
import pytest

import planner
from planner.instance.queueing import Queueing
from planner.rates.routers import queues_of
from tests.verify.simulation.test_measure import INSTANCE, SOLVE


def test_streams_divided_by_hand():
    units = np.array([1, 4])
    found = {
        router: [values.tolist() for values in queues_of(Queueing(router=router), units, 2, 9.0)[:2]]
        for router in ("least_work", "round_robin", "random", "prefix_affinity")
    }
    assert found["least_work"] == [[2.0, 8.0], [9.0, 9.0]]
    assert found["round_robin"] == [[2.0, 2.0], [9.0, 2.25]]
    assert found["random"] == found["prefix_affinity"] == [[2.0, 2.0], [9.0, 3.0]]


def routed(router):
    data = json.loads(json.dumps(INSTANCE))
    data["workloads"]["chat"]["queueing"]["router"] = router
    return planner.from_dict(data)


def test_a_router_that_does_not_look_costs_more_and_the_audit_agrees():
    plans = {}
    for router in ("least_work", "round_robin", "random"):
        instance = routed(router)
        plans[router] = planner.solve(instance, SOLVE)
        assert planner.check(instance, plans[router]).passed
    assert plans["least_work"].cost < plans["round_robin"].cost < plans["random"].cost


def test_the_audit_refuses_the_headroom_of_another_router():
    plan = planner.solve(routed("least_work"), SOLVE)
    assert not planner.check(routed("random"), plan).passed


@pytest.mark.parametrize("wrong", ["best", 3])
def test_only_routers_that_there_are(wrong):
    with pytest.raises(planner.InstanceError):
        routed(wrong)
