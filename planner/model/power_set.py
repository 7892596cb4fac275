"""Power of nodes by what they do, and the carbon dioxide of a kW, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rates.site_energy import carbon_kg_per_kw_hour, carbon_usd_per_kg, power_by_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance


@dataclass(frozen=True)
class PowerSet:
    """Power of a node held that runs nothing, and what use adds to it, in kW, shape [hardware].

    `carbon_kg`, shape [hardware, period], are kilograms of carbon dioxide for a kW of a node and hour, losses of its
    site included; `carbon_usd`, shape [hardware], is what its site asks for a kilogram.
    """

    idle_kw: NDArray[np.float64]
    added_kw: NDArray[np.float64]
    carbon_kg: NDArray[np.float64]
    carbon_usd: NDArray[np.float64]

    @property
    def added_kg(self) -> NDArray[np.float64]:
        """Kilograms that use adds to a node and hour, shape [hardware, period]."""
        return self.carbon_kg * self.added_kw[:, None]

    @property
    def idle_kg(self) -> NDArray[np.float64]:
        """Kilograms of a node held that runs nothing, an hour, shape [hardware, period]."""
        return self.carbon_kg * self.idle_kw[:, None]


def power_of(instance: Instance) -> PowerSet:
    """Power and carbon of every hardware of the fleet, in its order."""
    states = np.array([power_by_state(instance, hardware) for hardware in instance.fleet])
    return PowerSet(
        idle_kw=states[:, 0],
        added_kw=states[:, 1],
        carbon_kg=np.array([carbon_kg_per_kw_hour(instance, hardware) for hardware in instance.fleet]),
        carbon_usd=np.array([carbon_usd_per_kg(instance, hardware) for hardware in instance.fleet]),
    )
