"""What switching a unit on costs, read from the deployment that it is one of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance import Deployment, Instance
    from planner.rates import Rates, Unit


def start_prices(instance: Instance, rates: Rates) -> NDArray[np.float64]:
    """Cost of one start of each unit, shape [unit]; of deployments that could be it, the one next to the rates'."""
    prices = []
    for unit in rates.units:
        stated = set(_prices(instance, unit)) or {unit.start_usd}
        prices.append(min(stated, key=lambda price: abs(price - unit.start_usd)))
    return np.array(prices, dtype=np.float64)


def _prices(instance: Instance, unit: Unit) -> Iterator[float]:
    for deployment in instance.deployments:
        if _could_be(instance, deployment, unit):
            given = deployment.start_usd_per_unit
            yield instance.start_up.usd_per_node * unit.nodes if given is None else given


def _could_be(instance: Instance, deployment: Deployment, unit: Unit) -> bool:
    named = (
        deployment.name is None or unit.name == deployment.name or unit.name.startswith(f"{deployment.name}.")
    )
    sized = unit.gpus in deployment.sizes if deployment.sizes else unit.nodes == deployment.nodes
    here = unit.hardware in deployment.on_hardware(tuple(instance.fleet))
    return named and sized and here and deployment.role is unit.role
