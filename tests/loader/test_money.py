"""Amounts in other currencies and prices out of books: converted once, with faults at their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from planner.core.errors import InstanceError
from planner.instance.channels.kinds.lease import Lease
from planner.instance.channels.kinds.on_demand import OnDemand
from planner.instance.channels.kinds.reserved import Reserved
from planner.loader import from_dict, loads
from tests.examples import plain

if TYPE_CHECKING:
    from pathlib import Path

CNY = {"CNY": {"per_usd": 8.0, "date": "2025-02-28"}}


def test_keys_in_yuan_become_dollars() -> None:
    data = plain(
        {
            "exchange_rates": CNY,
            "fleet.h800.lease": {"kind": "lease", "price_cny_per_node_month": 76_000, "term_months": 12},
            "workloads.chat.price_cny_per_million_tokens": {"input_hit": 1, "input_miss": 4, "output": 16},
            "limits": {"capex_cny": 800},
            "start_up": {"cny_per_node": 4},
        }
    )
    instance = from_dict(data)
    lease = instance.fleet["h800"]["lease"]
    assert isinstance(lease, Lease)
    assert lease.price_usd_per_node_month == 9_500
    prices = instance.workloads["chat"].price_usd_per_million_tokens
    assert prices is not None
    assert (prices.input_hit, prices.input_miss, prices.output) == (0.125, 0.5, 2.0)
    assert instance.limits.capex_usd == 100
    assert instance.start_up.usd_per_node == 0.5
    assert instance.exchange_rates["CNY"].date == "2025-02-28"


def test_one_price_of_several_can_be_set_in_another_currency() -> None:
    prices = {"input_hit": 1.0, "input_miss": 2.0, "output": 8.0}
    where = "workloads.chat.price_{}_per_million_tokens"
    data = plain({"exchange_rates": CNY, "currency": "CNY", where.format("usd"): prices})
    changed = from_dict(data, {f"{where.format('cny')}.output": 40.0})
    again = changed.override({f"{where.format('usd')}.input_hit": 2.0})
    for instance, expected in ((changed, (8.0, 16.0, 40.0)), (again, (16.0, 16.0, 40.0))):
        found = instance.workloads["chat"].price_usd_per_million_tokens
        assert found is not None
        assert (found.input_hit, found.input_miss, found.output) == pytest.approx(expected)
    del data["exchange_rates"]
    with pytest.raises(InstanceError, match="says the same as 'price_usd_per_million_tokens'"):
        from_dict(data, {f"{where.format('cny')}.output": 40.0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, r"is in CNY: give exchange_rates\.CNY"),
        (
            {"exchange_rates": CNY, "start_up": {"usd_per_node": 1, "cny_per_node": 1}},
            "says the same as 'usd_per_node'",
        ),
        ({"exchange_rates": {"CNY": {"per_usd": 7.1, "date": "2025-02-30"}}}, "'2025-02-30' is no day"),
        ({"exchange_rates": {"CNY": {"per_usd": 7.1}}}, r"exchange_rates\.CNY\.date: is missing"),
    ],
)
def test_faults_of_currencies(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        from_dict(plain({"start_up": {"cny_per_node": 1.0}, **changes}))


def test_a_fault_points_to_the_line_it_was_written_on() -> None:
    text = (
        "version: 1\nname: a\nhorizon: {start: 2025-01-01T00:00+00:00, periods: 1}\n"
        "exchange_rates: {CNY: {per_usd: 7.2, date: 2025-02-28}}\n"
        "workloads: {w: {demand: {requests_per_s: 1}}}\n"
        "deployments: [{role: request, nodes: 1, rate_requests_per_s: {w: 1}}]\n"
        "fleet:\n  h800:\n    rent: {kind: on_demand,\n      price_cny_per_gpu_hour: -3}\n"
    )
    with pytest.raises(InstanceError) as caught:
        loads(text)
    assert caught.value.faults[0].line == 10


def test_names_are_not_keys() -> None:
    data = plain({"exchange_rates": CNY})
    data["workloads"]["cny_chat"] = data["workloads"].pop("chat")
    for deployment in data["deployments"]:
        deployment["rate_tokens_per_s"] = {"cny_chat": deployment["rate_tokens_per_s"]["chat"]}
    assert list(from_dict(data).workloads) == ["cny_chat"]


def test_a_price_out_of_a_book_brings_its_source() -> None:
    where = {"provider": "DeepSeek"}
    instance = from_dict(
        plain({"fleet.h800.rent": {"kind": "on_demand", "book": {"name": "h800_2025", **where}}})
    )
    rent = instance.fleet["h800"]["rent"]
    assert isinstance(rent, OnDemand)
    assert rent.price_usd_per_gpu_hour == 2.0
    assert rent.source is not None
    assert "open-infra-index" in rent.source
    assert from_dict(instance.to_dict()) == instance


def test_a_book_in_yuan_needs_a_rate_and_a_term() -> None:
    month = {"kind": "reserved", "book": {"name": "china_2026", "term": "month"}}
    data = plain({"exchange_rates": CNY, "fleet": {"h100": {"month": month}}})
    channel = from_dict(data).fleet["h100"]["month"]
    assert isinstance(channel, Reserved)
    assert channel.price_usd_per_gpu_hour == pytest.approx(76_000 / (730 * 8) / 8)
    with pytest.raises(
        InstanceError, match=r"fleet\.h100\.month\.book: .*give exchange_rates\.CNY with per_usd and date"
    ):
        from_dict({**data, "exchange_rates": {}})
    data["fleet"]["h100"]["month"] = {"kind": "reserved", "book": {"name": "china_2026"}}
    with pytest.raises(InstanceError, match="must say which term"):
        from_dict(data)


def test_a_term_paid_at_its_start_brings_the_share_and_the_years(tmp_path: Path) -> None:
    header = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
    line = "AWS,us-east-1,h800,8,reserved_3y_partial_upfront,1.5,USD,gpu_hour,2026-07-01,price list,\n"
    (tmp_path / "plans.csv").write_text(header + line)
    text = (
        "version: 1\nname: a\nhorizon: {start: 2025-01-01T00:00+00:00, periods: 1}\n"
        "workloads: {w: {demand: {requests_per_s: 1}}}\n"
        "deployments: [{role: request, nodes: 1, rate_requests_per_s: {w: 1}}]\n"
        "fleet: {h800: {plan: {kind: reserved, book: {file: plans.csv, term: reserved_3y_partial_upfront}MORE}}}\n"
    )

    def shares(more: str) -> tuple[float | None, float]:
        channel = loads(text.replace("MORE", more), base=tmp_path).fleet["h800"]["plan"]
        assert isinstance(channel, Reserved)
        return channel.term_years, channel.upfront_share

    assert shares("") == (3, 0.5)
    assert shares(", term_years: 3, upfront_share: 0.9") == (3, 0.9)


@pytest.mark.parametrize("kind", [["on_demand"], {"on_demand": 1}, 3, None])
def test_a_book_of_a_channel_whose_kind_is_no_word(kind: object) -> None:
    rent = {"kind": kind, "book": {"name": "hyperscalers_2026_07"}}
    with pytest.raises(InstanceError, match=r"fleet\.h100\.rent"):
        from_dict(plain({"fleet": {"h100": {"rent": rent}}}))


def test_several_prices_of_a_book_are_a_fault_that_lists_them() -> None:
    rent = {"kind": "on_demand", "book": {"name": "hyperscalers_2026_07"}}
    with pytest.raises(InstanceError, match="choose a provider"):
        from_dict(plain({"fleet": {"h100": {"rent": rent}}}))


def test_a_vendor_out_of_a_book_has_its_window_by_the_local_clock() -> None:
    where = {"name": "tokens_2025", "vendor": "DeepSeek", "model": "deepseek-r1"}
    data = plain({"vendors": {"v": {"book": where}}, "horizon.start": "2025-02-27T12:00+08:00"})
    vendor = from_dict(data).vendors["v"]
    assert vendor.price_usd_per_million_tokens is not None
    assert vendor.price_usd_per_million_tokens.output == 2.19
    assert vendor.off_peak is not None
    assert (vendor.off_peak.from_hour, vendor.off_peak.to_hour) == (0.5, 8.5)  # 16:30-00:30 UTC
    assert vendor.off_peak.price_usd_per_million_tokens.input_miss == 0.135
    assert vendor.source is not None
    assert "api-docs.deepseek.com" in vendor.source
    assert from_dict(from_dict(data).to_dict()).vendors["v"] == vendor


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"vendor": "Acme", "model": "deepseek-r1"},
            r"vendors\.v\.book: .*no prices of Acme deepseek-r1; there are",
        ),
        ({"vendor": "DeepSeek (CN)", "model": "deepseek-r1"}, r"give exchange_rates\.CNY"),
        ({"vendor": "DeepSeek"}, "model: is missing|no prices of DeepSeek None"),
        ({"name": "tokens_1925", "vendor": "a", "model": "b"}, "no book of facts"),
    ],
)
def test_faults_of_a_vendor_s_book(where: dict[str, str], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        from_dict(plain({"vendors": {"v": {"book": {"name": "tokens_2025", **where}}}}))


def test_a_vendor_in_yuan_is_converted() -> None:
    where = {"name": "tokens_2025", "vendor": "DeepSeek (CN)", "model": "deepseek-v3"}
    vendor = from_dict(plain({"exchange_rates": CNY, "vendors": {"v": {"book": where}}})).vendors["v"]
    assert vendor.price_usd_per_million_tokens is not None
    assert vendor.price_usd_per_million_tokens.output == 1.0


def test_a_book_of_one_s_own_lies_beside_the_instance(tmp_path: Path) -> None:
    header = "provider,region,hardware,gpus,term,price,currency,unit,date,source,note\n"
    (tmp_path / "mine.csv").write_text(
        header + "me,here,h800,8,on_demand,1.75,USD,gpu_hour,2026-07-01,contract,\n"
    )
    text = (
        "version: 1\nname: a\nhorizon: {start: 2025-01-01T00:00+00:00, periods: 1}\n"
        "workloads: {w: {demand: {requests_per_s: 1}}}\n"
        "deployments: [{role: request, nodes: 1, rate_requests_per_s: {w: 1}}]\n"
        "fleet: {h800: {rent: {kind: on_demand, book: {file: BOOK}}}}\n"
    )
    instance = loads(text.replace("BOOK", "mine.csv"), base=tmp_path)
    rent = instance.fleet["h800"]["rent"]
    assert isinstance(rent, OnDemand)
    assert rent.price_usd_per_gpu_hour == 1.75
    assert instance.override({"name": "b"}).fleet["h800"]["rent"] == rent
    for wrong, message in (("../mine.csv", "outside the folder"), ("nowhere.csv", "cannot read the file")):
        with pytest.raises(InstanceError, match=message):
            loads(text.replace("BOOK", wrong), base=tmp_path)
    with pytest.raises(InstanceError, match="one of them"):
        loads(text.replace("BOOK", "mine.csv, name: h800_2025"), base=tmp_path)
