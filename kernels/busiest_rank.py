"""What the busiest rank of every option has beyond the mean one, as columns of a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.balance.dealing import pass_imbalance, running_surplus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats
    from kernels.conditions import Conditions
    from kernels.options import Options


def dealt(
    options: Options, several: Sequence[Conditions], ranks: Floats, columns: dict[str, Floats]
) -> dict[str, Floats]:
    """What the busiest rank has beyond the mean one, each [n]; figures are found once per distinct question."""
    passes, spread, surplus, scattered = (level * np.ones(len(ranks)) for level in (1.0, 0.0, 0.0, 0.0))
    given = np.full(len(ranks), np.nan) if options.pass_tokens is None else options.pass_tokens
    chunk = np.where(np.isnan(given), np.broadcast_to(columns["tokens_per_pass"], ranks.shape), given)
    known: dict[tuple[int, float, float], tuple[float, float]] = {}
    running: dict[tuple[int, float], tuple[float, float]] = {}
    for place, role in enumerate(options.role):
        which = place if len(several) > 1 else 0
        one = several[which]
        if one.ranks == "even" or role == "colocated":
            continue
        if role == "prefill":
            asked = which, float(chunk[place]), float(ranks[place])
            if asked not in known:
                known[asked] = pass_imbalance(one.requests, *asked[1:], one.ranks, one.beside)
            passes[place], spread[place] = known[asked]
        else:
            at = which, float(ranks[place])
            if at not in running:
                running[at] = running_surplus(one.requests, at[1], one.ranks, one.beside)
            surplus[place], scattered[place] = running[at]
    return {
        "pass_imbalance": passes,
        "pass_spread": spread,
        "surplus_requests": surplus,
        "scattered_requests": scattered,
    }
