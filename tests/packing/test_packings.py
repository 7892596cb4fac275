"""Random units on nodes and racks: the formulation needs as few as an exact bin packer (bench: a thousand)."""

from __future__ import annotations

import pytest

from tests.packing.exact import fewest_containers
from tests.packing.random_packings import exact, planned, question


def test_the_packer_by_hand() -> None:
    assert fewest_containers(8, ((5, 1), (4, 2))) == 2
    assert fewest_containers(8, ((3, 9), (2, 5))) == 5
    assert fewest_containers(7, ((4, 3), (3, 2), (1, 1))) == 3
    assert fewest_containers(4, ()) == 0


@pytest.mark.parametrize("seed", range(60))
def test_as_few_as_an_exact_packer(seed: int) -> None:
    data = question(seed)
    assert planned(data) == pytest.approx(exact(data))
