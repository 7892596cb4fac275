"""Tables of single steps: at the mean lengths they are the rates of the kernel, and attention goes by the context."""

import math

import numpy as np
import pytest

import kernels
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
    rate = kernels.operating_points(model, options, conditions).prefill_tokens_per_s[0]
    assert times.ranks * rows / (own + shared + attention) == pytest.approx(rate, rel=0.02)


def test_a_decode_step_at_the_mean_context_is_the_time_per_token(conditions: kernels.Conditions) -> None:
    model, options = kernels.architecture(MODEL), asked("decode")
    times = step_times(model, options, conditions)
    found = kernels.operating_points(model, options, conditions)
    running = found.batch_per_gpu[0]
    tables = (times.decode_own, times.decode_shared, times.decode_fixed)
    alone = sum(np.interp(running, times.requests, table) for table in tables)
    attention = [np.interp(running, times.requests, column) for column in times.decode_attention.T]
    step = alone + np.interp(4500.0, times.contexts, attention)
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
