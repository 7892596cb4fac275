"""How busy running units are: the frame behind the picture of headroom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.audit.facts import facts_of
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan import Plan
    from planner.rates import Rates


def headroom_frame(instance: Instance, plan: Plan, rates: Rates | None = None) -> pd.DataFrame:
    """Serving nodes and how many are busy: period, hour, role, serving_nodes, busy_nodes, busy_share.

    busy[u, t] = sum_w served[u, w, t] / rate[u, w]; start-up time does not serve. Rows without serving units
    have no share (NaN).
    """
    facts = facts_of(instance, plan, rates if rates is not None else compute_rates(instance))
    rate = facts.rates.rate[:, :, None]
    busy = np.divide(facts.served, rate, out=np.zeros_like(facts.served), where=rate > 0).sum(axis=1)
    nodes = np.array([[unit.nodes] for unit in facts.rates.units])
    roles = np.array([str(unit.role) for unit in facts.rates.units])
    labels = instance.labels()
    parts = []
    for role in dict.fromkeys(roles.tolist()):
        of_role = roles == role
        serving = (facts.usable * nodes)[of_role].sum(axis=0)
        working = (busy * nodes)[of_role].sum(axis=0)
        if not serving.any():
            continue
        parts.append(
            pd.DataFrame(
                {
                    "period": labels,
                    "hour": np.arange(len(labels)) * instance.horizon.period_hours,
                    "role": role,
                    "serving_nodes": serving,
                    "busy_nodes": working,
                    "busy_share": np.divide(
                        working, serving, out=np.full_like(working, np.nan), where=serving > 0
                    ),
                }
            )
        )
    columns = ["period", "hour", "role", "serving_nodes", "busy_nodes", "busy_share"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
