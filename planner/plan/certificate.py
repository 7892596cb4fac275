"""A certificate: prices by which a judge can work out anew that no plan of an instance costs less than a bound.

It is plain data: prices of nodes and of demand by ranges of fleets, and no result of them. What they prove is worked
out by `planner.verify.certificate`, which says what each figure means.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from planner.core.errors import Fault, InstanceError
from planner.plan.faults import form_of

FORMAT = "planner-certificate"
VERSION = 1


@dataclass(frozen=True)
class CertifiedPool:
    """Channels of one hardware whose nodes are held throughout, counted together."""

    hardware: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class PriceCluster:
    """Periods with the same prices, in money per hour that counts in the cost.

    demand_price[role] is per token/s (request/s), node_price[pool] per node. Units are listed up to `limit` of money
    per hour above the Lagrangian bound of an hour; 0: the linear bound is enough.
    """

    periods: tuple[int, ...]
    demand_price: tuple[float, ...]
    node_price: tuple[float, ...]
    limit: float


@dataclass(frozen=True)
class FleetBox:
    """Fleets with at least low[pool] and at most high[pool] nodes, None without an upper end, and prices that bound
    them. `starts` is the place of its prices of starts in the certificate.
    """

    low: tuple[int, ...]
    high: tuple[int | None, ...]
    starts: int
    clusters: tuple[PriceCluster, ...]


@dataclass(frozen=True)
class Certificate:
    """What proves that no plan of the instance `name` costs less than `bound`, in its currency.

    roles[role] names the work of each role as `workload.phase`. start_shares[.][period] is the share of what a start
    costs at which it is priced. The boxes hold every fleet.
    """

    name: str
    bound: float
    roles: tuple[str, ...]
    pools: tuple[CertifiedPool, ...]
    start_shares: tuple[tuple[float, ...], ...]
    boxes: tuple[FleetBox, ...]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a file."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Any) -> Certificate:
        """A certificate of plain data. Raises InstanceError with what is wrong with its form."""
        faults = [Fault(message, path=path) for path, message in form_of(record, SCHEMA, "")]
        if faults:
            raise InstanceError(faults)
        boxes = tuple(
            FleetBox(
                tuple(box["low"]),
                tuple(box["high"]),
                box["starts"],
                tuple(_cluster(one) for one in box["clusters"]),
            )
            for box in record["boxes"]
        )
        return cls(
            name=record["name"],
            bound=float(record["bound"]),
            roles=tuple(record["roles"]),
            pools=tuple(CertifiedPool(one["hardware"], tuple(one["channels"])) for one in record["pools"]),
            start_shares=tuple(tuple(map(float, one)) for one in record["start_shares"]),
            boxes=boxes,
        )


def _cluster(record: dict[str, Any]) -> PriceCluster:
    return PriceCluster(
        tuple(record["periods"]),
        tuple(map(float, record["demand_price"])),
        tuple(map(float, record["node_price"])),
        float(record["limit"]),
    )


def _table(**keys: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": keys,
        "required": list(keys),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_TEXT, _COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
_PRICE = {"type": "number", "minimum": 0}
_CLUSTER = _table(periods=_list(_COUNT), demand_price=_list(_PRICE), node_price=_list(_PRICE), limit=_PRICE)
_BOX = _table(
    low=_list(_COUNT),
    high=_list({"anyOf": [_COUNT, {"type": "null"}]}),
    starts=_COUNT,
    clusters=_list(_CLUSTER),
)
SCHEMA = _table(
    format={"const": FORMAT},
    version={"const": VERSION},
    name=_TEXT,
    bound={"type": "number"},
    roles=_list(_TEXT),
    pools=_list(_table(hardware=_TEXT, channels=_list(_TEXT))),
    start_shares=_list(_list({"type": "number", "minimum": 0, "maximum": 1})),
    boxes=_list(_BOX),
)
"""JSON Schema of a certificate's file."""
