"""The plan: what to hold, what to run, what is served and what it costs, as labelled records.

A plan is plain data and travels as JSON (`to_dict`, `from_dict`); tables are made on demand. It can be judged
without the model: `planner.check` recomputes everything from the instance, the rates and these records.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from planner.core.attached import attached
from planner.core.errors import InstanceError
from planner.core.plain import finite
from planner.core.solution import Status
from planner.plan.contents import RECORD_KINDS, SCHEMA_VERSION, PlanContents
from planner.plan.faults import plan_faults
from planner.plan.tables import frame, in_file, listing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Plan(PlanContents):
    """A plan with its proof. Money is in `currency`; `bound` is the best valid lower bound of the cost."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the stable keys of the command line, and every record. No NaN, no infinity."""
        record = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        record["status"] = str(self.status)
        record["gap"] = self.gap
        record["recommended"] = self.recommended
        record |= in_file(self)
        for key in ("cost", "bound", "gap"):
            record[key] = finite(record[key])
        return record

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Plan:
        """Read what `to_dict` wrote. Raises InstanceError with every fault of its form, each with its path.

        What is derived (`fleet`, `hours`, `gap`, `recommended`) is made again from the records; `planner check`
        compares.
        """
        faults = plan_faults(record)
        if faults:
            raise InstanceError(faults)
        values: dict[str, Any] = {one.name: _frozen(record[one.name]) for one in fields(cls)}
        for name, kind in RECORD_KINDS.items():
            values[name] = tuple(kind(**{k: _frozen(v) for k, v in row.items()}) for row in record[name])
        values["status"] = Status(record["status"])
        values["cost"] = math.inf if record["cost"] is None else float(record["cost"])
        values["bound"] = -math.inf if record["bound"] is None else float(record["bound"])
        return cls(**values)

    def frame(self, name: str | None = None) -> pd.DataFrame:
        """A table by name, such as `fleet`, `starts` or `costs`; without one, the list of tables there are.

        Periods are timezone-aware timestamps in the zone of the instance; where it has stages or scenarios a
        column `period_block` names them. The list says what each table holds, how many rows this plan has in it,
        and its columns with their units. Raises KeyError for a name that is none.
        """
        return listing(self) if name is None else frame(self, name)

    def plot(self, kind: str = "nodes", ax: Axes | None = None) -> Axes:
        """Draw nodes, use, units, placement, served or costs with matplotlib. Raises ValueError for another kind."""
        drawn: Axes = attached(Plan, "plot")(self, kind, ax)
        return drawn

    def __str__(self) -> str:
        """The console view, as wide as the terminal."""
        return str(attached(Plan, "__str__")(self))

    def _repr_html_(self) -> str:
        return str(attached(Plan, "_repr_html_")(self))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
