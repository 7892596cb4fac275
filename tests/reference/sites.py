"""Where requests go: read and answered at one site, or read at the beginning of a link and answered at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.reference.program import Terms
from tests.reference.question import Question
from tests.reference.timeline import Slot

HOUR_S = 3600.0
BYTES_OF_GB = 1e9
BITS_OF_GBIT = 1e9


@dataclass(frozen=True)
class Way:
    """Where prompts are read and where they are answered, each a site and a kind of cache; the link between."""

    reads: tuple[str, str]
    answers: tuple[str, str]
    link: str | None


def is_sited(instance: dict[str, Any]) -> bool:
    """Whether it matters where a unit stands."""
    return bool(instance.get("sites")) or any("kv_cache" in one for one in instance["hardware"].values())


def stands(instance: dict[str, Any], hardware: str) -> tuple[str, str]:
    """Site and kind of cache of a hardware. The machines of small questions are in no catalog."""
    own = instance["hardware"][hardware]
    named = [channel["site"] for channel in instance["fleet"][hardware].values() if "site" in channel]
    site = named[0] if named else own.get("site", "")
    return (site if instance.get("sites") else "", own.get("kv_cache", ""))


def ways(question: Question, workload: str) -> list[Way]:
    """Ways that requests of a workload may go."""
    instance, given = question.instance, question.instance["workloads"][workload]
    places = dict.fromkeys(stands(instance, hardware) for hardware in instance["fleet"])
    found = [Way(place, place, None) for place in places]
    if {"prefill", "decode"} <= set(question.demand.phases(workload)):
        for name, link in instance.get("links", {}).items():
            if workload in link.get("workloads", [workload]):
                found += [
                    Way(begin, end, name)
                    for begin in places
                    for end in places
                    if begin[0] == link["from_site"] and end[0] == link["to_site"] and begin[1] == end[1]
                ]
    region = instance.get("regions", {}).get(given.get("region"), {})
    allowed = region.get("sites")
    due = min(given.get("sla", {}).get("ttft_ms", {"p50": float("inf")}).values())
    return [
        way
        for way in found
        if (allowed is None or {way.reads[0], way.answers[0]} <= set(allowed))
        and _network_ms(instance, given, region, way) < due
    ]


def _network_ms(
    instance: dict[str, Any], workload: dict[str, Any], region: dict[str, Any], way: Way
) -> float:
    """From the user to where the prompt is read, over the link, and back from where it is answered."""
    trips = region.get("round_trip_ms", {})
    there, back = trips.get(way.reads[0], 0.0) / 2, trips.get(way.answers[0], 0.0) / 2
    if way.link is None:
        return float(there + back)
    link = instance["links"][way.link]
    bits = 8.0 * workload["kv_bytes_per_token"] * workload["lengths"]["input_tokens"]
    seconds = bits / (link["bandwidth_gbit_per_s"] * BITS_OF_GBIT)
    return float(there + link.get("latency_ms", 0.0) + 1000.0 * seconds + back)


def add_routes(question: Question, workload: str) -> dict[tuple[str, int], dict[tuple[str, str], Terms]]:
    """Columns of the share that goes each way; by phase and slot, the work that comes to each place."""
    comes: dict[tuple[str, int], dict[tuple[str, str], Terms]] = {}
    for slot in question.slots:
        shares = {way: question.program.column() for way in ways(question, workload)}
        if waits(question.instance["workloads"][workload]):
            _one_way(question, list(shares.values()))
        phases = {
            phase: question.demand.work(workload, phase, slot) for phase in question.demand.phases(workload)
        }
        if any(phases.values()):
            everywhere = [*((one, 1.0) for one in shares.values()), *question.sent_away[workload, slot.index]]
            question.program.row(everywhere, 1.0, 1.0)
        for phase, work in phases.items():
            there = comes.setdefault((phase, slot.index), {})
            for way, share in shares.items():
                place = way.answers if phase == "decode" else way.reads
                there.setdefault(place, []).append((share, work))
        question.sent[workload, slot.index] = shares
        for way, share in shares.items():
            if way.link is None and "prefill" in phases:
                here = question.stays.setdefault((workload, slot.index), {})
                here[way.reads] = [(share, phases["prefill"])]
            _pay(question, workload, slot, way, share)
            if way.link is not None:
                gbit = 8.0 * _cache_bytes(question, workload, slot) / BITS_OF_GBIT
                question.carried.setdefault((way.link, slot.index), []).append((share, gbit))
    return comes


def waits(workload: dict[str, Any]) -> bool:
    """Whether units keep time for requests that wait."""
    return "queueing" in workload and "ttft_ms" in workload.get("sla", {})


def _one_way(question: Question, shares: list[int]) -> None:
    """Requests that wait in one queue all go the same way."""
    taken = [question.program.switch() for _ in shares]
    question.program.row([(one, 1.0) for one in taken], upper=1.0)
    for share, one in zip(shares, taken, strict=True):
        question.program.row([(share, 1.0), (one, -1.0)], upper=0.0)


def add_links(question: Question) -> None:
    """A link carries so many bits in a second."""
    for (link, _), terms in question.carried.items():
        question.program.row(terms, upper=question.instance["links"][link]["bandwidth_gbit_per_s"])


def _cache_bytes(question: Question, workload: str, slot: Slot) -> float:
    """Bytes of KV cache of all prompts of a workload in a second, cached tokens included."""
    per_token = question.instance["workloads"][workload]["kv_bytes_per_token"]
    return float(per_token * question.demand.series(workload, "input_tokens_per_s", slot))


def _pay(question: Question, workload: str, slot: Slot, way: Way, share: int) -> None:
    """What a site asks for answers that leave it, and a link for caches that pass."""
    instance, bytes_per_s_usd = question.instance, 0.0
    price = instance.get("sites", {}).get(way.answers[0], {}).get("egress_usd_per_gb", 0.0)
    for phase in {"decode", "request"} & set(question.demand.phases(workload)):
        size = instance["workloads"][workload].get("response_bytes", 0.0)
        bytes_per_s_usd += price * size * question.demand.work(workload, phase, slot)
    if way.link is not None:
        price = instance["links"][way.link].get("usd_per_gb", 0.0)
        bytes_per_s_usd += price * _cache_bytes(question, workload, slot) if price else 0.0
    money = bytes_per_s_usd * HOUR_S * question.timeline.hours * slot.repeats / BYTES_OF_GB
    question.spend(share, money, slot.stage, slot.scenario)
