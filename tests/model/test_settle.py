"""Decisions without the tolerances of an engine: noise in the use of channels is none."""

from __future__ import annotations

import numpy as np
import pytest

from planner.loader import from_dict
from planner.model.decode_deferral import put_off_demand
from planner.model.prepare import sets_of
from planner.model.settle import settled
from planner.model.values import Values, none_of_the_market
from planner.rates.compute import compute_rates
from tests.examples import plain


@pytest.mark.parametrize(
    ("use", "right"),
    [
        ((3.0 - 2e-14, 2e-14), (3.0, 0.0)),
        ((1.9999999, 1.0000001), (2.0, 1.0)),
        ((1.25, 1.75), (1.25, 1.75)),  # what is no noise stays
        ((0.0, 3.0), (0.0, 3.0)),
    ],
)
def test_use_is_whole_but_for_what_is_split(use: tuple[float, float], right: tuple[float, float]) -> None:
    instance = from_dict(plain({"fleet.h800.reserve.running_usd_per_node_hour": 1.0}))
    sets = sets_of(instance, compute_rates(instance))
    on = np.zeros((2, sets.periods), dtype=np.int64)
    on[0] = 1  # one unit of a node, one of two
    on[1] = 1
    assert sets.nodes.tolist() == [1.0, 2.0]
    values = Values(
        acquire=np.zeros(len(sets.first), dtype=np.int64),
        on=on,
        start=np.zeros_like(on),
        busy=np.zeros((2, 2, sets.periods)),
        shed=np.zeros((1, sets.periods)),
        use=np.repeat(np.array(use)[:, None], sets.periods, axis=1),
        market=none_of_the_market(sets),
    )
    assert settled(sets, values).use[:, 0].tolist() == pytest.approx(right, abs=0)


def test_no_more_is_put_off_than_came() -> None:
    """An engine kept the row of what may be put off to 1e-6: in an hour without demand a little more waits."""
    changes = {
        "horizon.periods": 4,
        "workloads.chat.demand.input_tokens_per_s": [1000.0, 0.0, 0.0, 1000.0],
        "workloads.chat.demand.output_tokens_per_s": 10.0,
        "workloads.chat.deferral": {"deadline_hours": 3.0},
    }
    instance = from_dict(plain()).override(changes)
    sets = sets_of(instance, compute_rates(instance))
    market = none_of_the_market(sets)
    waits = [[500.0, 500.0 + 1e-6, 400.0, 0.0], [5.0, 5.0, 5.0, 0.0]]
    market["backlog"] = np.array(waits) / sets.work_scale[:, None]
    values = Values(
        acquire=np.zeros(len(sets.first), dtype=np.int64),
        on=np.zeros((2, sets.periods), dtype=np.int64),
        start=np.zeros((2, sets.periods), dtype=np.int64),
        busy=np.zeros((2, 2, sets.periods)),
        shed=np.zeros((1, sets.periods)),
        use=np.zeros((len(sets.channels), sets.periods)),
        market=market,
    )
    assert put_off_demand(sets, values)[0].tolist() == pytest.approx([500.0, 0.0, -100.0, -400.0], abs=0)
