"""Launch costs: what a layer's kernels take however little there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernels.arrays import Floats
    from kernels.setting import Setting


def launch(setting: Setting, work_s: Floats) -> Floats:
    """Visible launch seconds of one layer whose kernels have `work_s` of work.

    (work^p + launch^p)^(1/p) - work. Kernels are queued ahead, so launching hides under long ones and
    shows under short ones: traces of small batches are gaps, those of large batches are not
    (deepseek-ai/profile-data). p = 1 adds the two; p without bound hides the shorter altogether.
    """
    power = setting.launch_power
    total: Floats = (work_s**power + setting.layer_s**power) ** (1.0 / power)
    return total - work_s
