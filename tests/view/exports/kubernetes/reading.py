"""Manifests read by the rules of those who run them: field tables, schemas of Kubernetes, and cron as KEDA reads it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import kubernetes_validate
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Manifest = dict[str, Any]
KUBERNETES = "1.35"
BUILT_IN = ("v1", "apps/v1")
FIELDS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "custom_fields.yaml").read_text())
OF_A_POD: dict[str, Callable[[Any], Manifest]] = {
    "pod spec": lambda value: {
        **{key: part for key, part in value.items() if key != "mainContainer"},
        "containers": [{"name": "main", **value["mainContainer"]}],
    },
    "container": lambda value: {"containers": [{"name": "main", **value}]},
    "volume": lambda value: {"containers": [{"name": "main"}], "volumes": [value]},
}
"""Parts of a pod as the spec of one that has nothing else."""
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([kMGTPE]i?|m)?")
_CRON = re.compile(r"(\d+) (\d+) (\*|[\d,]+) (\*|\d+) (\*|[\d,]+)")


def read(files: Mapping[str, bytes]) -> list[Manifest]:
    """Every object of the files that a kustomization applies."""
    (listed,) = yaml.safe_load_all(files["kustomization.yaml"])
    assert set(listed["resources"]) == {name for name in files if name.endswith(".yaml")} - {
        "kustomization.yaml"
    }
    return [one for name in listed["resources"] for one in yaml.safe_load_all(files[name]) if one]


def faults(manifest: Manifest) -> list[str]:
    """What the API server would refuse: of its own kinds by its published schema, of others by the field table."""
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    name = manifest["metadata"]["name"]
    found = [] if re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) else [f"{kind}: name {name!r}"]
    if manifest["apiVersion"] in BUILT_IN:
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{kind} {name}: {error.message}")
        return found
    if kind not in FIELDS:
        return [f"{kind}: no table"]
    return [*found, *(f"{kind} {name}: {fault}" for fault in _unfit(manifest["spec"], FIELDS[kind], "spec"))]


def unfit_values(values: Any) -> list[str]:
    """What the chart of llm-d would refuse of values, or not read."""
    return list(_unfit(values, FIELDS["llm-d-modelservice/values"], "values"))


def _unfit(value: Any, table: Any, path: str) -> Iterator[str]:
    if isinstance(table, str):
        yield from () if _fits(value, table) else (f"{path} is {value!r}, not {table}",)
        return
    if not isinstance(value, dict):
        yield f"{path} is no mapping"
        return
    fields = {
        key.rstrip("!").removesuffix("[]").removesuffix("{}"): (key, inner) for key, inner in table.items()
    }
    yield from (f"{path}.{key} is no field" for key in value if key not in fields)
    for field, (key, inner) in fields.items():
        if field not in value:
            yield from (f"{path}.{field} is missing",) if key.endswith("!") else ()
        elif "[]" in key:
            for place, item in enumerate(value[field]):
                yield from _unfit(item, inner, f"{path}.{field}[{place}]")
        elif "{}" in key:
            for name, item in value[field].items():
                yield from _unfit(item, inner, f"{path}.{field}.{name}")
        else:
            yield from _unfit(value[field], inner, f"{path}.{field}")


def _fits(value: Any, kind: str) -> bool:
    if kind == "pod":
        pod = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}}
        pod["spec"] = {"selector": {"matchLabels": {}}, "template": value}
        return not faults(pod)
    if kind in OF_A_POD:
        return _fits({"metadata": {"labels": {}}, "spec": OF_A_POD[kind](value)}, "pod")
    if kind == "labels":
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if kind == "quantity":
        return _QUANTITY.fullmatch(str(value)) is not None
    if kind in ("integer", "string", "boolean"):
        wanted = {"integer": int, "string": str, "boolean": bool}[kind]
        return type(value) is wanted
    return value in kind.split("|")


@cache
def _fields(cron: str) -> tuple[int, int, frozenset[int] | None, int | None, frozenset[int] | None]:
    parts = _CRON.fullmatch(cron)
    assert parts is not None, cron
    minute, hour, days, month, weekdays = parts.groups()
    return (
        int(minute),
        int(hour),
        None if days == "*" else frozenset(map(int, days.split(","))),
        None if month == "*" else int(month),
        None if weekdays == "*" else frozenset(map(int, weekdays.split(","))),
    )


@cache
def next_time(cron: str, after: datetime) -> datetime:
    """The first moment of a cron expression after another, on one clock; within 10 years."""
    minute, hour, days, month, weekdays = _fields(cron)
    day = after.replace(hour=hour, minute=minute, second=0, microsecond=0)
    day += timedelta(days=day <= after)
    for _ in range(3660):
        if month is not None and day.month != month:
            first = day.replace(day=1, month=month)
            day = first if first > day else first.replace(year=first.year + 1)
        on_day = days is None or day.day in days
        if on_day and (weekdays is None or day.isoweekday() % 7 in weekdays):
            return day
        day += timedelta(days=1)
    raise AssertionError(f"{cron} never comes")


def replicas_at(manifests: list[Manifest], name: str, moment: datetime, fixed: int | None = None) -> int:
    """What the objects of a unit make it run at a moment: the number that is set (in its own object, or `fixed`), or by
    KEDA the most of the triggers that are open. A trigger is open where its next end comes before its next start.
    """
    scaled = [one for one in manifests if one["kind"] == "ScaledObject" and one["metadata"]["name"] == name]
    if not scaled and fixed is not None:
        return fixed
    if not scaled:
        (own,) = (
            one
            for one in manifests
            if one["kind"] in ("Deployment", "LeaderWorkerSet") and one["metadata"]["name"] == name
        )
        return int(own["spec"]["replicas"])
    numbers = [int(scaled[0]["spec"]["minReplicaCount"])]
    for trigger in scaled[0]["spec"]["triggers"]:
        told = trigger["metadata"]
        local = moment.astimezone(ZoneInfo(told["timezone"])).replace(tzinfo=None)
        assert told["start"] != told["end"]
        if next_time(told["end"], local) <= next_time(told["start"], local):
            numbers.append(int(told["desiredReplicas"]))
    assert max(numbers) <= scaled[0]["spec"]["maxReplicaCount"]
    return max(numbers)
