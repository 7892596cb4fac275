"""What periods of about the same demand share is safe at the rates of each of them."""

from __future__ import annotations

import numpy as np

from kernels.queueing import UnitLosses
from planner.model.standing_question import MARGIN, KeptShares, PoolQuestion
from planner.rates.standing import StandingPool


def asked(rate: float, demand: float, law: UnitLosses) -> PoolQuestion:
    """Many units of one kind, one work."""
    return PoolQuestion(
        StandingPool((0,), (0,), 0, 0.999),
        0,
        (0,),
        (law,),
        np.ones(1),
        np.array(["h100"]),
        np.array([[rate]]),
        np.array([demand]),
        (False,),
        False,
    )


def test_shared_shares_ask_for_no_less_than_those_of_the_period_itself() -> None:
    law, missing = UnitLosses(4, 1, 0.01, 0.002), 1e-3
    known: dict[tuple[object, ...], KeptShares] = {}
    first = asked(10.0, 500.0, law).point(1, None, known)
    assert len(known) == 1
    for rate, demand in ((10.0 * (1.0 + MARGIN / 2), 501.0), (10.0 * (1.0 - MARGIN / 2), 500.0)):
        question = asked(rate, demand, law)
        line = question.point(1, None, known).lines[0]
        theta = np.log(missing) / (demand - line.level)
        own = 1.0 - law.log_moment(np.array([theta * rate]))[0] / (theta * rate)
        assert line.keep == first.lines[0].keep
        assert own - 1e-3 < line.keep[0] <= own
    assert len(known) == 1


def test_other_rates_and_demands_are_looked_at_anew() -> None:
    law = UnitLosses(1, 1, 0.01)
    known: dict[tuple[object, ...], KeptShares] = {}
    first = asked(10.0, 500.0, law).point(1, None, known).lines[0]
    slower = asked(9.0, 500.0, law).point(1, None, known).lines[0]
    assert slower.keep != first.keep
    asked(10.0, 600.0, law).point(1, None, known)
    assert len(known) == 2
