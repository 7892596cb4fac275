"""Whether a plan that the search found keeps the rows of the model: nothing else becomes the best plan so far.

Where the relaxation has all families they are looked at here, on whole arrays: building the program of a year to look
at its rows would take longer than the search. Otherwise the program's own rows decide (`WholeModel.accepts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model import families
from planner.model.decode import starts_of, usable_of
from planner.optimize.decomposition.problem.coverage import LeftOut
from planner.optimize.decomposition.problem.standing_choices import standing_lost
from planner.optimize.decomposition.tolerances import NODES_SLACK, UNSERVED_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values


def broken(sets: Sets, values: Values) -> str | None:
    """The first family, or `limits of variables`, that a plan breaks; None where it keeps them all.

    A family without a look at its rows here counts as broken.
    """
    if not _within(values.acquire, sets.acquire_least, sets.acquire_most):
        return "limits of variables"
    if not _within(values.on, np.zeros_like(sets.on_limit), sets.on_limit):
        return "limits of variables"
    for family in families.applying(sets):
        name = families.name_of(family)
        if name not in LOOKS or not LOOKS[name](sets, values):
            return name
    return None


def not_looked_at(sets: Sets) -> tuple[LeftOut, ...]:
    """Families whose rows only the program of the whole model can check."""
    names = [families.name_of(family) for family in families.applying(sets)]
    return tuple(LeftOut(name, "only the whole program has its rows") for name in names if name not in LOOKS)


def _within(values: NDArray[np.int64], least: NDArray[np.int64], most: NDArray[np.int64]) -> bool:
    return bool(((least <= values) & (values <= most)).all())


def _demand(sets: Sets, values: Values) -> bool:
    """Units serve what is asked, as far as sums of decimal numbers can show."""
    served = (sets.rate[:, :, None] * usable_of(sets, values.on)[:, None, :]).sum(axis=0)
    return not sets.shared_units and bool((served >= sets.demand * (1 - 2 * UNSERVED_SHARE)).all())


def _fleet(sets: Sets, values: Values) -> bool:
    """Nodes in use are nodes that serve, channel by channel where their use is given by channel."""
    serving = serving_of(sets, values.acquire)
    used = np.zeros((len(sets.hardware), sets.periods))
    np.add.at(used, sets.hardware_of, sets.nodes[:, None] * values.on)
    there = np.zeros_like(used)
    channel_hardware = np.array([channel.hardware for channel in sets.channels])
    metered = np.isin(channel_hardware, sets.metered_hardware)
    np.add.at(there, channel_hardware, np.where(metered[:, None], values.use, serving))
    whole = values.use[sets.use_is_whole & metered]
    return bool(
        (used <= there + NODES_SLACK).all()
        and (values.use <= serving + NODES_SLACK)[metered].all()
        and (whole == np.rint(whole)).all()
    )


def serving_of(sets: Sets, acquire: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nodes of each channel that serve, shape [channel, period]."""
    change = np.zeros((len(sets.channels), sets.periods + 1))
    nodes = acquire * sets.offer_increment
    np.add.at(change, (sets.offer_channel, sets.first), nodes)
    np.add.at(change, (sets.offer_channel, sets.last + 1), -nodes)
    share = np.array([channel.available_share for channel in sets.channels])
    return np.asarray(np.cumsum(change, axis=1)[:, :-1] * share[:, None])


def _start(sets: Sets, values: Values) -> bool:
    """Every unit that runs and did not before was started."""
    binds = sets.minimum_up > 1
    return not binds and bool((values.start >= starts_of(sets, values.on)).all())


def _standing(sets: Sets, values: Values) -> bool:
    """One choice of every pool and period holds."""
    return not sets.has_starts and standing_lost(sets, values.on) == []


def _risk(sets: Sets, values: Values) -> bool:
    """Nothing is asked of a premium, which costs count as decisions call for it; limits are looked at elsewhere."""
    return sets.risk is not None and sets.risk.cvar_limit_usd is None


LOOKS: dict[str, Callable[[Sets, Values], bool]] = {
    "demand": _demand,
    "fleet": _fleet,
    "start": _start,
    "risk": _risk,
    "standing": _standing,
}
