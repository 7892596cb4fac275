"""Accelerator data: every figure has a source or a reason, and instances may bring their own."""

from __future__ import annotations

import math

import pytest

from kernels import Accelerator, KernelError, accelerator, accelerator_names
from kernels.facts import names, read
from kernels.recipe import recipe, resolve


@pytest.mark.parametrize("name", accelerator_names())
def test_every_figure_has_a_source_or_a_reason(name: str) -> None:
    facts = {key: fact for key, fact in read("accelerators", name).items() if isinstance(fact, dict)}
    assert len(facts) == 12
    for key, fact in facts.items():
        assert fact.get("reason" if fact["value"] is None else "source"), key


@pytest.mark.parametrize("name", names("recipes"))
def test_every_width_of_a_recipe_has_a_source(name: str) -> None:
    widths = [fact for key, fact in read("recipes", name).items() if key.endswith("_bytes")]
    assert len(widths) == 5
    assert all(fact["source"] and fact["value"] > 0 for fact in widths)


def test_units() -> None:
    h800 = accelerator("h800")
    assert h800.bf16_flop_per_s == 989e12
    assert h800.hbm_bytes == 80 * 2**30
    assert h800.scale_out_bytes_per_s == 50e9
    assert h800.node_power_kw is None
    assert math.isnan(accelerator("ascend_910b").hbm_bytes_per_s)


def test_fp4_times_fp8_goes_at_the_rate_of_fp8_where_there_is_fp4() -> None:
    for name in ("b200", "mi355x"):
        assert accelerator(name).fp4_fp8_flop_per_s == accelerator(name).fp8_flop_per_s
        assert recipe("mxfp4_fp8").runs_on(accelerator(name))
    assert accelerator("h200").fp8_flop_per_s > 0
    assert math.isnan(accelerator("h200").fp4_fp8_flop_per_s)
    assert resolve("auto", accelerator("h200"), "gpt-oss-120b").name == "mxfp4"
    assert recipe("mxfp4_fp8").experts == recipe("nvfp4").experts == "4-bit fp4"


def test_a_rack_is_a_domain_of_nodes() -> None:
    rack = accelerator("gb200_nvl72")
    assert (rack.gpus_per_node, rack.scale_up_domain_gpus) == (4, 72)
    supernode = accelerator("ascend_910c")
    assert (supernode.gpus_per_node, supernode.scale_up_domain_gpus) == (8, 384)


def test_override_uses_the_keys_of_the_data_file() -> None:
    faster = accelerator("h800").override(hbm_tb_per_s=4.0, scale_out_gbit_per_s=800)
    assert faster.hbm_bytes_per_s == 4e12
    assert faster.scale_out_bytes_per_s == 100e9
    assert faster.bf16_flop_per_s == accelerator("h800").bf16_flop_per_s
    with pytest.raises(KernelError, match="unknown key 'hbm_tbps'"):
        accelerator("h800").override(hbm_tbps=4.0)


def test_own_accelerator_needs_little_and_refuses_nonsense() -> None:
    own = Accelerator.from_dict({"name": "mine", "gpus_per_node": 4, "scale_up_domain_gpus": 4, "hbm_gb": 64})
    assert own.missing() == (
        "hbm_bytes_per_s",
        "scale_up_bytes_per_s",
        "scale_out_bytes_per_s",
        "bf16_flop_per_s",
    )
    with pytest.raises(KernelError, match=r"unknown key 'hbm'.*missing 'gpus_per_node'"):
        Accelerator.from_dict({"name": "mine", "hbm": 64})
    with pytest.raises(KernelError, match="must be positive"):
        accelerator("h800").override(hbm_gb=-1)
    with pytest.raises(KernelError, match="cannot be null"):
        accelerator("h800").override(hbm_gb=None)
