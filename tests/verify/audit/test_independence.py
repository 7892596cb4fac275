"""The audit has arithmetic of its own: a formula that is wrong in the model alone is noticed, whichever it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import planner
from planner.instance.channels import KINDS, Channel, Offers
from planner.instance.channels.kinds.spend_commitment import Spend
from planner.instance.timeline import Timeline
from planner.verify.audit.sellers import SELLERS
from tests.examples import small
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.instance import Instance

QUICK = planner.SolveOptions(solver="highs", threads=1)
HIRE = {"kind": "on_demand", "price_usd_per_node_hour": 10.0}
WEAR = {"price_change_per_year": -0.1}
TOKENS = {"input_hit": 0.1, "input_miss": 0.2, "output": 0.4}

FLEETS: dict[str, dict[str, Any]] = {
    "on_demand": HIRE,
    "spot": {
        "kind": "spot",
        "price_usd_per_node_hour": 3.0,
        "interruptions_per_node_month": 73,
        "restart_hours": 1,
    },
    "contract": {
        "kind": "contract",
        "price_usd_per_node_hour": 3.0,
        "hours": 24,
        "upfront_usd_per_node": 2.0,
    },
    "capacity_block": {"kind": "capacity_block", "price_usd_per_gpu_hour": 3.0, "days": [1]},
    "reserved": {
        **{"kind": "reserved", "price_usd_per_node_hour": 3.0, "term_years": 3},
        **{"upfront_share": 0.5, "cost_of_capital": 0.1},
    },
    "lease": {
        **{"kind": "lease", "price_usd_per_node_month": 900.0, "term_months": 36},
        **{"upfront_usd_per_node": 500.0, "cost_of_capital": 0.08},
    },
    "purchase": {
        **{"kind": "purchase", "price_usd_per_node": 30_000.0, "life_years": 4, "residual_share": 0.1},
        **{"cost_of_capital": 0.1, "maintenance_share_per_year": 0.05, "colocation_usd_per_kw_month": 150.0},
        **{"pue": 1.3, "energy_usd_per_kwh": [0.05] * 8 + [0.15] * 16},
    },
    "existing": {"kind": "existing", "nodes": 9, "forgone_usd_per_node_hour": 2.0},
}


def test_the_table_above_has_every_kind() -> None:
    assert {*FLEETS, "spend_commitment"} == set(KINDS)  # that one has a test of its own below


def day(channel: dict[str, Any], **sections: Any) -> Instance:
    """A day that this channel can serve, and a dear one that takes what is left."""
    demand = [1.0 + hour % 3 for hour in range(24)]
    return one_node(demand, {"this": channel, "dear": {**HIRE, "price_usd_per_node_hour": 90.0}}, **sections)


def test_every_kind_of_channel_is_audited() -> None:
    """Whoever adds a kind states its prices in the audit too; what both say of a kind is the same."""
    assert sorted(SELLERS) == sorted(KINDS)
    for name, kind in KINDS.items():
        seller, traits = SELLERS[name], kind.traits
        assert (seller.term, seller.by_the_period) == (traits.cost_term, not traits.committed)


@pytest.mark.parametrize("kind", FLEETS)
def test_sound_plans_of_every_kind_of_channel_hold(kind: str) -> None:
    plan = planner.solve(day(FLEETS[kind]), QUICK)
    assert plan.usable, plan.reasons
    assert any(holding.channel == "this" for holding in plan.holdings)


@pytest.mark.parametrize("kind", FLEETS)
def test_half_a_price_in_the_model_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = day(FLEETS[kind])
    channel = type(instance.fleet["node"]["this"])
    right = channel.offers

    def halved(self: Channel, *arguments: Any) -> Offers:
        offers = right(self, *arguments)  # type: ignore[arg-type]
        return replace(offers, price_usd_per_node=offers.price_usd_per_node / 2.0)

    monkeypatch.setattr(channel, "offers", halved)
    assert planner.solve(instance, QUICK).status == "refused"


def test_a_draw_on_a_commitment_is_priced_by_the_audit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    covered = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 4.0}
    instance = day(covered, spend_commitments={"p": {"increment_usd_per_hour": 4.0}})
    assert planner.solve(instance, QUICK).usable
    right = Spend.offers
    monkeypatch.setattr(
        Spend,
        "offers",
        lambda self, *arguments: replace(right(self, *arguments), draw_usd_per_node_hour=2.0),
    )
    assert planner.solve(instance, QUICK).status == "refused"


WRONG: dict[str, tuple[str, Callable[..., Any]]] = {
    "weights of periods": (
        "planner.instance.instance.timeline_of",
        lambda right, *given: replace(right(*given), weight=right(*given).weight * 0.5),
    ),
    "demand": ("planner.model.prepare.demand_of", lambda right, *given: right(*given) * 0.5),
    "vendor prices": ("planner.model.market.list_usd_per_hour", lambda right, *given: right(*given) * 0.5),
    "starts": ("planner.rates.options._start_usd", lambda right, *given: right(*given) * 0.5),
    "energy": (
        "planner.instance.channels.kinds.purchase.mean_over_periods",
        lambda right, *given: right(*given) * 0.5,
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_another_wrong_formula_of_the_model_is_refused(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, wrong = WRONG[what]
    instance = _everything()
    assert planner.solve(instance, QUICK).usable
    module, name = path.rsplit(".", 1)
    right = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(path, lambda *given: wrong(right, *given))
    assert planner.solve(instance, QUICK).status == "refused"


def _everything() -> Instance:
    """Two stages and two scenarios, an own fleet with energy, starts, and a vendor that takes the peak."""
    return small(
        {
            "fleet.h800.own": FLEETS["purchase"] | {"max_nodes": 4, "power_kw": 5.0},
            "start_up": {"usd_per_node": 1.0},
            "vendors": {"v": {"price_usd_per_million_tokens": TOKENS, "max_tokens_per_s": 800.0}},
            "stages": {"now": {"years": 1}, "then": {"years": 2, "demand_scale": 1.5}},
            "scenarios": {"low": {"probability": 0.4, "demand_scale": 0.5}, "high": {"probability": 0.6}},
        }
    )


def test_headroom_is_worked_out_by_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    sla = {"ttft_ms": {"p99": 9000.0}, "tpot_ms": 50.0, "availability": 0.99}
    changes = {
        "workloads.chat.sla": sla,
        "workloads.chat.queueing": {},
        "workloads.chat.lengths": {"input_tokens": 500.0, "output_tokens": 100.0},
        "fleet.h800.rent.max_nodes": 90,
        "fleet.h800.reserve.max_nodes": 90,
    }
    instance = small(changes)
    plan = planner.solve(instance, QUICK)
    assert plan.usable, plan.reasons
    assert any(0.0 < limit < 0.9 for unit in plan.units for limit in unit.busy_limit)
    monkeypatch.setattr(
        "planner.model.prepare.headroom", lambda instance, rates, waits: np.ones((len(rates.units), 3))
    )
    assert planner.solve(instance, QUICK).status == "refused"


def test_the_calendar_of_the_audit_is_that_of_the_instance() -> None:
    """Two ways to count periods, written apart: they must agree, here on stages, scenarios and odd hours."""
    from planner.verify.audit.calendar import calendar_of

    instance = _everything().override(
        {"horizon.start": "2025-01-01T22:30+05:30", "horizon.period_hours": 0.5}
    )
    own, other = calendar_of(instance), instance.timeline
    assert isinstance(other, Timeline)
    for mine, theirs in (
        (own.weight, other.weight),
        (own.before, other.previous),
        (own.block, other.block),
        (own.scenario, other.scenario),
        (own.clock, other.clock),
        (own.day, other.day),
        (own.week, other.week),
        (own.opens[own.stage], other.year_from),
    ):
        np.testing.assert_allclose(mine, theirs)
