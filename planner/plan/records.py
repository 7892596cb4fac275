"""Whether the parts of a well-typed plan record fit each other: lengths, spans, names, and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.instance.channels import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
PlanFault = tuple[str, str]

SERIES = {
    "units": ("on", "busy_limit"),
    "served": ("per_s",),
    "shed": ("per_s",),
    "use": ("nodes",),
    "outsourced": ("share",),
    "backlog": ("waiting",),
    "routed": ("share",),
}
SPANS = ("holdings", "lent", "committed", "placed")
WITHOUT_PLAN = ("infeasible", "no_plan")
PHASES = ("prefill", "decode", "request")


def names_and_lengths(record: Row) -> Iterator[PlanFault]:
    """Path and message of every part that does not fit the others."""
    yield from _periods(record)
    yield from _series(record)
    yield from _spans(record)
    yield from _status(record)
    yield from _kinds(record)
    yield from _names(record)


def _periods(record: Row) -> Iterator[PlanFault]:
    periods = len(record["periods"])
    if not periods:
        yield "periods", "a plan has one period at least"
    if len(record["period_weights"]) != periods:
        yield "period_weights", f"has {len(record['period_weights'])} values, the plan has {periods} periods"
    for place, weight in enumerate(record["period_weights"]):
        if weight <= 0:
            yield f"period_weights[{place}]", f"is {weight:g}, a weight is above 0"
    if record["period_hours"] <= 0:
        yield "period_hours", f"is {record['period_hours']:g}, a period is longer than 0 hours"


def _series(record: Row) -> Iterator[PlanFault]:
    periods = len(record["periods"])
    for table, names in SERIES.items():
        for place, row in enumerate(record[table]):
            for name in names:
                length = len(row[name])
                if length != periods and not (name == "busy_limit" and length == 0):
                    yield f"{table}[{place}].{name}", f"has {length} values, the plan has {periods} periods"


def _spans(record: Row) -> Iterator[PlanFault]:
    periods = len(record["periods"])
    for table in SPANS:
        for place, row in enumerate(record[table]):
            for name in ("first", "last"):
                if not 0 <= row[name] < periods:
                    yield f"{table}[{place}].{name}", f"is {row[name]}, periods count from 0 to {periods - 1}"
            if row["first"] > row["last"]:
                yield f"{table}[{place}]", f"begins in period {row['first']} and ends in {row['last']}"


def _status(record: Row) -> Iterator[PlanFault]:
    status = record["status"]
    if status in WITHOUT_PLAN:
        for table in (*SERIES, *SPANS):
            if record[table]:
                yield table, f"a plan that is {status} holds none"
        if record["cost"] is not None:
            yield "cost", f"a plan that is {status} has none"
    elif record["cost"] is None:
        yield "cost", f"is null, and the plan is {status}"


def _kinds(record: Row) -> Iterator[PlanFault]:
    for place, row in enumerate(record["holdings"]):
        if row["kind"] not in KINDS:
            yield f"holdings[{place}].kind", f"{row['kind']!a} is no kind of channel: {', '.join(KINDS)}"


def _names(record: Row) -> Iterator[PlanFault]:
    """Names must be those of the question that the plan carries; units are known to the rates alone."""
    question = record["question"]
    known = {key: _table(question, key) for key in ("workloads", "fleet", "vendors", "lending")}
    known["spend_commitments"] = _table(question, "spend_commitments")
    if not question:
        return
    where = (
        ("hardware", "fleet", ("holdings", "units", "use", "lent", "placed")),
        ("workload", "workloads", ("served", "shed", "outsourced", "backlog", "routed")),
        ("vendor", "vendors", ("outsourced",)),
        ("lending", "lending", ("lent",)),
        ("commitment", "spend_commitments", ("committed",)),
    )
    for name, part, tables in where:
        for table in tables:
            for place, row in enumerate(record[table]):
                if row[name] not in known[part]:
                    yield f"{table}[{place}].{name}", f"{row[name]!a} is not in the {part} of the question"
    for table in ("holdings", "use"):
        for place, row in enumerate(record[table]):
            if row["channel"] not in _table(known["fleet"], row["hardware"]):
                yield f"{table}[{place}].channel", f"{row['channel']!a} is no channel of the question"
    for table in ("served", "shed", "backlog"):
        for place, row in enumerate(record[table]):
            if row["phase"] not in PHASES:
                yield f"{table}[{place}].phase", f"{row['phase']!a} is none of {', '.join(PHASES)}"


def _table(data: Row, key: str) -> Row:
    part = data.get(key)
    return part if isinstance(part, dict) else {}
