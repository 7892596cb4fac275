"""Prices in the plan's own currency are taken as they are, all others are exchanged once: every key of money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import BaseModel

import planner
from planner.core.errors import InstanceError
from planner.instance.money_keys import is_money, key_in
from planner.loader import from_dict
from planner.loader.money import _money_keys
from planner.loader.provenance import provenance
from planner.view.exports.quotes import quotes_of
from tests.examples import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance

TOKENS = {"input_hit": 1.0, "input_miss": 2.0, "output": 3.0}
EVERY_AMOUNT: dict[str, Any] = {
    "workloads.chat.price_usd_per_million_tokens": TOKENS,
    "workloads.chat.off_peak": {"from_hour": 1.0, "to_hour": 2.0, "price_usd_per_million_tokens": TOKENS},
    "workloads.chat.shed_usd_per_million_tokens": 5.0,
    "workloads.embed": {"demand": {"requests_per_s": 1.0}, "shed_usd_per_million_requests": 7.0},
    "deployments": [
        {"role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}, "start_usd_per_unit": 4.0},
        {"role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200}},
        {"role": "request", "nodes": 1, "rate_requests_per_s": {"embed": 5}},
    ],
    "start_up.usd_per_node": 3.0,
    "fleet.h800.rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "running_usd_per_node_hour": 0.5},
    "fleet.h800.old": {"kind": "existing", "nodes": 1, "forgone_usd_per_node_hour": 1.5},
    "fleet.h800.lease": {
        "kind": "lease",
        "price_usd_per_node_month": 900.0,
        "upfront_usd_per_node": 10.0,
        "term_months": 12.0,
    },
    "fleet.h800.own": {
        "kind": "purchase",
        "price_usd_per_node": 9000.0,
        "life_years": 4.0,
        "power_kw": 10.0,
        "colocation_usd_per_kw_month": 20.0,
        "energy_usd_per_kwh": [0.1, 0.2] * 12,
    },
    "fleet.h800.saver": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 9.0},
    "spend_commitments.p": {"increment_usd_per_hour": 5.0, "max_usd_per_hour": 50.0},
    "vendors.v": {
        "price_usd_per_million_tokens": TOKENS,
        "tiers": [{"above_usd_per_day": 100.0, "discount_share": 0.1}],
    },
    "lending.l": {"hardware": "h800", "price_usd_per_node_hour": 1.0, "max_nodes": 1},
    "limits": {
        "capex_usd": 1e6,
        "capex_usd_per_year": 1e5,
        "usd_per_month": 1e7,
        "cash_usd_per_stage": 1e9,
        "peak_funding_usd": 1e10,
    },
    "risk": {"cvar_limit_usd": 1e8},
    "sites": {
        "north": {"egress_usd_per_gb": 0.5, "carbon_g_per_kwh": 400.0, "carbon_usd_per_t": 80.0},
        "south": {"energy_usd_per_kwh": [0.1, -0.2, 0.3]},
    },
    "hardware.h800": {"site": "north", "power_kw_per_node": 10.0},
    "links.fibre": {
        "from_site": "north",
        "to_site": "south",
        "bandwidth_gbit_per_s": 9.0,
        "usd_per_gb": 0.25,
    },
    **{"workloads.chat.lengths": {"input_tokens": 9, "output_tokens": 9}, "workloads.chat.response_bytes": 9},
    **{"workloads.chat.kv_bytes_per_token": 9, "workloads.embed.response_bytes": 9},
    "scenarios": {"a": {"probability": 0.5}, "b": {"probability": 0.5}},
    "stages": {"now": {"years": 1}, "later": {"years": 1}},
}
RATES = {"CNY": {"per_usd": 8.0, "date": "2025-02-28"}, "CHF": {"per_usd": 0.5, "date": "2025-02-28"}}


def written_in(code: str, data: Any) -> Any:
    """The data with every key of money in another currency's word."""
    if isinstance(data, dict):
        return {key_in(key, code): written_in(code, value) for key, value in data.items()}
    return [written_in(code, item) for item in data] if isinstance(data, list) else data


def instance_in(currency: str, keys: str, **changes: Any) -> Instance:
    data: dict[str, Any] = written_in(keys, plain(EVERY_AMOUNT))
    return from_dict({**data, "currency": currency, "exchange_rates": RATES, **changes})


def amounts(value: Any) -> Iterator[float]:
    """Every amount of money that an instance was given, in the order of its format."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inside = getattr(value, name)
            if is_money(name) and name in value.model_fields_set:
                figures = list(inside.model_dump().values()) if isinstance(inside, BaseModel) else inside
                yield from np.atleast_1d(np.asarray(figures, dtype=float)).tolist()
            else:
                yield from amounts(inside)
    elif isinstance(value, dict | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from amounts(item)


def test_the_instance_has_every_key_of_money_that_the_format_knows() -> None:
    assert {key for key in _money_keys() if f'"{key}"' not in json.dumps(plain(EVERY_AMOUNT))} == set()


@pytest.mark.parametrize(
    ("currency", "keys", "worth"),
    [
        ("USD", "usd", 1.0),
        ("CNY", "cny", 1.0),  # its own currency: as it is, the rate beside it notwithstanding
        ("USD", "cny", 1 / 8),
        ("USD", "chf", 2.0),
        ("CNY", "usd", 8.0),
        ("CNY", "chf", 16.0),  # 0.5 CHF buy a dollar, a dollar buys 8 CNY
    ],
)
def test_every_amount_is_exchanged_once(currency: str, keys: str, worth: float) -> None:
    plainly = from_dict(plain(EVERY_AMOUNT))
    stated = instance_in(currency, keys)
    mine, its = list(amounts(stated)), list(amounts(plainly))
    assert len(mine) == len(its) > 30
    np.testing.assert_allclose(mine, np.asarray(its) * worth, rtol=1e-12)
    for again in (from_dict(stated.to_dict()), stated.override({"name": "small"})):
        assert again == stated
    assert from_dict(json.loads(stated.model_dump_json(exclude_unset=True))) == stated


def test_the_own_currency_needs_no_rate_and_others_need_two() -> None:
    assert list(amounts(instance_in("CNY", "cny", exchange_rates={}))) == list(
        amounts(from_dict(plain(EVERY_AMOUNT)))
    )
    with pytest.raises(InstanceError, match=r"is in USD: give exchange_rates\.CNY with per_usd and date"):
        instance_in("CNY", "usd", exchange_rates={})
    with pytest.raises(InstanceError, match=r"give exchange_rates\.CHF and exchange_rates\.CNY"):
        instance_in("CNY", "chf", exchange_rates={})
    with pytest.raises(InstanceError, match="leave this out"):
        instance_in("CNY", "cny", exchange_rates={"USD": {"per_usd": 7.0, "date": "2025-02-28"}})


def test_a_plan_in_yuan_costs_what_its_prices_say() -> None:
    """A million tokens/s at 1,000 tokens/s a node are 1,000 nodes, 100 CNY an hour each: 100,000 CNY."""
    data = {
        "version": 1,
        "name": "yuan",
        "currency": "CNY",
        "horizon": {"start": "2025-01-01T00:00+08:00", "periods": 1},
        "exchange_rates": {"CNY": {"per_usd": 7.25, "date": "2025-02-28"}},
        "workloads": {
            "a": {
                "demand": {"output_tokens_per_s": 1_000_000},
                "price_cny_per_million_tokens": {"input_hit": 0, "input_miss": 0, "output": 16},
            }
        },
        "deployments": [{"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"a": 1000}}],
        "hardware": {"x": {"gpus_per_node": 8}},
        "fleet": {"x": {"rent": {"kind": "on_demand", "price_cny_per_node_hour": 100}}},
    }
    plan = planner.solve(from_dict(data))
    assert (plan.cost, plan.currency) == (pytest.approx(100_000), "CNY")
    assert plan.summary["income"] == pytest.approx(57_600)  # 3,600 million tokens at 16
    assert planner.check(from_dict(plan.question), plan).passed
    data["fleet"] = {"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 100}}}
    assert planner.solve(from_dict(data)).cost == pytest.approx(725_000)


def test_books_are_exchanged_into_the_own_currency() -> None:
    """A line of 76,000 CNY a month of 730 h for 8 nodes of 8 stays in CNY; a line in USD is worth 8 times as many."""
    month = {"kind": "reserved", "book": {"name": "china_2026", "term": "month"}}
    data = written_in("cny", plain({"fleet": {"h100": {"month": month}}})) | {"currency": "CNY"}
    price = from_dict(data).fleet["h100"]["month"].price_usd_per_gpu_hour  # type: ignore[union-attr]
    assert price == pytest.approx(76_000 / (730 * 8))
    rent = {"kind": "on_demand", "book": {"name": "h800_2025", "provider": "DeepSeek"}}
    data = {**data, "fleet": {"h800": {"rent": rent}}}
    with pytest.raises(InstanceError, match=r"is in USD: give exchange_rates\.CNY"):
        from_dict(data)
    found = from_dict({**data, "exchange_rates": RATES})
    assert found.fleet["h800"]["rent"].price_usd_per_gpu_hour == 16.0  # type: ignore[union-attr]
    assert from_dict(found.to_dict()) == found


@pytest.mark.parametrize(("model", "output"), [("deepseek-v3", 8.0)])
def test_vendors_out_of_books_too(model: str, output: float) -> None:
    where = {"name": "tokens_2025", "vendor": "DeepSeek (CN)", "model": model}
    data = written_in("cny", plain({"vendors": {"v": {"book": where}}})) | {"currency": "CNY"}
    prices = from_dict(data).vendors["v"].price_usd_per_million_tokens
    assert prices is not None
    assert prices.output == output


def test_what_is_reported_outside_names_the_currency() -> None:
    instance = instance_in("CNY", "cny")
    told = (
        json.dumps(instance.to_dict())
        + str([row.path for row in provenance(instance)])
        + str(quotes_of(instance))
    )
    assert "_usd" not in told.replace("per_usd", "")


def test_a_setting_replaces_the_same_amount_in_another_currency() -> None:
    data = plain(
        {"fleet.h800.rent": {"kind": "on_demand", "price_cny_per_node_hour": 80.0}, "exchange_rates": RATES}
    )
    for key, value in (("price_usd_per_node_hour", 20.0), ("price_cny_per_node_hour", 160.0)):
        rent = from_dict(data, {f"fleet.h800.rent.{key}": value}).fleet["h800"]["rent"]
        assert rent.price_usd_per_node_hour == 20.0  # type: ignore[union-attr]


def places_of_money(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a key of money in plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if isinstance(key, str) and is_money(key):
            yield (*path, key)
        else:
            yield from places_of_money(value, (*path, key))


MAY_EARN = (("sites", "south", "energy_usd_per_kwh"), ("fleet", "h800", "own", "energy_usd_per_kwh"))
"""Prices that may lie below zero."""


def spoiled(amount: Any) -> tuple[tuple[Any, ...], Any]:
    """Where in an amount a number stands, and the amount with -3 there."""
    if isinstance(amount, dict):
        return ("output",), {**amount, "output": -3.0}
    return ((0,), [-3.0, *amount[1:]]) if isinstance(amount, list) else ((), -3.0)


@pytest.mark.parametrize("currency", ["CNY", "USD", "CHF"])
@pytest.mark.parametrize(
    "place", [one for one in places_of_money(plain(EVERY_AMOUNT)) if one not in MAY_EARN], ids=str
)
def test_faults_speak_of_the_key_and_the_amount_that_were_written(
    place: tuple[Any, ...], currency: str
) -> None:
    """Whatever the currency of the instance: a price of -3 in yuan is told as that, in a file as by `--set`."""
    data: dict[str, Any] = written_in("cny", plain(EVERY_AMOUNT)) | {
        "currency": currency,
        "exchange_rates": RATES,
    }
    path = tuple(key_in(step, "cny") if isinstance(step, str) else step for step in place)
    record: Any = data
    for step in path[:-1]:
        record = record[step]
    inside, wrong = spoiled(record[path[-1]])
    where = ".".join(map(str, (*path, *inside)))
    with pytest.raises(InstanceError) as by_setting:
        from_dict(data, {".".join(map(str, path)): wrong})
    record[path[-1]] = wrong
    with pytest.raises(InstanceError) as in_file:
        from_dict(data)
    for raised in (by_setting, in_file):
        assert [(fault.path, fault.message.split(" does not fit")[0]) for fault in raised.value.faults] == [
            (where, "-3")
        ]


def test_faults_of_a_record_name_its_keys_as_they_were_written() -> None:
    data: dict[str, Any] = written_in("cny", plain(EVERY_AMOUNT)) | {"currency": "CNY"}
    with pytest.raises(InstanceError) as raised:
        from_dict(data, {"fleet.h800.rent.price_cny_per_node_hour": 3.0})
    (fault,) = raised.value.faults
    assert fault.message.startswith("give price_cny_per_gpu_hour or price_cny_per_node_hour")
