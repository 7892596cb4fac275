"""What units do by period: rows are divided so that what varies alike leaves no trace, the rest is put into classes."""

from __future__ import annotations

import numpy as np

from planner.optimize.decomposition.problem.rate_classes import rate_classes, scale_of, weight_of


def test_what_varies_alike_is_in_the_scale() -> None:
    common = np.array([1.0, 0.5, 0.8])
    able = np.array([[10.0], [4.0], [7.0]]) * common
    scale = scale_of(able, np.array([0, 0, 1]), 2)
    assert np.allclose(scale, common)
    classes = rate_classes(able / scale[[0, 0, 1]], able / scale[[0, 0, 1]], np.ones(3), most=5)
    assert classes.count == 1
    assert np.allclose(classes.most[:, 0], [10.0, 4.0, 7.0])


def test_rates_that_never_vary_are_not_touched() -> None:
    able = np.broadcast_to(np.array([[3.3], [0.1]]), (2, 4))
    assert (scale_of(able, np.array([0, 1]), 2) == 1.0).all()


def test_classes_hold_what_units_do_between_sure_and_most() -> None:
    random = np.random.default_rng(3)
    able = random.uniform(0.5, 1.0, (4, 60))
    sure = able * random.uniform(0.9, 1.0, able.shape)
    classes = rate_classes(able, sure, np.ones(4), most=7)
    assert classes.count == 7
    assert (able <= classes.most[:, classes.of]).all()
    assert (sure >= classes.sure[:, classes.of]).all()
    assert (classes.of_plans().most == classes.sure).all()


def test_a_unit_of_little_use_does_not_decide_how_periods_are_taken_together() -> None:
    able = np.array([[10.0, 10.0, 9.0, 9.0], [1.0, 0.1, 1.0, 0.1]])
    role, hardware, nodes = np.zeros(2, np.int64), np.zeros(2, np.int64), np.ones(2, np.int64)
    weight = weight_of(able, nodes, hardware, role, power=8.0)
    assert weight[0] == 1.0
    assert rate_classes(able, able, weight, most=2).of.tolist() == [0, 0, 1, 1]
