"""The kinds of small random questions that the planner and the second model are both asked, each by its generator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.reference.generate import instance_of
from tests.reference.generate_dated import dated_instance_of, late_instance_of
from tests.reference.generate_lent import lent_instance_of
from tests.reference.generate_sites import (
    carbon_instance_of,
    co_located_instance_of,
    idle_instance_of,
    sited_instance_of,
    waiting_instance_of,
)
from tests.reference.generate_standing import (
    many_kinds_instance_of,
    promising_instance_of,
    sharing_instance_of,
)
from tests.reference.generate_waits import waiting_co_located_instance_of

PLAIN = "plain"
KINDS: dict[str, tuple[Callable[[int], dict[str, Any]], str]] = {
    PLAIN: (instance_of, "of every feature"),
    "sites": (sited_instance_of, "at several sites"),
    "packed": (partial(instance_of, packed=True), "in which it matters where units lie"),
    "lent": (lent_instance_of, "in which nodes are lent beside GPUs that are hired one by one"),
    "co_located": (co_located_instance_of, "with units of both phases where links begin"),
    "deferred": (waiting_co_located_instance_of, "with units of both phases for work that may wait"),
    "waiting": (waiting_instance_of, "with links, where waits count"),
    "carbon": (carbon_instance_of, "where carbon counts"),
    "late": (late_instance_of, "with nodes that come a while after the beginning"),
    "idle": (idle_instance_of, "with nodes that draw power while they run nothing"),
    "cash": (dated_instance_of, "with stages and limits on cash"),
    "availability": (promising_instance_of, "that promise availability"),
    "many_kinds": (many_kinds_instance_of, "that promise it of pools of five or six kinds of units"),
    "sharing": (sharing_instance_of, "that promise it of pools whose units share nodes"),
}
"""What draws an instance from its seed, and what its questions are."""
