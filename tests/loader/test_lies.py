"""Inputs that lie: prices of zero, prices off by a million, times that are not the horizon's, starts off the grid."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from planner.core.errors import InstanceError
from planner.instance.doubts import doubts
from planner.loader import from_dict, load, loads
from planner.loader.catalog.skypilot import import_skypilot
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from tests.examples import plain

if TYPE_CHECKING:
    from pathlib import Path

    from planner.instance import Instance

OPTIONS = SolveOptions(solver="highs", threads=1)
TWO_HOURS = """version: 1
name: two
horizon: {start: START, period_hours: 1, periods: 2}
workloads:
  chat:
    demand: {csv: s.csv, input_tokens_per_s: input, output_tokens_per_s: output}
deployments:
  - {name: prefill, role: prefill, nodes: 1, rate_tokens_per_s: {chat: 1000}}
  - {name: decode, role: decode, nodes: 2, rate_tokens_per_s: {chat: 200}}
fleet:
  h800:
    rent: {kind: on_demand, price_usd_per_gpu_hour: 2.00, max_nodes: 10}
"""
BOOK = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
STEADY = {"input_tokens_per_s": 1, "output_tokens_per_s": 100}
BLOCK = {"kind": "capacity_block", "days": [1, 2, 3], "price_usd_per_node_hour": 1}
API = {"input_hit": 0.14, "input_miss": 0.55, "output": 2.19}


def faults_of(changes: dict[str, Any]) -> str:
    with pytest.raises(InstanceError) as caught:
        from_dict(plain(changes))
    return str(caught.value)


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "on_demand", "price_usd_per_gpu_hour": 0},
        {"kind": "spot", "price_usd_per_node_hour": 0.0},
        {"kind": "reserved", "price_usd_per_gpu_hour": 0},
        {"kind": "contract", "hours": 2, "price_usd_per_node_hour": 0},
        {"kind": "purchase", "price_usd_per_node": 0, "life_years": 4},
        {"kind": "lease", "price_usd_per_node_month": 0, "term_months": 12},
    ],
    ids=lambda channel: channel["kind"],
)
def test_a_price_of_zero_must_be_meant(channel: dict[str, Any]) -> None:
    assert "fleet.h800.rent.price_usd" in faults_of({"fleet.h800.rent": channel})
    assert "write free: true" in faults_of({"fleet.h800.rent": channel})
    meant = from_dict(plain({"fleet.h800.rent": {**channel, "free": True}}))
    assert list(doubts(meant)) == ["fleet.h800.rent: its nodes cost nothing to hold (free: true)"]


def test_free_nodes_have_no_price() -> None:
    assert "there is a price above 0" in faults_of({"fleet.h800.rent.free": True})


def test_a_contract_paid_upfront_has_a_price() -> None:
    paid = {"kind": "contract", "hours": 2, "price_usd_per_node_hour": 0, "upfront_usd_per_node": 9}
    assert not list(doubts(from_dict(plain({"fleet.h800.rent": paid}))))


def test_the_plan_says_what_was_acknowledged() -> None:
    data = plain({"fleet.h800.rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 0, "free": True}})
    plan = solve(from_dict(data), OPTIONS)
    assert plan.cost == 0
    assert plan.warnings == ("fleet.h800.rent: its nodes cost nothing to hold (free: true)",)


def test_an_import_drops_zero_prices_and_keeps_the_next(tmp_path: Path) -> None:
    file = tmp_path / "vms.csv"
    file.write_text(
        "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region,AvailabilityZone\n"
        "p5e.48xlarge,H200,8,0.0,,us-east-2,us-east-2a\n"
        "p5en.48xlarge,H200,8,63.3,20.1,us-east-2,us-east-2a\n"
    )
    found = import_skypilot(file, "AWS", date(2026, 7, 20), "x@1")
    assert {price.term.value: price.price for price in found.prices} == {"on_demand": 7.9125, "spot": 2.5125}
    assert found.left_out == ("line 2: p5e.48xlarge in us-east-2: Price 0 is no price",)


def test_a_book_passes_over_lines_without_a_price_and_says_so(tmp_path: Path) -> None:
    zero = "AWS,us-east-2,h800,8,on_demand,0.0,USD,gpu_hour,2026-07-20,x@1,\n"
    text = TWO_HOURS.replace("START", "2026-01-01T00:00+00:00").replace(
        "price_usd_per_gpu_hour: 2.00", "book: {file: book.csv}"
    )
    (tmp_path / "s.csv").write_text("input,output\n1500,350\n900,150\n")
    (tmp_path / "book.csv").write_text(BOOK + zero)
    with pytest.raises(InstanceError, match=r"no lines with a price.*line 2: .* 0 is no price"):
        loads(text, tmp_path)
    (tmp_path / "book.csv").write_text(BOOK + zero + zero.replace("0.0", "7.91").replace("AWS", "GCP"))
    instance = loads(text, tmp_path)
    assert instance.fleet["h800"]["rent"].prices() == {"price_usd_per_gpu_hour": 7.91}
    assert "line 2: AWS us-east-2 h800 x8 on_demand: 0 is no price" in "".join(doubts(instance))


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("record", ["workloads.chat", "vendors.api"])
def test_token_prices_off_by_a_million_must_be_meant(factor: float, record: str) -> None:
    off = {kind: price * factor for kind, price in API.items()}
    changes: dict[str, Any] = {"vendors": {"api": {"price_usd_per_million_tokens": API}}}
    changes[f"{record}.price_usd_per_million_tokens"] = off
    said = faults_of(changes)
    assert f"{record}.price_usd_per_million_tokens.output" in said
    assert "unusual_price: true" in said
    meant = from_dict(plain({**changes, f"{record}.unusual_price": True}))
    assert "unusual_price: true" in "".join(doubts(meant))


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("known", [0.0025, 0.0028, 0.02, 0.14, 10.0, 150.0, 600.0])
def test_every_known_price_is_found_when_it_is_off_by_a_million(known: float, factor: float) -> None:
    """Also the dearest taken for a price per token, and the cheapest a million times too large."""
    prices = dict.fromkeys(API, known * factor)
    said = faults_of({"vendors": {"api": {"price_usd_per_million_tokens": prices}}})
    assert "all known prices (0.0025 to 600 USD)" in said
    meant = {"vendors": {"api": {"price_usd_per_million_tokens": prices, "unusual_price": True}}}
    assert from_dict(plain(meant)).vendors["api"].unusual_price


@pytest.mark.parametrize("price", [0.0025, 0.0028, 0.14, 600.0])
def test_known_token_prices_are_no_lies(price: float) -> None:
    prices = dict.fromkeys(API, price)
    assert from_dict(plain({"vendors": {"api": {"price_usd_per_million_tokens": prices}}}))


def test_a_vendor_that_asks_nothing_for_tokens_there_are_must_say_so() -> None:
    cheap = {"price_usd_per_million_tokens": {**API, "output": 0}}
    assert "vendors.api.price_usd_per_million_tokens.output: is 0" in faults_of({"vendors": {"api": cheap}})
    uncached = {
        "price_usd_per_million_tokens": {**API, "input_hit": 0}
    }  # nothing is cached: it is never asked
    assert from_dict(plain({"vendors": {"api": uncached}}))


def hours(tmp_path: Path, column: str, *times: str, start: str = "2026-01-01T00:00+00:00") -> Instance:
    rows = [f"{time},{value},{value / 10}" for time, value in zip(times, (1500, 900, 700), strict=False)]
    (tmp_path / "s.csv").write_text("\n".join([f"{column},input,output", *rows]) + "\n")
    (tmp_path / "two.yaml").write_text(TWO_HOURS.replace("START", start))
    return load(tmp_path / "two.yaml")


@pytest.mark.parametrize(
    ("column", "times", "said"),
    [
        ("time", ("2026-01-01T02:00+00:00", "2026-01-01T00:00+00:00"), "s.csv:2:1: .*has 2026-01-01T02:00"),
        ("time", ("2026-01-01T01:00+00:00", "2026-01-01T00:00+00:00"), "rows are in another order"),
        ("time", ("2026-01-01T01:00+00:00", "2026-01-01T02:00+00:00"), "every row is 1 h too late"),
        ("time", ("2026-01-01T00:00+00:00", "2026-01-01T00:00+00:00"), "s.csv:3:1: .*a time is given twice"),
        ("time", ("2026-01-01T00:00+00:00", "2026-01-01T02:00+00:00"), "1 periods are missing"),
        ("timestamp", ("2026-01-01T00:00+08:00", "2026-01-01T01:00+08:00"), "every row is 8 h too early"),
        ("Date Time", ("2025-01-01 00:00", "2025-01-01 01:00"), "every row is 8760 h too early"),
        ("hour", ("1", "0"), "where the horizon has"),
        ("hour", ("0", "2"), "where the horizon has"),
        ("hour_utc", ("01:00", "02:00"), "every row is 1 h too late"),
        ("date", ("2026-01-02", "2026-01-02"), "has 2026-01-02 where the horizon has 2026-01-01"),
        ("time", ("soon", "later"), "no time that can be compared with the horizon"),
        ("time", ("2026-01-01T00:00+00:00", "01:00"), "s.csv:3:1: .*no time that can be compared"),
        ("time", ("2026-01-01T00:00+00:00", ""), "s.csv:3:1: .*is empty"),
        ("epoch", ("1767225600", "1767232800"), "1 periods are missing"),
        ("zeit", ("2026-01-01T01:00+00:00", "2026-01-01T02:00+00:00"), "every row is 1 h too late"),
        ("slot", ("2026-01-01 01:00", "2026-01-01 00:00"), "rows are in another order"),
    ],
)
def test_a_time_column_that_is_not_the_horizon_is_refused(
    tmp_path: Path, column: str, times: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InstanceError, match=said):
        hours(tmp_path, column, *times)


@pytest.mark.parametrize(
    ("start", "column", "times", "said"),
    [
        (
            "2026-01-01T01:00+00:00",
            "time",
            ("2026-01-01T00:00Z", "2026-01-01T01:00Z", "2026-01-01T02:00Z"),
            "2 to 3",
        ),
        ("2026-02-01T00:00+00:00", "date", ("02/01/2026", "02/01/2026", "02/01/2026"), "1 to 2"),
        ("2026-01-02T00:00+00:00", "date", ("02/01/2026", "02/01/2026", "02/01/2026"), "1 to 2"),
    ],
)
def test_of_a_longer_series_the_rows_of_the_horizon_are_taken(
    tmp_path: Path, start: str, column: str, times: tuple[str, ...], said: str
) -> None:
    found = hours(tmp_path, column, *times, start=start)
    taken = (900, 700) if said == "2 to 3" else (1500, 900)
    assert found.workloads["chat"].demand.input_tokens_per_s == taken
    assert f"s.csv: rows {said} of 3 are those of the horizon, as '{column}' has it" in found.assumed


def test_a_longer_series_whose_times_do_not_tell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InstanceError, match=r"has 3 values, the horizon has 2 periods: set horizon\.periods to 3"
    ):
        hours(tmp_path, "hour", "0", "1", "2")
    hole = ("2025-12-31T23:00Z", "2026-01-01T00:00Z", "2026-01-01T02:00Z")
    with pytest.raises(InstanceError, match=r"s.csv:4:1: .*1 periods are missing before it"):
        hours(tmp_path, "time", *hole)
    ahead = ("2026-01-01T00:00Z", "2026-01-01T01:00Z", "2026-01-01T02:00Z")
    with pytest.raises(InstanceError, match="every row is 2 h too early"):
        hours(tmp_path, "time", *ahead, start="2026-01-01T02:00+00:00")


@pytest.mark.parametrize(
    ("column", "times"),
    [
        ("time", ("2026-01-01T00:00Z", "2026-01-01T01:00+00:00")),
        ("time", ("2026-01-01T08:00+08:00", "2026-01-01T09:00+08:00")),
        ("Period Start", ("2026-01-01 00:00:00+0000", "2026-01-01 01:00:00+0000")),
        ("hour_ending", ("1", "2")),
        ("hour", ("0", "1")),
        ("period", ("1", "2")),
        ("hour_utc", ("00:00", "01:00")),
        ("date", ("2026-01-01", "2026-01-01")),
        ("epoch", ("1767225600", "1767229200")),
        ("time", ("01.01.2026 00:00Z", "01.01.2026 01:00Z")),
        ("Date", ("1/1/2026 12:00 AM +00:00", "1/1/2026 1:00 AM +00:00")),
        ("timestamp", ("1767225600000", "1767229200000")),
        ("daytime_load", ("5", "3")),
        ("note", ("2020-01-01", "x")),
        ("zeit", ("2026-01-01T00:00Z", "2026-01-01T01:00Z")),
        ("exported", ("2026-02-01T08:13Z", "2026-02-01T08:13Z")),
        (
            "slot_ends,slot_begins",
            ("2026-01-01T01:00Z,2026-01-01T00:00Z", "2026-01-01T02:00Z,2026-01-01T01:00Z"),
        ),
    ],
)
def test_a_time_column_of_the_horizon_is_taken(tmp_path: Path, column: str, times: tuple[str, ...]) -> None:
    assert not hours(tmp_path, column, *times).assumed


def test_a_blank_line_between_rows_is_a_period_or_none(tmp_path: Path) -> None:
    """Blank lines after the last row are none; where a column tells the time no row can be missing unseen."""
    (tmp_path / "two.yaml").write_text(TWO_HOURS.replace("START", "2026-01-01T00:00+00:00"))
    said = r"s.csv:3:.* a blank line between the rows"
    (tmp_path / "s.csv").write_text("input,output\n1500,150\n\n900,90\n")
    with pytest.raises(InstanceError, match=said):
        load(tmp_path / "two.yaml")
    for text in (
        "\ninput,output\n1500,150\n900,90\n\n  \n",
        "hour,input,output\n0,1500,150\n\n1,900,90\n",
    ):
        (tmp_path / "s.csv").write_text(text)
        assert load(tmp_path / "two.yaml").horizon.periods == 2


def test_times_without_an_offset_are_of_the_horizon_s_zone_and_the_plan_says_so(tmp_path: Path) -> None:
    instance = hours(tmp_path, "time", "2026-01-01T12:00", "2026-01-01T13:00", start="2026-01-01T12:00+08:00")
    said = "s.csv: column 'time' has no offset from UTC: read in the zone of the horizon, +08:00"
    assert instance.assumed == (said,)
    assert solve(instance, OPTIONS).warnings == (said,)
    assert from_dict(instance.to_dict()) == instance
    with pytest.raises(InstanceError, match="8 h too late"):
        hours(tmp_path, "time_utc", "2026-01-01T12:00", "2026-01-01T13:00", start="2026-01-01T12:00+08:00")


def test_hours_from_the_start_that_could_be_hours_of_the_day_are_reported(tmp_path: Path) -> None:
    noon = "2026-01-01T12:00+00:00"
    assert not hours(tmp_path, "hour", "12", "13", start=noon).assumed
    assert "not hours of the day" in hours(tmp_path, "hour", "0", "1", start=noon).assumed[0]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"first_start_hours": 11.5}, "off the grid of periods of 1 h.*give horizon.period_hours: 0.5"),
        ({"start_every_hours": 12.5}, "a block starts 12.5 h after the beginning"),
        ({"days": 15}, "a block of 15 days is longer than the horizon of 3 days"),
        ({"days": 3, "first_start_hours": 24}, "ends after the horizon of 72 h"),
    ],
)
def test_blocks_that_cannot_start_are_refused(block: dict[str, Any], said: str) -> None:
    changes = {"horizon.periods": 72, "workloads.chat.demand": STEADY}
    with pytest.raises(InstanceError, match=rf"fleet\.h800\.block\.\w+: .*{said}"):
        from_dict(plain({**changes, "fleet.h800.block": {**BLOCK, **block}}))


def test_blocks_on_a_finer_grid_cost_what_they_should() -> None:
    changes: dict[str, Any] = {
        "horizon": {"start": "2026-06-01T00:00+00:00", "period_hours": 0.5, "periods": 144},
        "workloads.chat.demand": {"input_tokens_per_s": 1, "output_tokens_per_s": 100},
        "deployments.1.nodes": 1,
        "fleet.h800": {
            "block": {**BLOCK, "first_start_hours": 11.5},
            "rent": {"kind": "on_demand", "price_usd_per_node_hour": 10, "max_nodes": 10},
        },
    }
    assert solve(from_dict(plain(changes)), OPTIONS).cost == pytest.approx(576.0)


def test_blocks_that_only_partly_fit_are_reported() -> None:
    changes = {"horizon.periods": 72, "workloads.chat.demand": STEADY}
    instance = from_dict(plain({**changes, "fleet.h800.block": {**BLOCK, "days": [1, 7, 14]}}))
    assert list(doubts(instance)) == [
        "fleet.h800.block: blocks of 7, 14 days never start: they outlast the horizon"
    ]


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"nodes": 7, "sold_by": "domain"}, 1),
        ({"nodes": 12, "sold_by": "domain"}, 0),
        ({"nodes": 7, "sold_by": "node"}, 0),
        ({"nodes": 7, "increment_nodes": 2}, 1),
        ({"nodes": 7, "increment_nodes": 2, "max_nodes": 6}, 0),  # no more than six are meant
    ],
)
def test_nodes_one_has_are_not_left_out_unseen(fields: dict[str, Any], left: int) -> None:
    changes = {
        "hardware": {"h800": {"nodes_per_domain": 6}},
        "fleet.h800.own": {"kind": "existing", **fields},
    }
    plan = solve(from_dict(plain(changes)), SolveOptions(solver="highs", threads=1))
    told = [
        warning for warning in plan.warnings if warning.startswith("fleet.h800.own: its 7 nodes are held in")
    ]
    assert [f" {left} can never be used" in warning for warning in told] == [True] * bool(left)


def test_nodes_that_are_due_where_none_can_stand_are_refused() -> None:
    week = {"kind": "contract", "hours": 168, "price_usd_per_node_hour": 2}
    said = faults_of({"fleet.h800.week": {**week, "min_nodes": 3}})
    assert (
        "fleet.h800.week.min_nodes: at least 3 nodes must be held at any time, but a contract of 168 h cannot"
        in said
    )
    assert "never starts" in "".join(doubts(from_dict(plain({"fleet.h800.week": week}))))
    drawing = {"kind": "spend_commitment", "plan": "year", "price_usd_per_node_hour": 2}
    promised = {"fleet.h800.plan": drawing, "spend_commitments": {"year": {"hours": 8760}}}
    assert "spend_commitments.year: never begins" in "".join(doubts(from_dict(plain(promised))))
    late = {
        "kind": "purchase",
        "price_usd_per_node": 1,
        "life_years": 1,
        "lead_time_hours": 2,
        "min_nodes": 1,
    }
    assert "none of this channel can be held at 2025-01-01T00:00" in faults_of({"fleet.h800.own": late})
    due = {"limits": {"providers": {"p": {"min_nodes": 1}}}, "fleet.h800.week": {**week, "provider": "p"}}
    assert "limits.providers.p.min_nodes: at least 1 nodes must be held" in faults_of(due)


def test_two_deployments_of_one_name_are_refused() -> None:
    said = faults_of({"deployments.1.name": "prefill"})
    assert "deployments.1.name: 'prefill' is the name of deployments.0 too" in said


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (1767225600, "is no date and time"),
        ("1767225600", "is no date and time"),
        ("2026-01-01", "is no date and time"),
        ("2026-01-01T24:00+00:00", "hour must be in 0..23"),
        ("2026-02-29T00:00+00:00", "day is out of range"),
        ("2026-01-01T00:00", "needs an offset from UTC"),
        ("9999-12-31T23:00+00:00", "ends after 2999"),
        ("0001-01-01T00:00+14:00", "before the year 1900"),
    ],
)
def test_a_start_is_a_moment_of_the_calendar(start: object, said: str) -> None:
    assert said in faults_of({"horizon.start": start})


@pytest.mark.parametrize(
    ("hours", "fits"), [(48.0, False), (7.0, False), (24.0, True), (0.1, True), (1.0, True)]
)
def test_discounts_by_the_day_need_periods_that_divide_it(hours: float, fits: bool) -> None:
    prices = {"input_hit": 1, "input_miss": 1, "output": 2}
    tiers = [{"above_usd_per_day": 10, "discount_share": 0.5}]
    vendor = {"api": {"price_usd_per_million_tokens": prices, "tiers": tiers}}
    changes = {"horizon.period_hours": hours, "vendors": vendor}
    if fits:
        from_dict(plain(changes))
    else:
        assert "vendors.api.tiers: discounts are by the day" in faults_of(changes)
