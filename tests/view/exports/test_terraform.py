"""Terraform of what is to be signed: fields by the references of its providers, the plan's rows and amounts."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import planner
from planner.study.signatures import signatures
from planner.view.exports.terraform import terraform_files
from planner.view.exports.terraform.clouds import clouds

FIELDS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "terraform_fields.yaml").read_text())
OWN = {"//", "count", "provider"}
KINDS = {"n": (int, str), "s": (str,), "b": (bool,), "m": (dict,), "l": (list,)}


def question(provider: str | None) -> dict[str, Any]:
    """A day of work for 70 nodes: two reserved for three years, a block of 66 for the day, two by a commitment."""
    common = {"provider": provider, "source": "offer 17"}
    return {
        "version": 1,
        "name": "signed",
        "horizon": {"start": "2026-01-05T00:00+01:00", "periods": 24},
        "workloads": {"chat": {"model": "deepseek-v3", "demand": {"output_tokens_per_s": 70_000}}},
        "deployments": [{"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}}],
        "spend_commitments": {"plan": {"hours": 8760, "may_outlast_horizon": True}},
        "fleet": {
            "h100": {
                "reserve": {
                    **{"kind": "reserved", "price_usd_per_node_hour": 20, "term_years": 3, "max_nodes": 2},
                    **common,
                },
                "block": {
                    **{"kind": "capacity_block", "days": 1, "price_usd_per_node_hour": 25, "max_nodes": 66},
                    **common,
                },
                "drawn": {
                    **{"kind": "spend_commitment", "plan": "plan", "price_usd_per_node_hour": 30},
                    **{"max_nodes": 2, **common},
                },
            }
        },
    }


@cache
def plan_of_all() -> planner.Plan:
    plan = planner.solve(planner.from_dict(question("aws")), planner.SolveOptions(relative_gap=0.05))
    assert plan.usable, plan.reasons
    return plan


def written(provider: str | None) -> tuple[dict[str, Any], str]:
    """What the JSON files say together, and the page, were everything sold by one provider."""
    instance, plan = planner.from_dict(question(provider)), plan_of_all()
    files = terraform_files(plan, instance)
    assert files == terraform_files(planner.Plan.from_dict(plan.to_dict()), instance)
    whole: dict[str, Any] = {}
    for name, content in files.items():
        if name.endswith(".tf.json"):
            whole |= json.loads(content)
    return whole, files["README.md"].decode()


def faults(kind: str, body: dict[str, Any]) -> list[str]:
    """What a provider would refuse."""
    table = {key.rstrip("!"): (key.endswith("!"), KINDS[of]) for key, of in FIELDS[kind].items()}
    found = [f"{kind}: no {key}" for key in body if key not in table and key not in OWN]
    found += [f"{kind}: {key} is missing" for key, (must, _) in table.items() if must and key not in body]
    return found + [
        f"{kind}: {key} is {body[key]!r}"
        for key, (_, types) in table.items()
        if key in body and not isinstance(body[key], types)
    ]


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure"])
def test_resources_fit_their_references_and_nothing_is_made_unless_it_is_signed(provider: str) -> None:
    whole, page = written(provider)
    bodies = [
        (kind, name, body)
        for block in ("resource", "data")
        for kind, named in whole.get(block, {}).items()
        for name, body in named.items()
    ]
    assert [fault for kind, _, body in bodies for fault in faults(kind, body)] == []
    assert whole["variable"]["signed"]["default"] == []
    rows = {one.row: one for one in signatures(plan_of_all(), planner.from_dict(question(provider)))}
    for _, name, body in bodies:
        assert f'contains(var.signed, "{name}")' in body["count"]
        row = body["//"].partition(":")[0]
        assert row in rows
        assert rows[row].what in body["//"]
        assert f"| {name} | {row} |" in page
    asked = set(re.findall(r"var\.(\w+)", json.dumps([body for _, _, body in bodies])))
    assert asked == set(whole["variable"])


def test_amounts_of_aws_are_those_of_the_plan() -> None:
    """66 nodes are two blocks, as one has 64 at most; a reservation is paid by a savings plan of its price."""
    whole, page = written("aws")
    (block,) = whole["data"]["aws_ec2_capacity_block_offering"].values()
    assert (block["instance_type"], block["instance_count"]) == ("p5.48xlarge", "${count.index < 1 ? 64 : 2}")
    assert block["count"].endswith("? 2 : 0}")
    assert block["start_date_range"] == "2026-01-04T23:00:00Z"
    assert block["capacity_duration_hours"] == 24
    (reserved,) = whole["resource"]["aws_ec2_capacity_reservation"].values()
    assert (reserved["instance_count"], reserved["end_date"]) == (2, "2029-01-03T23:00:00Z")
    plans = whole["resource"]["aws_savingsplans_savings_plan"]
    assert sorted(one["commitment"] for one in plans.values()) == ["40.00000", "60.00000"]
    assert "Nothing is bought by it" in page
    assert "solved within the gap, cost" in page


def test_amounts_of_google_and_azure() -> None:
    google, page = written("gcp")
    (commitment,) = google["resource"]["google_compute_region_commitment"].values()
    amounts = {one["type"]: one["amount"] for one in commitment["resources"]}
    assert (amounts["ACCELERATOR"], amounts["VCPU"], commitment["plan"]) == ("16", "416", "THIRTY_SIX_MONTH")
    (drafted,) = google["resource"]["google_compute_future_reservation"].values()
    assert (drafted["planning_status"], drafted["specific_sku_properties"]["total_count"]) == ("DRAFT", "66")
    assert "commitments to spend are bought in the console" in page
    azure, _ = written("azure")
    orders = {
        one["type"].partition("@")[0]: one["body"] for one in azure["resource"]["azapi_resource"].values()
    }
    spend = orders["Microsoft.BillingBenefits/savingsPlanOrderAliases"]["properties"]
    assert (spend["term"], spend["commitment"]["amount"]) == ("P1Y", 60.0)
    assert orders["Microsoft.BillingBenefits/reservationOrderAliases"]["properties"]["quantity"] == 2


@pytest.mark.parametrize(
    ("provider", "why"), [(None, "no provider is named"), ("neocloud", "neocloud is none of")]
)
def test_what_no_cloud_sells_is_told_and_not_written(provider: str | None, why: str) -> None:
    whole, page = written(provider)
    assert whole == {}
    names = re.findall(r"^\| (deal_\w+) ", page, re.MULTILINE)
    assert len(names) == 3
    assert f"- {', '.join(names)}: {why}" in page


def test_every_cloud_names_itself() -> None:
    names = [name for cloud in clouds().values() for name in cloud.PROVIDERS]
    assert len(names) == len(set(names))
    assert all(cloud.REQUIRED for cloud in clouds().values())
