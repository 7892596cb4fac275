"""Units that read and answer: the same requests by both, by hand; in the model, in plans, and by the audit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

import planner
from planner.rates.compute import compute_rates
from tests.model.listing import listing, program_for
from tests.reference.reference import optimum

Data = dict[str, Any]
EXACT = planner.SolveOptions(method="direct", solver="highs", relative_gap=1e-9, threads=1)


def question(**changes: Any) -> Data:
    """1,000 prompt and 1,000 answer tokens/s; one kind of unit reads fast, one writes fast, a node of 1 USD/h each."""
    data: Data = {
        "version": 1,
        "name": "two_kinds",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {"big": {"gpus_per_node": 8}, "fast": {"gpus_per_node": 8}},
        "workloads": {"chat": {"demand": {"input_tokens_per_s": 1000.0, "output_tokens_per_s": 1000.0}}},
        "deployments": [
            kind("reader", "big", {"prefill": 1000.0, "decode": 100.0}),
            kind("writer", "fast", {"prefill": 100.0, "decode": 1000.0}),
        ],
        "fleet": {
            name: {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}} for name in ("big", "fast")
        },
    }
    return data | changes


def kind(name: str, hardware: str, rates: Any, role: str = "colocated") -> Data:
    return {
        "name": name,
        "role": role,
        "nodes": 1,
        "hardware": hardware,
        "rate_tokens_per_s": {"chat": rates},
    }


def solved(data: Data) -> planner.Plan:
    return planner.solve(planner.from_dict(data), EXACT)


def test_the_row_is_shares_of_the_same_requests() -> None:
    rows = listing(program_for(planner.from_dict(question())))
    lower, terms, upper = rows["colocation_0_0_0"]
    assert (lower, upper) == (0.0, 0.0)
    assert terms == {"busy_0_0_0": 1000.0 / 1000.0, "busy_0_1_0": -100.0 / 1000.0}
    assert rows["colocation_1_0_0"][1] == {"busy_1_0_0": 0.1, "busy_1_1_0": -1.0}


def test_two_kinds_do_not_share_out_the_phases_of_a_workload() -> None:
    plan = solved(question())
    # a request share y takes y (1 + 10) units of either kind: 11 nodes, where reader and writer alone were 2
    assert plan.cost == pytest.approx(11.0)
    assert optimum(question()).expected == pytest.approx(11.0)
    assert not planner.check(planner.from_dict(question()), plan).violations
    for name in ("reader", "writer"):
        read, written = (
            sum(one.per_s[0] for one in plan.served if (one.unit, one.phase) == (name, phase))
            for phase in ("prefill", "decode")
        )
        assert read == pytest.approx(written)


def test_units_of_one_phase_hand_over_as_before() -> None:
    data = question(
        deployments=[
            kind("prompts", "big", 1000.0, "prefill"),
            kind("answers", "big", 1000.0, "decode"),
            kind("writer", "fast", {"prefill": 100.0, "decode": 1000.0}),
        ]
    )
    assert solved(data).cost == pytest.approx(2.0)


def test_a_unit_of_both_phases_does_not_answer_for_one_that_reads() -> None:
    data = question(
        deployments=[
            kind("prompts", "big", 1000.0, "prefill"),
            kind("writer", "fast", {"prefill": 100.0, "decode": 1000.0}),
        ]
    )
    assert solved(data).cost == pytest.approx(
        11.0
    )  # the writers read too, and nobody answers what prompts reads
    assert optimum(data).expected == pytest.approx(11.0)


def test_the_audit_refuses_prompts_read_on_one_kind_and_answered_on_another() -> None:
    data = question()
    for channels in data["fleet"].values():
        channels["rent"]["max_nodes"] = 6  # so that both kinds are needed
    plan, instance = solved(data), planner.from_dict(data)
    assert not planner.check(instance, plan).violations
    told = planner.check(instance, replace(plan, served=tuple(map(_moved, plan.served))))
    assert any(one.rule == "colocation" for one in told.violations)


def _moved(record: Any) -> Any:
    """The record of a unit after three prompt tokens/s went from the first kind to the second."""
    if record.phase == "prefill":
        change = -3.0 if record.unit == "reader" else 3.0
        return replace(record, per_s=(record.per_s[0] + change,))
    return record


def test_a_link_carries_caches_between_kinds() -> None:
    sites = {"north": {}, "south": {}}
    linked = question(
        hardware={
            "big": {"gpus_per_node": 8, "site": "north", "kv_cache": "one"},
            "fast": {"gpus_per_node": 8, "site": "south", "kv_cache": "one"},
        },
        sites=sites,
        links={"cable": {"from_site": "north", "to_site": "south", "bandwidth_gbit_per_s": 100.0}},
    )
    linked["workloads"]["chat"]["kv_bytes_per_token"] = 1000.0
    linked["workloads"]["chat"]["lengths"] = {"input_tokens": 100, "output_tokens": 100}
    assert solved(linked).cost == pytest.approx(2.0)


def test_of_work_that_waits_shares_are_of_the_busiest_period_and_no_more_is_done_than_is_due() -> None:
    data = question(horizon={"start": "2026-01-01T00:00+00:00", "periods": 2})
    demand = {"input_tokens_per_s": [1000.0, 500.0], "output_tokens_per_s": [2000.0, 1000.0]}
    data["workloads"]["chat"] |= {"demand": demand, "deferral": {"deadline_hours": 1.0}}
    rows = listing(program_for(planner.from_dict(data)))
    assert rows["colocation_0_0_1"] == (
        0.0,
        {"busy_0_0_1": 1000.0 / 1000.0, "busy_0_1_1": -100.0 / 2000.0},
        0.0,
    )
    lower, terms, upper = rows["colocation_due_0_1"]
    assert (lower, upper) == (-math.inf, 500.0)
    scale = {name: value for name, value in terms.items() if name.startswith("busy")}
    assert scale == {"busy_0_0_1": 1000.0, "busy_1_0_1": 100.0}
    assert {name for name in terms if not name.startswith("busy")} == {"backlog_0_0", "backlog_0_1"}


def test_time_left_over_does_no_more_of_work_that_waits_than_was_decided() -> None:
    """Two nodes stay on for an hour that asks for less, and prompts read before wait for units that answer alone."""
    prompts, more = [1000.0, 1500.0, 200.0, 750.0], [300.0, 450.0, 300.0, 150.0]
    answers, rent = [one / 4 for one in prompts], {"kind": "on_demand", "price_usd_per_node_hour": 9.0}
    demand = {"input_tokens_per_s": prompts, "output_tokens_per_s": answers}
    other = {"input_tokens_per_s": more, "output_tokens_per_s": [one / 3 for one in more]}
    data = question(
        horizon={"start": "2026-01-01T00:00+00:00", "periods": 4},
        hardware={"big": {"gpus_per_node": 8}, "fast": {"gpus_per_node": 4}},
        workloads={
            "chat": {"demand": demand, "deferral": {"deadline_hours": 1.0}},
            "other": {"demand": other},
        },
        deployments=[
            kind("both", "big", {"prefill": 900.0, "decode": 90.0}),
            kind("small", "fast", {"prefill": 200.0, "decode": 200.0}) | {"nodes": None, "ep": 2},
            kind("prompts", "big", 1500.0, "prefill"),
            kind("answers", "fast", 400.0, "decode"),
        ],
        fleet={
            "big": {"have": {"kind": "existing", "nodes": 1, "forgone_usd_per_node_hour": 2.0}, "rent": rent},
            "fast": {"rent": rent | {"price_usd_per_node_hour": 4.0}},
        },
        start_up={"usd_per_node": 1.0, "minimum_up_hours": 2.0, "before_first_period": "off"},
    )
    data["deployments"][0]["rate_tokens_per_s"]["other"] = {"prefill": 500.0, "decode": 200.0}
    data["deployments"][3]["rate_tokens_per_s"]["other"] = 300.0
    plan = solved(data)
    assert (str(plan.status), plan.reasons) == ("optimal", ())


@pytest.mark.parametrize("deadline_hours", [0, 0.5, 1])
def test_work_that_may_wait_is_held_to_it_too(deadline_hours: float) -> None:
    data = question()
    data["workloads"]["chat"]["deferral"] = {"deadline_hours": deadline_hours}
    plan = solved(data)
    assert plan.cost == pytest.approx(11.0)
    assert optimum(data).expected == pytest.approx(plan.cost)
    assert not planner.check(planner.from_dict(data), plan).violations


def test_one_kind_alone_needs_no_rows() -> None:
    data = question(deployments=question()["deployments"][:1])
    assert not any(name.startswith("colocation") for name in listing(program_for(planner.from_dict(data))))
    assert solved(data).cost == pytest.approx(11.0)


def test_a_unit_of_both_phases_dominates_no_unit_of_one() -> None:
    data = question(
        deployments=[
            kind("answers", "big", 900.0, "decode"),
            kind("both", "big", {"prefill": 1000.0, "decode": 1000.0}),
        ]
    )
    names = [unit.name for unit in compute_rates(planner.from_dict(data)).units]
    assert names == ["answers", "both"]


def one_reads_in_time(**links: Any) -> Data:
    """100 prompt and 100 answer tokens/s, the first token within 300 ms. Alone `big.prompts` reads a prompt in 100 ms.

    `writer` takes 2 s: it keeps the promise of `late` alone, of 30 s.
    """
    demand = {"input_tokens_per_s": 100.0, "output_tokens_per_s": 100.0}
    work = {
        **{"demand": demand, "kv_bytes_per_token": 1000.0, "queueing": {"kv_transfer_ms": 0.0}},
        "lengths": {"input_tokens": 200, "output_tokens": 200},
    }
    data = question(
        hardware={
            name: {"gpus_per_node": 8, "site": site, "kv_cache": "one"}
            for name, site in (("big", "north"), ("fast", "north"))
        },
        sites={"north": {}, "south": {}},
        workloads={
            name: {**work, "sla": {"ttft_ms": {"p90": ms}, "tpot_ms": 50.0}}
            for name, ms in (("chat", 300.0), ("late", 30_000.0))
        },
        deployments=[
            kind("prompts", "big", 2000.0, "prefill"),
            kind("writer", "fast", {"prefill": 100.0, "decode": 1000.0}),
        ],
        **links,
    )
    for one in data["deployments"]:
        one["rate_tokens_per_s"]["late"] = one["rate_tokens_per_s"]["chat"]
    return data


def test_a_unit_too_slow_to_read_answers_nothing_kept_to_a_workload_or_not() -> None:
    rates = compute_rates(planner.from_dict(one_reads_in_time()))
    able = {
        unit.name: {rates.works[place].name for place in row.nonzero()[0]}
        for unit, row in zip(rates.units, rates.rate, strict=True)
    }
    assert able["prompts"] == {"chat.prefill", "late.prefill"}
    assert able["writer"] == {"late.prefill", "late.decode"}
    assert {name for name, works in able.items() if "chat.decode" in works} == set()
    why = next(one.why for one in rates.rejected if one.name == "writer.for.chat")
    assert why.startswith("cannot keep chat's time to first token")


def test_nobody_answers_what_only_a_unit_of_one_phase_reads_in_time() -> None:
    data = one_reads_in_time()
    assert solved(data).status == "infeasible"
    data["deployments"].append(kind("answers", "fast", 1000.0, "decode"))
    plan = solved(data)
    assert plan.status == "optimal"
    assert {one.unit for one in plan.served if one.workload == "chat" and one.phase == "decode"} == {
        "answers"
    }


def at_south(ends: str = "north", **changes: Any) -> Data:
    """Both kinds stand at `south`, a cable leads from there, which half of the caches fill."""
    data = question(
        hardware={name: {"gpus_per_node": 8, "site": "south", "kv_cache": "one"} for name in ("big", "fast")},
        sites={"north": {}, "middle": {}, "south": {}},
        links={"cable": {"from_site": "south", "to_site": ends, "bandwidth_gbit_per_s": 0.004}},
    )
    data["workloads"]["chat"] |= {
        "kv_bytes_per_token": 1000.0,
        "lengths": {"input_tokens": 100, "output_tokens": 100},
    }
    return data | changes


def answered_at_north() -> Data:
    """The same with a kind of unit at the end of the cable that answers alone."""
    data = at_south()
    data["hardware"]["far"] = {"gpus_per_node": 8, "site": "north", "kv_cache": "one"}
    data["fleet"]["far"] = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}
    data["deployments"].append(kind("answers", "far", 1000.0, "decode"))
    return data


@pytest.mark.parametrize("ends", ["middle", "north"])
def test_a_link_that_nothing_passes_frees_no_units_where_it_begins(ends: str) -> None:
    data = at_south(ends)
    plan = solved(data)
    assert plan.cost == pytest.approx(11.0)
    assert optimum(data).expected == pytest.approx(11.0)
    assert not planner.check(planner.from_dict(data), plan).violations


def test_no_more_is_read_for_another_site_than_the_link_carries() -> None:
    data = answered_at_north()
    plan = solved(data)
    # half is read for the link, half a node; half takes 0.5 (1 + 10) nodes; half is answered at the end, half a node
    assert plan.cost == pytest.approx(6.0 + 1.0)
    assert optimum(data).expected == pytest.approx(7.0)
    assert not planner.check(planner.from_dict(data), plan).violations
    data["links"]["cable"]["bandwidth_gbit_per_s"] = 0.008
    assert solved(data).cost == pytest.approx(2.0)


def test_the_rows_with_a_link() -> None:
    rows = listing(program_for(planner.from_dict(answered_at_north())))
    assert rows["colocation_read_0_0_0"][1] == {"both_0_0_0": 1.0, "busy_0_0_0": -1.0}
    assert rows["colocation_answered_1_0_0"][1] == {"both_1_0_0": 1.0, "busy_1_1_0": -1.0}
    away = {"busy_0_0_0": 1.0, "both_0_0_0": -1.0, "busy_1_0_0": 0.1, "both_1_0_0": -1.0, "flow_0_2_0": -1.0}
    assert rows["colocation_leaves_0_0_0"] == (-math.inf, away, 0.0)
    # nothing comes over a link to there
    assert rows["colocation_comes_0_0_0"][1] == {
        **{"busy_0_1_0": 0.1, "both_0_0_0": -1.0},
        **{"busy_1_1_0": 1.0, "both_1_0_0": -1.0},
    }


def test_the_audit_refuses_caches_beyond_what_a_link_carries() -> None:
    """One kind reads 100 tokens/s more, the other fewer, at the same place."""
    data = answered_at_north()
    for name in ("big", "fast"):
        data["fleet"][name]["rent"]["max_nodes"] = 3
    plan, instance = solved(data), planner.from_dict(data)
    assert plan.cost == pytest.approx(7.0)
    assert not planner.check(instance, plan).violations
    change = {("reader", "prefill"): 100.0, ("writer", "prefill"): -100.0}
    served = tuple(
        replace(one, per_s=(one.per_s[0] + change.get((one.unit, one.phase), 0.0),)) for one in plan.served
    )
    assert "colocation" in {
        one.rule for one in planner.check(instance, replace(plan, served=served)).violations
    }
