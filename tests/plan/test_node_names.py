"""Names of nodes in a plan: written and read in one place."""

from __future__ import annotations

import pytest

from planner.plan.node_names import NodeName, sold_by_gpu


@pytest.mark.parametrize(
    ("node", "name"),
    [(NodeName(0, 5), "n5"), (NodeName(2, 5), "d2n5"), (NodeName(0, 0, "rent"), "gpus:rent")],
)
def test_a_name_is_read_as_it_was_written(node: NodeName, name: str) -> None:
    assert str(node) == name
    assert NodeName.read(name) == node
    assert sold_by_gpu(name) == (node.number == 0)


@pytest.mark.parametrize("name", ["", "n0", "n05", "d0n1", "d2", "n5 ", "N5", "2", "n1234567890"])
def test_what_is_no_name_is_none(name: str) -> None:
    assert NodeName.read(name) is None
