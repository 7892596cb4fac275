"""The plan: what to hold, what to run, what is served and what it costs, as labelled records.

A plan is plain data and travels as JSON (`to_dict`, `from_dict`); tables are made on demand. It can be judged
without the model: `planner.check` recomputes everything from the instance, the rates and these records.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from planner.core.attached import attached
from planner.core.errors import InstanceError
from planner.core.solution import Status, relative_gap

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Holding:
    """Nodes taken of one channel over periods `first`..`last`, both included, and what they cost."""

    hardware: str
    channel: str
    kind: str
    term: str
    first: int
    last: int
    nodes: int
    cost: float


@dataclass(frozen=True)
class UnitSchedule:
    """One deployment unit type: how many run in each period.

    `busy_limit` is the share of its time that each may be busy, so that waits and failures stay within what
    was promised; empty where nothing was. `provenance` tells where the rate it was planned with is from:
    measured, calibrated or extrapolated; `band_low` and `band_high` multiply it to the ends of its error band.
    """

    unit: str
    hardware: str
    role: str
    gpus: int
    nodes: int
    on: tuple[int, ...]
    busy_limit: tuple[float, ...] = ()
    provenance: str = ""
    band_low: float | None = None
    band_high: float | None = None


@dataclass(frozen=True)
class Served:
    """Tokens/s (requests/s) that a unit type serves of a work in each period."""

    workload: str
    phase: str
    unit: str
    per_s: tuple[float, ...]


@dataclass(frozen=True)
class Shed:
    """Tokens/s (requests/s) of a work left unserved in each period."""

    workload: str
    phase: str
    per_s: tuple[float, ...]


@dataclass(frozen=True)
class Use:
    """Nodes of a channel in use in each period, where a node in use costs extra."""

    hardware: str
    channel: str
    nodes: tuple[float, ...]


@dataclass(frozen=True)
class Outsourced:
    """Share of a workload's demand that a vendor takes in each period, and its cost at list prices."""

    vendor: str
    workload: str
    share: tuple[float, ...]
    list_cost: float


@dataclass(frozen=True)
class Lent:
    """Nodes lent over periods `first`..`last`, both included, and what they earn."""

    lending: str
    hardware: str
    first: int
    last: int
    nodes: int
    credit: float


@dataclass(frozen=True)
class Committed:
    """Spending committed over periods `first`..`last`, both included, in money per hour, and what it costs."""

    commitment: str
    first: int
    last: int
    per_hour: float
    cost: float


@dataclass(frozen=True)
class Backlog:
    """Tokens (requests) of a work that wait at the end of each period, to be served later."""

    workload: str
    phase: str
    waiting: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """A plan with its proof. Money is in `currency`; `bound` is the best valid lower bound of the cost."""

    instance: str
    status: Status
    cost: float
    bound: float
    limit: str | None
    currency: str
    seconds: float
    solver: str
    method: str
    seed: int
    periods: tuple[str, ...]
    period_hours: float
    period_weights: tuple[float, ...]
    cost_terms: dict[str, float]
    holdings: tuple[Holding, ...]
    units: tuple[UnitSchedule, ...]
    served: tuple[Served, ...]
    shed: tuple[Shed, ...]
    use: tuple[Use, ...]
    outsourced: tuple[Outsourced, ...] = ()
    lent: tuple[Lent, ...] = ()
    committed: tuple[Committed, ...] = ()
    backlog: tuple[Backlog, ...] = ()
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    method_reason: str = ""
    gap_asked: float | None = None
    """Gap that was to be proven: at or below it the plan is `optimal`."""
    summary: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    question: dict[str, Any] = field(default_factory=dict)
    """The instance as plain data, series included, so that a plan can be judged and shown on its own."""

    @property
    def gap(self) -> float:
        """Relative gap between cost and bound."""
        return relative_gap(self.cost, self.bound)

    @property
    def usable(self) -> bool:
        """Whether there is a plan, and its audit accepts it."""
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the stable keys of the command line, and every record. No NaN, no infinity."""
        from planner.plan.tables import fleet_rows, hour_rows

        record = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        record["status"] = str(self.status)
        record["gap"] = self.gap
        record["fleet"] = fleet_rows(self)
        record["hours"] = hour_rows(self)
        for key in ("cost", "bound", "gap"):
            if not math.isfinite(record[key]):
                record[key] = None
        return record

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Plan:
        """Read what `to_dict` wrote. Raises InstanceError with every fault of its form, each with its path.

        The derived tables (`fleet`, `hours`, `gap`) are made again from the records; `planner check` compares.
        """
        from planner.plan.faults import plan_faults

        faults = plan_faults(record)
        if faults:
            raise InstanceError(faults)
        values: dict[str, Any] = {one.name: _frozen(record[one.name]) for one in fields(cls)}
        for name, kind in KINDS.items():
            values[name] = tuple(kind(**{k: _frozen(v) for k, v in row.items()}) for row in record[name])
        values["status"] = Status(record["status"])
        values["cost"] = math.inf if record["cost"] is None else float(record["cost"])
        values["bound"] = -math.inf if record["bound"] is None else float(record["bound"])
        return cls(**values)

    def frame(self, name: str) -> pd.DataFrame:
        """A table by name: fleet, units, served, shed, hours or costs."""
        from planner.plan.tables import frame

        return frame(self, name)

    def plot(self, kind: str = "nodes", ax: Axes | None = None) -> Axes:
        """Draw nodes, use, units, served or costs with matplotlib. Raises ValueError for another kind."""
        drawn: Axes = attached(Plan, "plot")(self, kind, ax)
        return drawn

    def _repr_html_(self) -> str:
        return str(attached(Plan, "_repr_html_")(self))


KINDS: dict[str, type] = {
    **{"holdings": Holding, "units": UnitSchedule, "served": Served, "shed": Shed, "use": Use},
    **{"outsourced": Outsourced, "lent": Lent, "committed": Committed, "backlog": Backlog},
}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
