"""Laws every rate obeys, whatever the numbers."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import Conditions, accelerator, architecture
from kernels.efficiency import LATENCIES
from kernels.terms.memory import request_limit
from tests.kernels.asking import options, point, setting

HARDWARE = st.sampled_from(["h800", "h100", "h20_96", "h200", "b200", "gb200_nvl72", "mi300x", "ascend_910c"])
UNITS = st.sampled_from([8, 16, 32, 72, 144])
ROLES = st.sampled_from(["prefill", "decode", "colocated"])
FIGURES = st.sampled_from(
    ["bf16_tflops", "fp8_tflops", "int8_tops", "hbm_tb_per_s", "scale_up_gb_per_s", "scale_out_gbit_per_s"]
)
FEW = settings(max_examples=25, deadline=None)


def rates(hardware: object, role: str, gpus: int, asked: Conditions, engine: str) -> np.ndarray:
    found = point(hardware, role, gpus, asked, engine=(engine,))  # type: ignore[arg-type]
    return np.nan_to_num(np.array([found.prefill_tokens_per_s[0], found.decode_tokens_per_s[0]]))


def no_more(less: np.ndarray, more: np.ndarray) -> None:
    assert np.all(less <= more * (1 + 1e-7)), (less, more)


@FEW
@given(HARDWARE, ROLES, UNITS, FIGURES, st.floats(0.3, 1.0))
def test_slower_hardware_is_never_faster(name: str, role: str, gpus: int, figure: str, share: float) -> None:
    from kernels.accelerator import _SCALE

    whole = accelerator(name)
    field, factor = _SCALE[figure]
    value = getattr(whole, field)
    if np.isnan(value):
        return
    slower = whole.override(**{figure: value * share / factor})
    asked = Conditions(3000, 800, tpot_s=0.06, prefill_time_s=8.0)
    no_more(rates(slower, role, gpus, asked, "sglang"), rates(whole, role, gpus, asked, "sglang"))


@FEW
@given(HARDWARE, ROLES, UNITS, st.floats(100, 30_000), st.floats(1.0, 4.0))
def test_longer_context_is_never_faster(
    name: str, role: str, gpus: int, length: float, longer: float
) -> None:
    short, long = (
        Conditions(tokens, 800, tpot_s=0.06, prefill_time_s=20.0) for tokens in (length, length * longer)
    )
    slower, faster = rates(name, role, gpus, long, ""), rates(name, role, gpus, short, "")
    if role == "colocated":  # the longer prompt costs its replica less per token, but not less in all
        slower, faster = (
            rate / np.array([asked.input_tokens, 1.0]) for rate, asked in ((slower, long), (faster, short))
        )
    no_more(slower, faster)


@FEW
@given(HARDWARE, UNITS, st.floats(0.01, 0.2), st.floats(1.0, 3.0))
def test_looser_latency_is_never_slower(name: str, gpus: int, tpot: float, looser: float) -> None:
    tight, loose = (Conditions(3000, 800, tpot_s=limit) for limit in (tpot, tpot * looser))
    no_more(rates(name, "decode", gpus, tight, ""), rates(name, "decode", gpus, loose, ""))


@FEW
@given(HARDWARE, ROLES, UNITS, st.floats(0.3, 1.0), st.floats(0.5, 1.0))
def test_better_balance_is_never_slower(name: str, role: str, gpus: int, low: float, share: float) -> None:
    worse, better = (Conditions(3000, 800, balancedness=one) for one in (low * share, low))
    no_more(rates(name, role, gpus, worse, ""), rates(name, role, gpus, better, ""))


@FEW
@given(HARDWARE, UNITS, st.floats(100, 60_000), st.floats(0.01, 1.0))
def test_chosen_batch_fits_memory_and_latency(name: str, gpus: int, context: float, tpot: float) -> None:
    asked = Conditions(context, 500, kv_tokens=context, tpot_s=tpot)
    found = point(name, "decode", gpus, asked)
    if found.reason[0]:
        return
    room = request_limit(architecture("deepseek-v3"), setting(name, "decode", gpus, asked))[0, 0]
    assert found.batch_per_gpu[0] <= room * (1 + 1e-9)
    assert found.tpot_s[0] <= tpot * (1 + 1e-9)


@FEW
@given(HARDWARE, UNITS, st.floats(0.0, 0.9))
def test_cache_hits_slow_computed_tokens_but_speed_the_prompt(name: str, gpus: int, share: float) -> None:
    cold, warm = (
        point(name, "prefill", gpus, Conditions(4000, 500, cache_hit_share=one)) for one in (0.0, share)
    )
    if cold.reason[0]:
        return
    assert warm.prefill_tokens_per_s[0] <= cold.prefill_tokens_per_s[0] * (1 + 1e-7)
    assert warm.prefill_tokens_per_s[0] / (1 - share) >= cold.prefill_tokens_per_s[0] * (1 - 1e-7)


def test_seconds_scale_as_seconds() -> None:
    """Dimensions: every rate of a machine times two, every fixed time by half, doubles every rate."""
    from dataclasses import replace

    from kernels.decode import decode_step

    model, asked = architecture("deepseek-v3"), Conditions(3000, 800, tpot_s=0.06)
    whole = setting("h800", "decode", 72, asked)
    rated = {one.name: getattr(whole, one.name) * 2 for one in fields(whole) if one.name.endswith("_per_s")}
    timed = {one: getattr(whole, one) / 2 for one in LATENCIES}
    batch = np.array([[1.0, 64.0, 512.0]])
    once, twice = (
        decode_step(model, whole, batch),
        decode_step(model, replace(whole, **rated, **timed), batch),
    )
    np.testing.assert_allclose(once.seconds, 2 * twice.seconds)


def test_bytes_are_bytes() -> None:
    """Dimensions: memory and every stored byte times two leaves the request limit as it is."""
    from dataclasses import replace

    model = architecture("kimi-k2")
    whole = setting("b200", "decode", 32, Conditions(3000, 800), "kimi-k2")
    doubled = {
        name: getattr(whole, name) * 2 for name in ("hbm_bytes", "workspace_bytes", "kv_element_bytes")
    }
    weights = {name: getattr(whole, name) * 2 for name in ("dense_weight_bytes", "expert_weight_bytes")}
    tables = 4.0 * model.embedding_parameters  # kept in 16 bits under every recipe
    bigger = replace(whole, **(doubled | weights))
    bigger = replace(bigger, hbm_bytes=bigger.hbm_bytes - tables / whole.memory_share)
    assert request_limit(model, bigger) == pytest.approx(request_limit(model, whole))


def test_options_keep_their_order() -> None:
    """Permuting options permutes the answer."""
    from kernels import Options, operating_points

    names, gpus = ("h800", "b200", "h20_96", "mi300x"), np.array([144, 8, 32, 16])
    asked = Conditions(3000, 800)
    straight = operating_points(
        architecture("deepseek-v3"), Options(tuple(map(accelerator, names)), ("decode",) * 4, gpus), asked
    )
    for index, name in enumerate(names):
        alone = operating_points(
            architecture("deepseek-v3"), options(name, "decode", int(gpus[index])), asked
        )
        assert alone.decode_tokens_per_s[0] == straight.decode_tokens_per_s[index]
