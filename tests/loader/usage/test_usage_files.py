"""Bills of clouds and monitoring of nodes, as they come: which lines are of which channel, and every fault at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.files_by_workload import files_named
from planner.loader.demand.head import head_of
from planner.loader.usage.bill_line import DOWN, USED, BillLine, NodeSample
from planner.loader.usage.channel_rules import channel_rules
from planner.loader.usage.focus_bill import read_bills
from planner.loader.usage.latencies import read_latencies
from planner.loader.usage.node_samples import read_nodes, tells_nodes
from planner.loader.usage.usage_files import read_usage
from planner.study.tracking.grid import PlanGrid
from planner.study.tracking.promises import tracked_promises
from tests.examples import small

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = "ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BillingCurrency,EffectiveCost,PricingQuantity,PricingUnit"
HEADER = f"{COLUMNS},PricingCategory,CommitmentDiscountStatus,SkuId,ResourceId,ServiceName\n"
HOUR = "2025-01-01T00:00:00Z,2025-01-01T01:00:00Z"
RULES = ("h800.rent=SkuId:p5.48xlarge,PricingCategory:Standard", "h800.reserve=SkuId:p5.48xlarge")
BEGIN = 1_735_689_600.0
ONE_LINE = ("Usage,USD,32,2,Hours,Standard,,,h800/rent,Compute",)


def bill(folder: Path, *lines: str) -> Path:
    (folder / "bill.csv").write_text(HEADER + "".join(f"{HOUR},{line}\n" for line in lines))
    return folder / "bill.csv"


def test_lines_of_a_cloud_go_to_channels_by_rules(tmp_path: Path) -> None:
    path = bill(
        tmp_path,
        "Usage,USD,32,2,Hours,Standard,,p5.48xlarge,i-1,Compute",
        "Usage,USD,30,3,Hrs,Committed,Used,p5.48xlarge,i-2,Compute",
        "Usage,USD,10,8,GPU-Hours,Committed,Unused,p5.48xlarge,i-3,Compute",
        "Purchase,USD,0,720,Hours,,,p5.48xlarge,i-4,Compute",
        "Usage,USD,7,1,GB,Standard,,s3,bucket/rent,Storage",
    )
    found = read_bills([path], small(), channel_rules(RULES, small()))
    end = BEGIN + 3600
    assert found.lines == [
        BillLine(BEGIN, end, 32, "h800", "rent", node_hours=2, in_use=True),
        BillLine(BEGIN, end, 30, "h800", "reserve", node_hours=3, in_use=True),
        BillLine(BEGIN, end, 10, "h800", "reserve", node_hours=1, in_use=False),
        BillLine(BEGIN, end, 0, "h800", "reserve", in_use=None),
    ]
    assert found.others == {"Storage": 7.0}


def test_every_fault_of_every_line_is_told(tmp_path: Path) -> None:
    path = bill(
        tmp_path,
        "Usage,EUR,dear,2,Hours,Standard,,p5.48xlarge,i-1,Compute",
        "Usage,USD,32,2,GB,Standard,,p5.48xlarge,i-1,Compute",
        "Usage,USD,32,,,Standard,,p5.48xlarge,i-1,Compute",
    )
    with pytest.raises(InstanceError) as told:
        read_bills([path], small(), channel_rules(RULES, small()))
    assert [(fault.line, fault.message[:20]) for fault in told.value.faults] == [
        (2, "EffectiveCost: 'dear"),
        (2, "BillingCurrency: is "),
        (3, "PricingUnit: 'GB' is"),
        (4, "of h800.rent, tells "),
    ]
    with pytest.raises(InstanceError, match=r"(?s)no channel 'h800\.spot'.*is no channel with cells"):
        channel_rules(["h800.spot=SkuId:x", "h800.rent"], small())
    with pytest.raises(InstanceError, match="'Sku' is no column of any bill"):
        read_bills(
            [bill(tmp_path, "Tax,USD,1,,,,,,,Tax")], small(), channel_rules(["h800.rent=Sku:x"], small())
        )


def test_nodes_are_read_from_prometheus_and_csv_alike(tmp_path: Path) -> None:
    series = {
        "metric": {"__name__": "planner_nodes_down", "hardware": "h800"},
        "values": [[BEGIN, "1"], [BEGIN + 60, "0"]],
    }
    answer = {"status": "success", "data": {"resultType": "matrix", "result": [series]}}
    (tmp_path / "down.json").write_text(json.dumps(answer))
    head = head_of(tmp_path / "down.json")
    assert tells_nodes(head)
    assert [(one.second, one.measure, one.nodes) for one in read_nodes(head, small())] == [
        (BEGIN, DOWN, 1.0),
        (BEGIN + 60, DOWN, 0.0),
    ]
    (tmp_path / "used.csv").write_text("time,hardware,nodes_used\n2025-01-01T00:00Z,h800,4\n")
    assert read_nodes(head_of(tmp_path / "used.csv"), small()) == [NodeSample(BEGIN, "h800", USED, 4.0)]
    (tmp_path / "used.csv").write_text("time,hardware,nodes_used\n2025-01-01T00:00,h900,-4\n")
    with pytest.raises(
        InstanceError, match=r"(?s)no date and time with its offset.*did you mean.*is negative"
    ):
        read_nodes(head_of(tmp_path / "used.csv"), small())


def test_files_of_demand_need_their_workload_where_there_are_several(tmp_path: Path) -> None:
    both = {"name": "decode", "role": "decode", "nodes": 2, "rate_tokens_per_s": {"chat": 200, "code": 200}}
    code = {"demand": {"output_tokens_per_s": [1, 1, 1]}}
    two = small({"workloads.code": code, "deployments.1": both})
    (tmp_path / "t.csv").write_text("time,output_tokens_per_s\n2025-01-01T00:00Z,4\n")
    path = str(tmp_path / "t.csv")
    assert files_named([f"code={path}"], two) == [(tmp_path / "t.csv", "code")]
    with pytest.raises(InstanceError, match=r"name it, --usage NAME=t\.csv; there are chat, code"):
        read_usage(files_named([path], two), two, [])


def test_promises_are_judged_by_the_buckets_of_each_replica(tmp_path: Path) -> None:
    """Two replicas with other bounds; a limit between two bounds leaves open what lies between them."""

    def bucket(bound: str, replica: str, *counts: float) -> dict[str, object]:
        labels = {"__name__": "vllm:time_to_first_token_seconds_bucket", "le": bound, "pod": replica}
        moments = [BEGIN, BEGIN + 1800, BEGIN + 3600, BEGIN + 7200]
        return {"metric": labels, "values": [[t, str(n)] for t, n in zip(moments, counts, strict=True)]}

    result = [
        *(bucket("1.0", "a", 0, 90, 20, 20), bucket("2.5", "a", 0, 95, 25, 25)),
        *(bucket("+Inf", "a", 0, 100, 30, 1030), bucket("2.0", "b", 5, 5, 45, 45)),
        bucket("+Inf", "b", 5, 5, 55, 55),
    ]
    (tmp_path / "slow.json").write_text(json.dumps({"data": {"resultType": "matrix", "result": result}}))
    instance = small({"workloads.chat.sla": {"ttft_ms": {"p50": 2000, "p99": 2500}}})
    told = read_usage([(tmp_path / "slow.json", ""), (bill(tmp_path, *ONE_LINE), "")], instance, [])
    assert told.demand == {}
    grid, covered = PlanGrid.of_horizon(instance.horizon), np.array([True, False, False])
    half, most = tracked_promises(instance, grid, covered, told.latencies)
    # a: 130 requests (it began anew at 30), 110 within a second, 120 within 2.5; b: 40 of 50 within two seconds
    assert (half.requests, half.least, half.most) == (180, 150 / 180, 160 / 180)
    assert (most.least, most.most) == (160 / 180, 170 / 180)
    assert (half.verdict, most.verdict) == ("kept", "broken")
    (tmp_path / "slow.json").write_text(json.dumps({"data": {"resultType": "matrix", "result": result[:2]}}))
    with pytest.raises(InstanceError, match=r"le='\+Inf'"):
        read_latencies(head_of(tmp_path / "slow.json"))
