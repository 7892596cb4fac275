"""Small random instances at several sites: those of `generate`, moved apart."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.reference.generate import instance_of

Data = dict[str, Any]


def waiting_instance_of(seed: int) -> Data:
    """The same where waits count: how busy units may be was measured, and links take long or not."""
    instance, draw = sited_instance_of(seed), Random(f"waits {seed}")
    instance.pop("start_up", None)
    for workload in instance["workloads"].values():
        if draw.random() < 0.7:
            sla = workload.setdefault("sla", {})
            sla["ttft_ms"] = {"p90": draw.choice([60.0, 400.0, 2000.0])}
            sla.setdefault("tpot_ms", 50.0)
            limits = {
                key: draw.choice([0.5, 0.8, 0.9]) for key in ("prefill_busy_limit", "decode_busy_limit")
            }
            workload["queueing"] = {"kv_transfer_ms": 0.0, **limits}
    if "links" not in instance:
        _links(draw, instance)
    for link in instance["links"].values():
        link["latency_ms"] = draw.choice([0.0, 30.0, 300.0, 1200.0])
    return instance


def sited_instance_of(seed: int) -> Data:
    """The instance of a seed, its nodes at two or three sites, its requests from two regions or from anywhere."""
    instance, draw = instance_of(seed), Random(f"sites {seed}")
    for workload in instance["workloads"].values():
        workload.pop("deferral", None)
    instance.get("limits", {}).pop("change", None)
    _more_hardware(draw, instance)
    _sites(draw, instance)
    _regions(draw, instance)
    if draw.random() < 0.6:
        _links(draw, instance)
    if draw.random() < 0.3:
        _energy(draw, instance)
    for name, workload in instance["workloads"].items():
        _of_region(draw, instance, name, workload)
    return instance


def _more_hardware(draw: Random, instance: Data) -> None:
    """At least two kinds of hardware, and units that may run on several of them."""
    hardware, fleet = instance["hardware"], instance["fleet"]
    for name in fleet:
        hardware.setdefault(name, {"gpus_per_node": 1})
    while len(fleet) < draw.choice([2, 2, 3]):
        copied, made = draw.choice(list(fleet)), f"h{len(fleet)}"
        hardware[made] = dict(hardware[copied])
        price = round(draw.uniform(3, 20), 2)
        fleet[made] = {"hire": {"kind": "on_demand", "price_usd_per_node_hour": price, "max_nodes": 12}}
        if draw.random() < 0.4:
            fleet[made]["own"] = {"kind": "existing", "nodes": draw.choice([1, 2, 4])}
    for deployment in instance["deployments"]:
        if draw.random() < 0.7:
            deployment["hardware"] = list(fleet)


def _sites(draw: Random, instance: Data) -> None:
    """Every hardware at a site, told by its channels or by itself."""
    names = ["north", "south", "west"][: draw.choice([2, 2, 3])]
    instance["sites"] = {name: {} for name in names}
    for hardware, channels in instance["fleet"].items():
        site = draw.choice(names)
        for channel in channels.values():
            channel.pop("site", None)
        if draw.random() < 0.5:
            instance["hardware"][hardware]["site"] = site
        else:
            for channel in channels.values():
                channel["site"] = site
        if draw.random() < 0.2:
            instance["hardware"][hardware]["kv_cache"] = draw.choice(["a", "b"])
    limits = instance.setdefault("limits", {})
    limits.pop("sites", None)
    used = [_site_of(instance, hardware) for hardware in instance["fleet"]]
    if draw.random() < 0.2:
        for own in instance["hardware"].values():
            own.setdefault("power_kw_per_node", 5.0)
        limits["sites"] = {draw.choice(used): {"power_kw": draw.choice([10.0, 40.0])}}
    for site in instance["sites"].values():
        if draw.random() < 0.4:
            site["egress_usd_per_gb"] = draw.choice([0.05, 50.0, 1000.0])


def _site_of(instance: Data, hardware: str) -> str:
    channels = instance["fleet"][hardware].values()
    named = [channel["site"] for channel in channels if "site" in channel]
    return str(named[0] if named else instance["hardware"][hardware]["site"])


def _regions(draw: Random, instance: Data) -> None:
    instance["regions"] = {}
    for name in ("east", "far"):
        region: Data = {}
        if draw.random() < 0.3:
            region["sites"] = draw.sample(list(instance["sites"]), draw.choice([1, 2]))
        if draw.random() < 0.6:
            region["round_trip_ms"] = {site: float(draw.choice([5, 40, 120])) for site in instance["sites"]}
        instance["regions"][name] = region


def _links(draw: Random, instance: Data) -> None:
    here, there = draw.sample(list(instance["sites"]), 2)
    ends = [(here, there), (there, here)][: draw.choice([1, 2])]
    instance["links"] = {}
    for place, (begin, end) in enumerate(ends):
        link: Data = {
            "from_site": begin,
            "to_site": end,
            "bandwidth_gbit_per_s": draw.choice([0.05, 0.3, 10.0]),
        }
        link |= draw.choice([{}, {"latency_ms": 15.0}])
        link |= draw.choice([{}, {"usd_per_gb": draw.choice([0.01, 1.0])}])
        if draw.random() < 0.2:
            link["workloads"] = [draw.choice(list(instance["workloads"]))]
        instance["links"][f"l{place}"] = link


def _energy(draw: Random, instance: Data) -> None:
    """Prices of energy, below zero now and then, where one's own nodes say nothing of it."""
    for channels in instance["fleet"].values():
        for channel in channels.values():
            if channel["kind"] in ("purchase", "existing"):
                for key in ("running_usd_per_node_hour", "energy_usd_per_kwh", "pue"):
                    channel.pop(key, None)
                channel.setdefault("max_nodes", 6)
    for own in instance["hardware"].values():
        own.setdefault("power_kw_per_node", 5.0)
    for site in instance["sites"].values():
        if draw.random() < 0.6:
            periods = instance["horizon"]["periods"]
            prices = [0.02, 0.1, 0.4, -0.05, -0.3] if draw.random() < 0.4 else [0.02, 0.1, 0.4]
            each = [draw.choice(prices) for _ in range(periods)]
            site["energy_usd_per_kwh"] = draw.choice([each, each, each[0]])
            site |= draw.choice([{}, {"pue": 1.25}])


def _carbon(draw: Random, instance: Data) -> None:
    """What electricity emits, at a price, within a limit, or both."""
    for site in instance["sites"].values():
        grams = [float(draw.choice([0, 50, 400, 800])) for _ in range(instance["horizon"]["periods"])]
        site["carbon_g_per_kwh"] = draw.choice([grams, grams[0]])
        site |= draw.choice([{}, {"carbon_usd_per_t": draw.choice([50.0, 500.0, 5000.0])}])
    hours = instance["horizon"]["periods"] * instance["horizon"]["period_hours"]
    hours *= sum(stage["years"] * 8760 / hours for stage in instance.get("stages", {}).values()) or 1
    if draw.random() < 0.6:
        limit = round(hours * draw.choice([1.0, 4.0, 10.0, 25.0]), 3)
        instance["limits"] = {**(instance.get("limits") or {}), "carbon_kg": limit}


def carbon_instance_of(seed: int) -> Data:
    """The instance of a seed at several sites, with carbon."""
    instance = sited_instance_of(seed)
    _carbon(Random(f"carbon {seed}"), instance)
    return instance


def idle_instance_of(seed: int) -> Data:
    """The instance of a seed, at one site or at several, of which nodes draw power while they run nothing."""
    draw = Random(f"idle {seed}")
    instance = draw.choice([instance_of, sited_instance_of, carbon_instance_of, priced_instance_of])(seed)
    for site in instance.get("sites", {}).values():
        price = site.get("energy_usd_per_kwh", 0.0)
        if sum(price if isinstance(price, list) else [price]) < 0.0:
            site["energy_usd_per_kwh"] = 0.1
    for hardware, own in instance["hardware"].items():
        if draw.random() < 0.8:
            own["idle_power_kw_per_node"] = draw.choice(
                [0.5, 1.5, 1.5, own.setdefault("power_kw_per_node", 5.0)]
            )
        channels = instance["fleet"].get(hardware, {})
        if channels and draw.random() < 0.3:
            sites = [one["site"] for one in channels.values() if "site" in one]
            channels["kept"] = {"kind": "existing", "nodes": 2, "forgone_usd_per_node_hour": 1.0}
            channels["kept"] |= {"site": sites[0]} if sites else {}
        for channel in channels.values():
            if "power_kw" in channel:
                channel["power_kw"] = max(channel["power_kw"], own.get("idle_power_kw_per_node", 0.0))
    return instance


def priced_instance_of(seed: int) -> Data:
    """The instance of a seed at several sites, with prices of energy."""
    instance = sited_instance_of(seed)
    _energy(Random(f"energy {seed}"), instance)
    return instance


def _of_region(draw: Random, instance: Data, name: str, workload: Data) -> None:
    if draw.random() < 0.7:
        workload["region"] = draw.choice(list(instance["regions"]))
    workload["response_bytes"] = float(draw.choice([50, 300, 5000]))
    workload["kv_bytes_per_token"] = float(draw.choice([2_000, 70_000]))
    workload["lengths"] = {"input_tokens": draw.choice([200.0, 1000.0]), "output_tokens": 100.0}
    if draw.random() < 0.4:
        workload.setdefault("sla", {})["ttft_ms"] = {"p90": float(draw.choice([30, 60, 130, 400]))}
    restricted = "sites" in instance["regions"].get(workload.get("region", ""), {})
    for vendor in instance.get("vendors", {}).values():
        if restricted and "requests_per_s" not in workload["demand"] and "workloads" not in vendor:
            tokens = [one for one, w in instance["workloads"].items() if "requests_per_s" not in w["demand"]]
            vendor["workloads"] = tokens
    horizon = instance["horizon"]
    days = horizon["periods"] * horizon["period_hours"] / 24
    if days == int(days) and horizon["period_hours"] in (4.0, 6.0, 24.0) and "region" in workload:
        turns = draw.choice([0, 1, 2]) if horizon["period_hours"] < 24 else 0
        shift = turns * horizon["period_hours"]
        if shift <= 12:
            instance["regions"][workload["region"]]["utc_offset_hours"] = shift
            workload["demand"]["local_clock"] = True


def co_located_instance_of(seed: int) -> Data:
    """The same with links between sites in use, and units that read and answer beside those that do one of both."""
    draw = Random(f"co-located {seed}")
    instance = waiting_instance_of(seed) if draw.random() < 0.2 else sited_instance_of(seed)
    for own in instance["hardware"].values():
        own.pop("kv_cache", None)
    for region in instance["regions"].values():
        region.pop("sites", None)
    _links(draw, instance)
    used = list(dict.fromkeys(_site_of(instance, hardware) for hardware in instance["fleet"]))
    ends = draw.sample(used, 2) if len(used) > 1 else ["north", "south"]
    for turn, link in enumerate(instance["links"].values()):
        link["from_site"], link["to_site"] = ends[turn], ends[1 - turn]
    named = [name for name, one in instance["workloads"].items() if "requests_per_s" not in one["demand"]]
    for place in range(draw.choice([1, 2])):
        rates = {
            name: {phase: draw.choice([20.0, 100.0, 400.0]) for phase in ("prefill", "decode")}
            for name in named
        }
        both: Data = {"name": f"both{place}", "role": "colocated", "nodes": 1, "rate_tokens_per_s": rates}
        if draw.random() < 0.5:
            both["hardware"] = draw.choice(list(instance["fleet"]))
        if named:
            instance["deployments"].append(both)
    return instance
