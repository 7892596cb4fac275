"""How busy running units are: the frame behind the picture of headroom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.plan.period_names import period_columns
from planner.rates.compute import compute_rates
from planner.verify.audit.facts import facts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Rates
    from planner.verify.audit.facts import Facts


def headroom_frame(instance: Instance, plan: Plan, rates: Rates | None = None) -> pd.DataFrame:
    """How busy nodes are: period, hour, role, serving_nodes, busy_nodes, busy_share, limit_share.

    busy[u, t] = sum_w served[u, w, t] / rate[u, w]; start-up time does not serve. `limit_share` is how busy
    they may be for waits and failures to stay within what was promised. Rows without serving units have no
    shares (NaN).
    """
    facts = facts_of(instance, plan, rates if rates is not None else compute_rates(instance))
    rate = facts.rates.rate[:, :, None]
    busy = np.divide(facts.served, rate, out=np.zeros_like(facts.served), where=rate > 0).sum(axis=1)
    limit = _limits(facts)
    nodes = np.array([[unit.nodes] for unit in facts.rates.units])
    roles = np.array([str(unit.role) for unit in facts.rates.units])
    labels = instance.labels()
    parts = []
    for role in dict.fromkeys(roles.tolist()):
        of_role = roles == role
        serving = (facts.usable / limit * nodes)[of_role].sum(axis=0)
        working = (busy * nodes)[of_role].sum(axis=0)
        allowed = (facts.usable * nodes)[of_role].sum(axis=0)
        if not serving.any():
            continue
        parts.append(
            pd.DataFrame(
                {
                    **period_columns(labels, labels, zone=instance.horizon.zone),
                    "hour": np.arange(len(labels)) * instance.horizon.period_hours,
                    "role": role,
                    "serving_nodes": serving,
                    "busy_nodes": working,
                    "busy_share": _share(working, serving),
                    "limit_share": _share(allowed, serving),
                }
            )
        )
    columns = ["period", "hour", "role", "serving_nodes", "busy_nodes", "busy_share", "limit_share"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _limits(facts: Facts) -> NDArray[np.float64]:
    """Share of its time that each unit may be busy, shape [unit, period]; 1 where nothing was promised."""
    limits = {unit.unit: unit.busy_limit for unit in facts.plan.units if any(unit.busy_limit)}
    limit = np.array([limits.get(unit.name, np.ones(facts.periods)) for unit in facts.rates.units])
    return np.asarray(np.where(limit > 0, limit, 1.0))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
