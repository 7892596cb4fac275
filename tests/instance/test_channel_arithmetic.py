"""Each channel's arithmetic, worked by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from planner.instance import Horizon, Timeline
from planner.instance.channels import AnyChannel, Channel, Node
from planner.instance.channels.capital import capital_recovery
from planner.instance.channels.offers import NodeLimit
from planner.instance.lending import Lending
from planner.instance.spend_commitment import SpendCommitment
from planner.instance.timeline import timeline_of
from planner.instance.vendor import Vendor

NODE = Node(gpus=8, power_kw=10.0)


def channel(**fields: Any) -> Channel:
    return TypeAdapter(AnyChannel).validate_python(fields)  # type: ignore[return-value]


def timeline(periods: int = 48, start: str = "2025-01-06T12:00+00:00", period_hours: float = 1.0) -> Timeline:
    horizon = Horizon(start=datetime.fromisoformat(start), periods=periods, period_hours=period_hours)
    return timeline_of(horizon, "off", [1.0])


def spans(offers: Any) -> list[tuple[int, int]]:
    return list(zip(offers.first.tolist(), offers.last.tolist(), strict=True))


def test_contract_begins_in_any_period_and_ends_in_the_horizon() -> None:
    offers = channel(kind="contract", hours=24, price_usd_per_node_hour=2.9, upfront_usd_per_node=5).offers(
        timeline(30), NODE
    )
    assert spans(offers) == [(start, start + 23) for start in range(7)]
    assert offers.price_usd_per_node == pytest.approx([5 + 24 * 2.9] * 7)


def test_contract_that_may_outlast_the_horizon_is_paid_in_full() -> None:
    late = channel(kind="contract", hours=24, price_usd_per_node_hour=2.0, may_outlast_horizon=True)
    offers = late.offers(timeline(30), NODE)
    assert spans(offers)[-1] == (29, 29)
    assert offers.price_usd_per_node == pytest.approx([48.0] * 30)


def test_contract_over_half_hours() -> None:
    offers = channel(kind="contract", hours=2, price_usd_per_node_hour=3.0).offers(
        timeline(6, period_hours=0.5), NODE
    )
    assert spans(offers) == [(0, 3), (1, 4), (2, 5)]
    assert offers.price_usd_per_node == pytest.approx([6.0] * 3)


def test_capacity_block_starts_daily_within_its_window() -> None:
    block = channel(kind="capacity_block", days=[1, 2], price_usd_per_gpu_hour=0.5, first_start_hours=6)
    offers = block.offers(timeline(24 * 4), NODE)
    assert spans(offers) == [(6, 29), (30, 53), (54, 77), (6, 53), (30, 77)]
    assert offers.price_usd_per_node == pytest.approx([96.0] * 3 + [192.0] * 2)
    window = channel(
        kind="capacity_block", days=1, price_usd_per_gpu_hour=0.5, first_start_hours=6, start_window_hours=24
    )
    assert spans(window.offers(timeline(24 * 4), NODE)) == [(6, 29), (30, 53)]


def test_reserved_upfront_costs_the_money_it_ties_up() -> None:
    plain = channel(kind="reserved", price_usd_per_gpu_hour=1.0, term_years=3, upfront_share=1.0)
    assert plain.offers(timeline(24), NODE).price_usd_per_node == pytest.approx([8 * 24])
    dear = channel(
        kind="reserved", price_usd_per_gpu_hour=1.0, term_years=3, upfront_share=0.25, cost_of_capital=0.1
    )
    # three years bought at once for a quarter of 8 x 8760 x 3, repaid over them at 10 %: 0.402115 a year
    effective = 8 * (0.75 + 0.25 * 3 * 0.4021148)
    offers = dear.offers(timeline(24), NODE)
    assert offers.price_usd_per_node == pytest.approx([effective * 24], rel=1e-6)
    assert offers.capex_usd_per_node == pytest.approx([0.25 * 8 * 8760 * 3])
    with pytest.raises(ValidationError, match="upfront_share needs term_years"):
        channel(kind="reserved", price_usd_per_gpu_hour=1.0, upfront_share=0.5)


def test_purchase_recovers_capital_and_pays_the_hour_s_tariff() -> None:
    tariff = [0.2 if 8 <= hour < 20 else 0.05 for hour in range(24)]
    own = channel(
        kind="purchase",
        price_usd_per_node=100_000.0,
        life_years=4.0,
        cost_of_capital=0.08,
        residual_share=0.1,
        maintenance_share_per_year=0.02,
        colocation_usd_per_kw_month=150.0,
        pue=1.25,
        energy_usd_per_kwh=tariff,
    )
    offers = own.offers(timeline(24), NODE)
    annual = 100_000 * (1 - 0.1 / 1.08**4) * 0.3019208 + 2_000 + 150 * 12 * 10
    assert offers.price_usd_per_node == pytest.approx([annual * 24 / 8760], rel=1e-6)
    assert offers.capex_usd_per_node == pytest.approx([100_000])
    # the horizon begins at noon: eight hours of 0.20, twelve of 0.05, four of 0.20, times 12.5 kW
    assert offers.running_usd_per_node_hour == pytest.approx([2.5] * 8 + [0.625] * 12 + [2.5] * 4)


def test_purchase_stands_after_its_lead_time() -> None:
    own = channel(kind="purchase", price_usd_per_node=8_760.0, life_years=1.0, lead_time_hours=10)
    offers = own.offers(timeline(24), NODE)
    assert spans(offers) == [(10, 23)]
    assert offers.price_usd_per_node == pytest.approx([14.0])
    assert (
        spans(
            channel(kind="purchase", price_usd_per_node=1.0, life_years=1.0, lead_time_hours=24).offers(
                timeline(24), NODE
            )
        )
        == []
    )


def test_capital_recovery_without_interest_is_a_straight_line() -> None:
    assert capital_recovery(0.0, 5.0) == 0.2
    assert capital_recovery(1e-9, 5.0) == pytest.approx(0.2, rel=1e-6)


def test_lease() -> None:
    lease = channel(
        kind="lease", price_usd_per_node_month=7_300.0, term_months=24, upfront_usd_per_node=17_520.0
    )
    offers = lease.offers(timeline(24), NODE)
    assert offers.price_usd_per_node == pytest.approx([(7_300 * 12 + 8_760) * 24 / 8760])
    assert offers.capex_usd_per_node == pytest.approx([17_520])


def test_existing_is_sunk_but_for_what_it_would_earn() -> None:
    offers = channel(kind="existing", nodes=12, forgone_usd_per_node_hour=0.5).offers(timeline(24), NODE)
    assert offers.maximum_nodes == 12
    assert offers.price_usd_per_node == pytest.approx([12.0])
    assert channel(kind="existing", nodes=12).offers(timeline(24), NODE).price_usd_per_node.tolist() == [0.0]


def test_spot_serves_its_available_share() -> None:
    spot = channel(
        kind="spot",
        price_usd_per_gpu_hour=1.0,
        interruptions_per_node_month=73.0,
        restart_hours=2.5,
        correlated_loss={"kept_share": 0.8},
    )
    offers = spot.offers(timeline(2), NODE)
    assert offers.available_share == pytest.approx(0.8)
    assert offers.loss is not None
    assert (offers.loss.lost_share, offers.loss.kept_share) == (1.0, 0.8)
    assert not offers.lendable


def test_spend_commitment_and_the_channel_that_draws_on_it() -> None:
    plan = SpendCommitment(hours=24, may_outlast_horizon=True)
    assert plan.price_usd(timeline(30)) == pytest.approx([24.0] * 30)
    assert SpendCommitment().price_usd(timeline(30)) == pytest.approx([30.0])
    offers = channel(kind="spend_commitment", plan="p", price_usd_per_gpu_hour=0.2).offers(timeline(2), NODE)
    assert (offers.draws_on, offers.draw_usd_per_node_hour) == ("p", pytest.approx(1.6))
    assert not offers.price_usd_per_node.any()


def test_lending_blocks_lie_inside_the_nightly_window() -> None:
    night = Lending(
        hardware="h", price_usd_per_node_hour=5, block_hours=4, max_nodes=3, from_hour=22, to_hour=6
    )
    first, last = night.blocks(timeline(48))  # from noon: 22:00 is period 10, blocks may start until 02:00
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [
        *((start, start + 3) for start in range(10, 15)),
        *((start, start + 3) for start in range(34, 39)),
    ]
    assert night.credit_usd_per_node(timeline(48)) == pytest.approx([20.0] * 10)
    always = Lending(hardware="h", price_usd_per_node_hour=5, max_nodes=3)
    assert len(always.blocks(timeline(48))[0]) == 48


def test_vendor_prices_change_with_the_local_clock() -> None:
    full = {"input_hit": 0.14, "input_miss": 0.55, "output": 2.19}
    night = {"input_hit": 0.035, "input_miss": 0.135, "output": 0.55}
    vendor = Vendor.model_validate(
        {
            "price_usd_per_million_tokens": full,
            "off_peak": {"from_hour": 0.5, "to_hour": 8.5, "price_usd_per_million_tokens": night},
        }
    )
    prices = vendor.prices_usd_per_token(timeline(24, start="2025-02-27T12:00+08:00")) * 1e6
    assert prices[:, 0] == pytest.approx([0.14, 0.55, 2.19])
    # the window is 0:30 to 8:30: hours 0 and 8 (periods 12 and 20) lie half in it, hours 1 to 7 wholly
    assert prices[2, 11:22] == pytest.approx([2.19, (2.19 + 0.55) / 2, *[0.55] * 7, (2.19 + 0.55) / 2, 2.19])
    halves = vendor.prices_usd_per_token(timeline(48, "2025-02-27T00:00+08:00", 0.5)) * 1e6
    assert halves[2].tolist() == pytest.approx([2.19] + [0.55] * 16 + [2.19] * 31)
    # 20:00 to 4:00 to 12:00 to 20:00: none, three and a half, four and a half of eight hours in the window
    long = vendor.prices_usd_per_token(timeline(3, "2025-02-27T20:00+08:00", 8.0)) * 1e6
    assert long[2] == pytest.approx([2.19 - 1.64 * share / 8 for share in (3.5, 4.5, 0.0)])
    days = vendor.prices_usd_per_token(timeline(2, "2025-02-27T07:00+08:00", 24.0)) * 1e6
    assert days[1] == pytest.approx([0.55 - 0.415 * 8 / 24] * 2)
    with pytest.raises(ValidationError, match="rising order"):
        Vendor.model_validate(
            {
                "price_usd_per_million_tokens": full,
                "tiers": [
                    {"above_usd_per_day": 10, "discount_share": 0.1},
                    {"above_usd_per_day": 5, "discount_share": 0.2},
                ],
            }
        )


def test_a_window_past_midnight_and_one_without_hours() -> None:
    prices = {"input_hit": 1.0, "input_miss": 1.0, "output": 1.0}
    night = {"input_hit": 0.0, "input_miss": 0.0, "output": 0.0}
    late = {"from_hour": 22.0, "to_hour": 6.0, "price_usd_per_million_tokens": night}
    vendor = Vendor.model_validate({"price_usd_per_million_tokens": prices, "off_peak": late})
    # from 21:00 in steps of four hours: 21-1 three hours at night, 1-5 all, 5-9 one, then none
    four = vendor.prices_usd_per_token(timeline(6, "2025-02-27T21:00+08:00", 4.0)) * 1e6
    assert four[0] == pytest.approx([0.25, 0.0, 0.75, 1.0, 1.0, 1.0])
    with pytest.raises(ValidationError, match="the window has no hours"):
        Vendor.model_validate({"price_usd_per_million_tokens": prices, "off_peak": {**late, "to_hour": 22.0}})


def test_a_tariff_is_averaged_over_the_part_of_the_day_that_a_period_covers() -> None:
    own = channel(
        kind="purchase",
        price_usd_per_node=1.0,
        life_years=1.0,
        power_kw=1.0,
        energy_usd_per_kwh=[float(hour) for hour in range(24)],
    )

    def running(*where: Any) -> list[float]:
        return own.offers(timeline(*where), NODE).running_usd_per_node_hour.tolist()

    assert running(2, "2025-01-01T05:00+00:00", 24.0) == pytest.approx([11.5, 11.5])
    assert running(2, "2025-01-01T22:00+00:00", 4.0) == pytest.approx([(22 + 23 + 0 + 1) / 4, 3.5])
    assert running(3, "2025-01-01T23:30+00:00", 1.0) == pytest.approx([11.5, 0.5, 1.5])
    assert running(4, "2025-01-01T23:00+00:00", 0.5) == [23.0, 23.0, 0.0, 0.0]
    # 36 hours from 6:00: a whole day and 6:00 to 18:00
    assert running(1, "2025-01-01T06:00+00:00", 36.0) == pytest.approx([(24 * 11.5 + 12 * 11.5) / 36])


def test_a_contract_holds_the_periods_that_it_covers_wholly() -> None:
    # 1.5 hours on a grid of one hour are one period; 1.5 hours are paid
    offers = channel(kind="contract", hours=1.5, price_usd_per_node_hour=2.0).offers(timeline(3), NODE)
    assert spans(offers) == [(0, 0), (1, 1)]
    assert offers.price_usd_per_node == pytest.approx([3.0, 3.0])
    assert (
        spans(channel(kind="contract", hours=0.5, price_usd_per_node_hour=2.0).offers(timeline(3), NODE))
        == []
    )


def test_lending_blocks_fill_the_grid_and_the_window() -> None:
    # three hours at a time on a grid of two: six hours; from midnight to 13:00 they begin at 0, 2, 4 and 6
    taker = Lending(
        hardware="h", price_usd_per_node_hour=1, block_hours=3, max_nodes=3, from_hour=0, to_hour=13
    )
    grid = timeline(12, "2025-01-06T00:00+00:00", 2.0)
    first, last = taker.blocks(grid)
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [(start, start + 2) for start in range(4)]
    assert taker.credit_usd_per_node(grid) == pytest.approx([6.0] * 4)
    # an hour at a time on a grid of four hours fits into no window of two
    short = Lending(hardware="h", price_usd_per_node_hour=1, max_nodes=3, from_hour=0, to_hour=2)
    assert len(short.blocks(timeline(6, "2025-01-06T00:00+00:00", 4.0))[0]) == 0


def test_days_change_at_midnight() -> None:
    assert timeline(50, "2025-01-06T00:00+00:00").day.tolist() == [0] * 24 + [1] * 24 + [2] * 2
    assert timeline(50, "2025-01-06T12:00+08:00").day.tolist() == [0] * 12 + [1] * 24 + [2] * 14
    evening = Horizon(start=datetime.fromisoformat("2025-01-06T18:00+00:00"), periods=48)
    assert timeline_of(evening, "off", [1.0]).day.tolist() == [0] * 6 + [1] * 24 + [2] * 18
    # two days that repeat end in the day that they began in
    assert timeline_of(evening, "cyclic", [1.0]).day.tolist() == [0] * 6 + [1] * 24 + [0] * 18


def test_what_the_existing_fleet_is_limited_by() -> None:
    owned = channel(kind="existing", nodes=10)
    assert owned.limit() == NodeLimit("nodes", 10)
    assert channel(kind="existing", nodes=10, max_nodes=4).limit() == NodeLimit("max_nodes", 4, 10)
    assert channel(kind="existing", nodes=10, max_nodes=40).limit() == NodeLimit("nodes", 10, 40)


@pytest.mark.parametrize(
    ("passed", "starts"),
    [
        (0.0, [6.0, 30.0, 54.0]),
        (6.0, [0.0, 24.0, 48.0]),
        (20.0, [10.0, 34.0]),
        (54.0, [0.0]),
        (55.0, []),
    ],
)
def test_a_block_seen_later_starts_when_it_does(passed: float, starts: list[float]) -> None:
    block = channel(
        **{"kind": "capacity_block", "days": 1, "price_usd_per_node_hour": 14, "min_nodes": 1},
        **{"first_start_hours": 6.0, "start_window_hours": 48.0},
    )
    seen = TypeAdapter(AnyChannel).validate_python(block.later(passed).model_dump(exclude_unset=True))
    offers = seen.offers(timeline(96), NODE)
    able = [] if seen.max_nodes == 0 else offers.first.tolist()
    assert able == starts


def test_a_lead_time_that_is_over_is_over() -> None:
    bought = channel(kind="purchase", price_usd_per_node=8760, life_years=1, lead_time_hours=30.0)
    assert bought.later(12.0).offers(timeline(96), NODE).first.tolist() == [18]
    assert bought.later(40.0).offers(timeline(96), NODE).first.tolist() == [0]
