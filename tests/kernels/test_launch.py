"""Launch costs beside and under the work of a layer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.terms.launch import launch


def setting(power: float) -> Any:
    return SimpleNamespace(launch_power=np.array([[power]]), layer_s=np.array([[100e-6]]))


def test_power_one_adds_launch_costs_to_the_work() -> None:
    np.testing.assert_allclose(launch(setting(1.0), np.array([[0.0, 1e-6, 1e-3]])), 100e-6)


def test_launch_costs_hide_under_long_work_and_show_under_none() -> None:
    visible = launch(setting(2.0), np.array([[0.0, 100e-6, 10e-3]]))[0]
    assert visible[0] == pytest.approx(100e-6)
    assert visible[1] == pytest.approx((np.sqrt(2) - 1) * 100e-6)
    assert visible[2] == pytest.approx(0.5e-6, rel=1e-3)
