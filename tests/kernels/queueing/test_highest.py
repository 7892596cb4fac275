"""The highest utilisation that keeps a promise: as plain halving finds it, in fewer questions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kernels.queueing.caps import GRID, HIGHEST, highest
from kernels.queueing.known import Known
from kernels.queueing.ttft import ttft_cap

ALLOWED = np.array([1e-6, 0.001, 0.01, 0.02, 0.3, 0.9])

SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "straight": lambda busy: busy,
    "bent up": lambda busy: busy**40,
    "bent down": lambda busy: busy**0.02,
    "a step": lambda busy: np.where(busy > 0.731, 1.0, 0.0),
    "stairs": lambda busy: np.floor(busy * 7.0) / 7.0,
    "never late": np.zeros_like,
    "always late": np.ones_like,
    "exponential": lambda busy: np.exp(-300.0 * (1.0 - busy)),
}


def _by_halves(missed: Callable[[np.ndarray], np.ndarray], allowed: np.ndarray) -> np.ndarray:
    low, high = np.zeros(len(allowed)), np.full(len(allowed), float(GRID))
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2.0)
        kept = missed(HIGHEST * middle / GRID) <= allowed
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return HIGHEST * low / GRID


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_what_halving_finds(shape: str) -> None:
    found = highest(lambda busy, _: SHAPES[shape](busy), ALLOWED)
    assert found.tolist() == _by_halves(SHAPES[shape], ALLOWED).tolist()


def test_waits_take_few_questions() -> None:
    asked = []

    def missed(busy: np.ndarray, at: np.ndarray) -> np.ndarray:
        asked.append(len(at))
        return np.asarray(busy ** (1.0 + at) * np.exp(-8.0 * (1.0 + at) * (1.0 - busy)))

    highest(missed, np.full(64, 0.01))
    assert sum(asked) <= 10 * 64  # plain halving takes 20


def test_what_is_known_is_not_asked_again() -> None:
    known, asked = Known(), []

    def double(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return 2.0 * rows[:, 0]

    assert known.rows("a", np.array([[1.0, 2.0], [3.0, 4.0]]), double).tolist() == [2.0, 6.0]
    assert known.rows("a", np.array([[3.0, 4.0], [5.0, 6.0]]), double).tolist() == [6.0, 10.0]
    assert known.rows("b", np.array([[1.0, 2.0]]), double).tolist() == [2.0]
    assert asked == [2, 1, 1]


def test_a_cap_does_not_depend_on_what_was_asked_beside_it() -> None:
    together = ttft_cap(np.arange(1, 200), 0.7, 3.1, 0.99, 0.1, 1.3, 0.9)
    alone = [float(ttft_cap(servers, 0.7, 3.1, 0.99, 0.1, 1.3000001, 0.9)) for servers in (1, 17, 199)]
    assert together[[0, 16, 198]] == pytest.approx(alone, abs=3e-6)
