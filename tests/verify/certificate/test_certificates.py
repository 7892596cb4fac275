"""Certificates: what prices prove by hand, random ones that hold, tampered ones that do not, no bound above a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import planner
from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.plan.certificate import Certificate, CertifiedPool, FleetBox, PriceCluster
from planner.verify.certificate.cover import left_out
from planner.verify.certificate.hour import HourlyMinimum, HourSide
from planner.verify.certificate.prove import prove
from planner.verify.certificate.question import INSTANCE_FIELDS, question_of
from tests.app.cli.commands import run_here
from tests.verify.certificate.made import TAMPERINGS, certified, record


def by_hand() -> dict[str, Any]:
    """Two periods of an hour, 1 and 2 units of a node at 100 tokens/s: a reserved node 3 an hour, a hired one 10."""
    return {
        "version": 1,
        "name": "by-hand",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 2},
        "hardware": {"x": {"gpus_per_node": 8}},
        "workloads": {"chat": {"demand": {"output_tokens_per_s": [100.0, 150.0]}}},
        "deployments": [
            {
                "name": "d",
                "role": "decode",
                "nodes": 1,
                "hardware": "x",
                "rate_tokens_per_s": {"chat": 100.0},
            }
        ],
        "fleet": {
            "x": {
                "keep": {"kind": "reserved", "price_usd_per_node_hour": 3.0, "max_nodes": 4},
                "hire": {"kind": "on_demand", "price_usd_per_node_hour": 10.0},
            }
        },
    }


def certificate_by_hand(
    bound: float, price: tuple[float, float] = (3.0, 3.0), limit: float = 4.0
) -> Certificate:
    """One box of all fleets; price[period] of a node."""
    clusters = tuple(
        PriceCluster((period,), (one / 100.0,), (one,), limit) for period, one in enumerate(price)
    )
    box = FleetBox((0,), (None,), 0, clusters)
    pools = (CertifiedPool("x", ("keep",)),)
    return Certificate("by-hand", bound, ("chat.decode",), pools, ((0.0, 0.0),), (box,))


def test_the_theorem_by_hand() -> None:
    """Nodes at 3 in both hours: holding costs 6 - 6 = 0 each, the hours 3 and 6 by whole units, 3 and 4.5 by parts.

    At 1 and 5 holding is free too, and the hours cost 1 and 10. The cheapest plan holds two nodes for 12.
    """
    instance = from_dict(by_hand())
    margin = 1e-6
    assert prove(instance, certificate_by_hand(9.0 - margin)).holds
    assert prove(instance, certificate_by_hand(9.0 - margin)).bound == pytest.approx(9.0, abs=margin)
    assert not prove(instance, certificate_by_hand(9.0 + margin)).holds
    assert prove(instance, certificate_by_hand(7.5 - margin, limit=0.0)).holds  # parts of units: 3 and 4.5
    assert not prove(instance, certificate_by_hand(7.5 + margin, limit=0.0)).holds
    assert prove(instance, certificate_by_hand(12.0 - margin, (1.0, 5.0), 8.0)).bound == pytest.approx(
        11.0, abs=margin
    )


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 6, 7, 14, 17])
def test_certificates_hold_and_tampered_ones_do_not(seed: int) -> None:
    made = certified(question := record(seed))
    assert made is not None
    instance, certificate = made
    again = Certificate.from_dict(json.loads(json.dumps(certificate.to_dict())))
    assert again == certificate
    proof = prove(instance, again)
    assert proof.faults == ()
    assert proof.bound >= certificate.bound
    for tampering in TAMPERINGS:
        changed, tampered = tampering(question, certificate)
        assert not prove(from_dict(changed), tampered).holds, tampering.__name__


@pytest.mark.parametrize("seed", [4, 6])
def test_no_prices_prove_more_than_a_plan_costs(seed: int) -> None:
    """Whatever prices, shares of starts and limits a certificate states."""
    made = certified(record(seed))
    assert made is not None
    instance, certificate = made
    cost = planner.solve(
        instance, planner.SolveOptions(method="direct", relative_gap=1e-7, solver="highs")
    ).cost
    draw = np.random.default_rng(seed)
    for _ in range(15):
        boxes = tuple(
            replace(
                box,
                clusters=tuple(
                    replace(
                        cluster,
                        demand_price=tuple(
                            (np.array(cluster.demand_price) * draw.uniform(0.5, 1.5)).tolist()
                        ),
                        node_price=tuple((np.array(cluster.node_price) * draw.uniform(0.5, 1.5)).tolist()),
                        limit=float(draw.choice([0.0, cost])),
                    )
                    for cluster in box.clusters
                ),
            )
            for box in certificate.boxes
        )
        shares = tuple(tuple(draw.uniform(0, 1, len(one)).tolist()) for one in certificate.start_shares)
        other = replace(certificate, boxes=boxes, start_shares=shares, bound=cost * (1 + 1e-6))
        assert not prove(instance, other).holds


def test_what_does_not_fit_is_told() -> None:
    """Names, sizes, periods, prices below zero, ends that cross."""
    instance, right = from_dict(by_hand()), certificate_by_hand(9.0 - 1e-6)
    box, cluster = right.boxes[0], right.boxes[0].clusters[0]
    wrong = {
        "of the instance 'other'": replace(right, name="other"),
        "its work is chat.prefill": replace(right, roles=("chat.prefill",)),
        "its pools are not": replace(right, pools=(CertifiedPool("x", ("hire",)),)),
        "start_shares[0] are not": replace(right, start_shares=((0.0,),)),
        "does not price every period once": replace(right, boxes=(replace(box, clusters=box.clusters[:1]),)),
        "lacks prices": replace(
            right, boxes=(replace(box, clusters=(replace(cluster, node_price=()), box.clusters[1])),)
        ),
        "below zero": replace(
            right, boxes=(replace(box, clusters=(replace(cluster, limit=-1.0), box.clusters[1])),)
        ),
        "ends below": replace(right, boxes=(replace(box, low=(3,), high=(2,)),)),
        "no box holds the fleet of 0 of x": replace(right, boxes=(replace(box, low=(1,)),)),
        "is not one of these pools": replace(right, boxes=(replace(box, starts=1),)),
    }
    for words, certificate in wrong.items():
        faults = prove(instance, certificate).faults
        assert any(words in fault for fault in faults), (words, faults)


def test_an_hour_against_all_choices() -> None:
    """Two hardware, every split of up to five nodes each."""
    draw = np.random.default_rng(7)
    for _ in range(20):
        sides = []
        for _ in range(2):
            curve = np.cumsum(np.concatenate(([0], np.sort(draw.integers(1, 50, 5)))))
            able = tuple(np.cumsum(np.concatenate(([0], draw.integers(0, 40, 5)))) for _ in range(2))
            sides.append(
                HourSide(curve, (able[0], able[1]), (int(draw.integers(0, 4)), int(draw.integers(0, 4))))
            )
        demand = draw.integers(0, 90, (2, 6))
        price = (float(draw.uniform(0, 2)), float(draw.uniform(0, 2)))
        options = [(a, b) for a, b in product(range(6), repeat=2) if a + b <= 5]
        for at in range(6):
            best = min(
                (
                    sum(
                        s.curve[a + b] + s.shift[0] * a + s.shift[1] * b
                        for s, (a, b) in zip(sides, pick, strict=True)
                    )
                    for pick in product(options, repeat=2)
                    if all(
                        sum(s.able[r][p[r]] for s, p in zip(sides, pick, strict=True)) >= demand[r, at]
                        for r in (0, 1)
                    )
                ),
                default=None,
            )
            for limit in (0.0, 5.0, 1e4):
                found = int(HourlyMinimum(sides, price).least(demand[:, at : at + 1], limit)[0])
                assert best is None or found <= best
                assert best is None or limit < 1e4 or found == best


def test_cover_against_every_fleet() -> None:
    draw = np.random.default_rng(3)
    low, high = np.zeros(3, dtype=np.int64), np.full(3, 3)
    for count in (1, 2, 6, 20, 40):
        lows = draw.integers(0, 4, (count, 3))
        highs = np.minimum(3, lows + draw.integers(0, 4, (count, 3)))
        inside = [
            ((lows <= fleet) & (np.array(fleet) <= highs)).all(axis=1).any()
            for fleet in product(range(4), repeat=3)
        ]
        fleet = left_out(low, high, lows, highs)
        assert (fleet is None) == all(inside)
        assert fleet is None or not ((lows <= fleet) & (np.array(fleet) <= highs)).all(axis=1).any()
    assert left_out(low, high, np.array([[0, 0, 0], [2, 0, 0]]), np.array([[1, 3, 3], [3, 3, 3]])) is None


def test_instances_that_no_certificate_expresses_are_refused() -> None:
    question = by_hand()
    question["workloads"]["chat"]["shed_usd_per_million_tokens"] = 5.0
    question["vendors"] = {
        "v": {
            "workloads": ["chat"],
            "price_usd_per_million_tokens": {"input_hit": 1.0, "input_miss": 1.0, "output": 1.0},
        }
    }
    with pytest.raises(InstanceError) as refused:
        question_of(from_dict(question))
    told = [fault.message for fault in refused.value.faults]
    assert any("vendors is given" in one for one in told)
    assert any("shed_usd_per_million_tokens is given" in one for one in told)
    assert type(from_dict(by_hand())).model_fields.keys() >= INSTANCE_FIELDS


def test_command_line(tmp_path: Path) -> None:
    """Written, verified, tampered with; none where none can be, and the file is not there."""
    file, mixed = tmp_path / "proof" / "c.json", tmp_path / "none.json"
    tiny = "instances/tiny.yaml"
    done = run_here("solve", tiny, "--certificate", str(file), "--out", str(tmp_path / "plan"), "--gap", "0")
    assert done.returncode == 0, done.stderr
    assert f"--certificate {file}" in done.stderr
    done = run_here("check", tiny, str(tmp_path / "plan"), "--certificate", str(file))
    assert done.returncode == 0, done.stdout
    assert "proves that no plan costs less than 108.00" in done.stdout
    changed = json.loads(file.read_text()) | {"bound": 108.1}
    file.write_text(json.dumps(changed))
    done = run_here("check", tiny, "--certificate", str(file), "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["certificate"]["holds"] is False
    done = run_here("check", tiny, "--certificate", str(file), "--set", "workloads.chat.demand.scale=0.5")
    assert done.returncode == 4
    file.write_text(json.dumps(changed | {"boxes": [{"low": [-1]}], "more": 1}))
    done = run_here("check", tiny, "--certificate", str(file))
    assert done.returncode == 3
    assert "boxes[0].low[0]" in done.stderr
    done = run_here("solve", "instances/mixed.yaml", "--certificate", str(mixed))
    assert done.returncode == 3
    assert "no certificate can express this" in done.stderr
    assert not mixed.exists()
    assert run_here("check", tiny).returncode == 2
    assert run_here("solve", tiny, "--certificate", str(mixed), "--method", "direct").returncode == 2
