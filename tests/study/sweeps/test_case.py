"""Keys: equal cases share one, different cases and different options do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import planner
from planner.study.sweeps import CASE_OPTIONS
from planner.study.sweeps.case import cases_of, plain, value_at
from tests.examples import INSTANCES, PRICE, SCALE


def keys(*inputs: dict[str, object], **options: object) -> list[str]:
    tiny = planner.load(INSTANCES / "tiny.yaml")
    return [case.key for case in cases_of(tiny, inputs, replace(CASE_OPTIONS, **options))]


def test_inputs_that_repeat_the_base_leave_no_trace() -> None:
    base, default, given, whole, both = keys({}, {SCALE: 1.0}, {PRICE: 2.0}, {PRICE: 2}, {SCALE: 1, PRICE: 2})
    assert base == default == given == whole == both


def test_order_of_inputs_does_not_matter_but_values_do() -> None:
    one, other, third = keys({SCALE: 1.2, PRICE: 3}, {PRICE: 3.0, SCALE: 1.2}, {SCALE: 1.2, PRICE: 3.1})
    assert one == other != third


def test_options_are_part_of_the_key() -> None:
    assert keys({SCALE: 2.0}) != keys({SCALE: 2.0}, relative_gap=0.02)


def test_values_at_paths_and_numbers_of_numpy() -> None:
    assert value_at({"a": [{"b": 3}]}, "a.0.b") == 3
    assert value_at({"a": [{"b": 3}]}, "a.1.b") is None
    assert plain(np.array([1.0, 2.0])) == [1.0, 2.0]
    assert type(plain(np.int64(3))) is int
