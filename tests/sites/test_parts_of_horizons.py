"""What is cut out of an instance at several sites, what the kernel knows for links, and caches of several makers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import planner
from planner.instance.demand_series import series
from planner.optimize.infeasibility.hardest import window
from planner.rates.cache_doubts import cache_doubts
from planner.rates.compute import compute_rates
from planner.rates.places import bytes_per_token
from planner.rates.site_energy import offers_of
from planner.study.uncertainty.drift import remaining
from planner.study.uncertainty.rolling import roll
from planner.view.reporting.excerpt import excerpt
from tests.sites.two import plain, two_sites

DAY = [float(hour) for hour in range(24)]
CLOCK: dict[str, Any] = {
    **{"horizon.periods": 24, "workloads.chat.demand.local_clock": True},
    **{"workloads.chat.demand.input_tokens_per_s": DAY, "workloads.chat.demand.output_tokens_per_s": 9.0},
    **{"regions.europe.utc_offset_hours": 5.0, "workloads.chat.shed_usd_per_million_tokens": 9.0},
    "sites.north": {"energy_usd_per_kwh": [0.01 * hour for hour in DAY], "carbon_g_per_kwh": DAY},
    "fleet.hn.own": {"kind": "existing", "nodes": 3},
}


def test_a_part_of_a_horizon_has_the_demand_and_the_prices_of_its_hours() -> None:
    whole = two_sites(CLOCK)
    asked = series(whole, "chat", "input_tokens_per_s")
    assert asked.tolist() == [*DAY[5:], *DAY[:5]]
    for part in (window(whole, 6, 18), remaining(whole, 6, 1.0)):
        assert series(part, "chat", "input_tokens_per_s").tolist() == asked[6:].tolist()
        energy = offers_of(part, "hn", "own").running_usd_per_node_hour
        np.testing.assert_allclose(energy, 10.0 * 0.01 * np.arange(6, 24))
        assert part.sites["north"].carbon_g_per_kwh == tuple(DAY[6:])


def test_the_kernel_knows_the_cache_of_a_model_of_the_catalog() -> None:
    """Llama 3.1 70B: 80 layers of 8 heads of 128 numbers, keys and values, of 16 bits."""
    known = two_sites({"workloads.chat.model": "llama-3.1-70b", "workloads.chat.kv_bytes_per_token": None})
    assert bytes_per_token(known, "chat") == pytest.approx(80 * 8 * 128 * 2 * 2)
    assert bytes_per_token(two_sites(), "chat") == 70_000


def test_caches_of_several_makers_are_doubted_until_somebody_says_whether_they_fit() -> None:
    makers: dict[str, Any] = {
        **{"sites": None, "regions": None, "workloads.chat.region": None},
        "hardware": {"hn": {"like": "h100"}, "hs": {"like": "mi300x"}},
    }
    told = two_sites(makers)
    (doubt,) = cache_doubts(told, compute_rates(told))
    assert "AMD and NVIDIA" in doubt
    assert doubt in planner.solve(told, planner.SolveOptions(solver="highs")).warnings
    said = two_sites({**makers, "hardware.hs.kv_cache": "amd"})
    assert not list(cache_doubts(said, compute_rates(said)))
    alike = two_sites({**makers, "hardware.hs": {"like": "h200"}})
    assert not list(cache_doubts(alike, compute_rates(alike)))


def test_chips_with_caches_of_their_own_read_and_answer_alone() -> None:
    plan = planner.solve(
        planner.load("instances/domestic_chips.yaml"),
        planner.SolveOptions(solver="highs", method="direct", relative_gap=0.002, threads=1),
    )
    assert {(one.read_at, one.answered_at) for one in plan.routed} <= {
        ("ascend", "ascend"),
        ("nvidia", "nvidia"),
    }
    assert plan.routed


def test_a_day_at_two_sites_is_lived_hour_by_hour() -> None:
    """Load a tenth above the forecast in the second hour: what is lived costs no less than hindsight."""
    instance = two_sites(
        {
            **{"horizon.periods": 3, "workloads.chat.shed_usd_per_million_tokens": 90.0},
            **{"workloads.chat.demand.input_tokens_per_s": [2000, 1000, 900]},
            **{"workloads.chat.demand.output_tokens_per_s": [400, 200, 100], "fleet.hn.rent.max_nodes": 3},
        }
    )
    day = roll(instance, [1.0, 1.1, 1.0], options=planner.SolveOptions(solver="highs", threads=1))
    assert day.lived.cost >= day.hindsight.cost - 1e-6
    assert day.lived.routed
    assert len(excerpt(day.lived, 1, 2).frame("routed")) > 0


def test_prices_of_energy_may_stand_in_a_file(tmp_path: Path) -> None:
    """A column of euros, of which one is worth two dollars; one below zero is read, carbon below zero is not."""
    (tmp_path / "north.csv").write_text(
        "hour,eur,gram\n2025-01-01T00:00+00:00,0.10,300\n2025-01-01T01:00+00:00,-0.05,200\n"
    )
    question = plain(
        {
            **{"horizon.periods": 2, "fleet.hn.own": {"kind": "existing", "nodes": 3}},
            "workloads.chat.demand": {"input_tokens_per_s": 2000, "output_tokens_per_s": 400},
            "exchange_rates": {"EUR": {"per_usd": 0.5, "date": "2025-01-01"}},
            "sites.north": {"csv": "north.csv", "energy_eur_per_kwh": "eur", "carbon_g_per_kwh": "gram"},
        }
    )
    north = planner.loads(yaml.safe_dump(question), base=tmp_path).sites["north"]
    assert north.energy_usd_per_kwh == (0.2, -0.1)
    assert north.carbon_g_per_kwh == (300.0, 200.0)
    question["sites"]["north"] |= {"carbon_g_per_kwh": "eur", "energy_eur_per_kwh": "usd"}
    with pytest.raises(planner.InstanceError) as refused:
        planner.loads(yaml.safe_dump(question), base=tmp_path)
    assert "has no column 'usd'" in str(refused.value)
    assert "which is negative" in str(refused.value)
