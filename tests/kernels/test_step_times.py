"""Tables of single steps: at the mean lengths they are the rates of the kernel, and attention goes by the context."""

import math
from dataclasses import replace

import numpy as np
import pytest

import kernels
from kernels.decode import decode_step
from kernels.prefill import prefill_pass
from kernels.setting import gather
from kernels.step_times import step_times

MODEL = "deepseek-r1"
CONTEXTS = np.array([8_000.0, 16_000.0, 64_000.0])


def asked(role: str, pass_tokens: float = 8192.0) -> kernels.Options:
    return kernels.Options(
        (kernels.accelerator("h800"),), (role,), np.array([16]), pass_tokens=np.array([pass_tokens])
    )


@pytest.fixture(scope="module")
def conditions() -> kernels.Conditions:
    return kernels.Conditions(input_tokens=4000.0, output_tokens=1000.0, tpot_s=math.inf)


def test_a_full_pass_at_the_mean_length_is_the_rate(conditions: kernels.Conditions) -> None:
    model, options = kernels.architecture(MODEL), asked("prefill")
    times = step_times(model, options, conditions)
    rows = times.chunk_tokens
    own, shared = (np.interp(rows, times.rows, table) for table in (times.prompt_own, times.prompt_shared))
    attention = rows * np.interp(2000.0, times.contexts, times.prompt_attention)
    shared += seen(times.prompt_shown, times.rows, rows, attention)
    rate = kernels.operating_points(model, options, conditions).prefill_tokens_per_s[0]
    assert times.ranks * rows / (own + shared + attention) == pytest.approx(rate, rel=0.02)


def seen(shown, grid, at, attention_s):
    """Seconds of exchange that so much attention of the busiest rank does not hide."""
    least, most, hides = (np.interp(at, grid, table) for table in shown)
    return max(least, most - hides * attention_s)


@pytest.mark.parametrize("busiest", [0.01, 1.0, 1.6, 30.0])
@pytest.mark.parametrize("overlap", ["two_batch", "none"])
def test_the_exchange_hides_behind_the_busiest_rank(conditions, overlap, busiest):
    """More attention on one rank takes as long as if all had it, for the others wait: the kernel is asked for that."""
    model = kernels.architecture(MODEL)
    for role, run in (("decode", decode_step), ("prefill", prefill_pass)):
        options = replace(asked(role), overlap=(overlap,))
        times, setting = step_times(model, options, conditions), gather(model, options, conditions)
        grid = times.requests if role == "decode" else times.rows
        own, shared, shown = (
            (times.decode_own, times.decode_shared, times.decode_shown)
            if role == "decode"
            else (times.prompt_own, times.prompt_shared, times.prompt_shown)
        )
        uneven = replace(setting, attention_imbalance=busiest * setting.attention_imbalance)
        step = run(model, uneven, grid[None, 25:26])
        reads, fixed_s = step.split["attention"][0, 0], model.layers * setting.attention_s[0, 0]
        if role == "prefill":  # what is fixed of attention is told with what a rank does alone
            reads -= fixed_s * (2.0 if overlap == "two_batch" else 1.0)
            reads += grid[25] * setting.prompt_token_s[0, 0]
        least, most, hides = (table[25] for table in shown)
        seconds = own[25] + shared[25] + reads + max(least, most - hides * reads)
        assert seconds == pytest.approx(step.seconds[0, 0], rel=1e-6)


def test_a_decode_step_at_the_mean_context_is_the_time_per_token(conditions: kernels.Conditions) -> None:
    model, options = kernels.architecture(MODEL), asked("decode")
    times = step_times(model, options, conditions)
    found = kernels.operating_points(model, options, conditions)
    running = found.batch_per_gpu[0]
    tables = (times.decode_own, times.decode_shared, times.decode_fixed)
    alone = sum(np.interp(running, times.requests, table) for table in tables)
    attention = [np.interp(running, times.requests, column) for column in times.decode_attention.T]
    reads = np.interp(4500.0, times.contexts, attention)
    step = alone + reads + seen(times.decode_shown, times.requests, running, reads)
    assert step / times.accept_length == pytest.approx(found.tpot_s[0], rel=0.02)


def test_attention_goes_by_the_context_a_token_reaches(conditions: kernels.Conditions) -> None:
    """Twice the context: twice the pairs of a prompt token, twice the cache that a step reads, less what is fixed."""
    model = kernels.architecture(MODEL)
    prompt = step_times(model, asked("prefill"), conditions)
    one, two, eight = np.interp(CONTEXTS, prompt.contexts, prompt.prompt_attention)
    assert (eight - two) / (two - one) == pytest.approx(6.0, rel=0.01)
    assert two / one == pytest.approx(2.0, rel=0.1)
    decode = step_times(model, asked("decode"), conditions)
    one, two, eight = np.interp(CONTEXTS, decode.contexts, decode.decode_attention[-1])
    assert (eight - two) / (two - one) == pytest.approx(6.0, rel=0.01)
    assert two / one == pytest.approx(2.0, rel=0.2)
