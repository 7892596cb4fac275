"""Mend a plan: keep its whole numbers, and solve its continuous part anew beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.engines.scaling import scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.program import LinearProgram

_SECONDS = 5.0
_OUT_OF_TIME = 1


def mended(program: LinearProgram, plan: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The cheapest plan with the whole numbers of `plan`[n], None when there is none.

    Whole numbers that an engine found in its own scaling may leave no room for the continuous values that it
    gave with them; others that do fit are a linear program away. Raises TimeoutError when that takes too long.
    """
    loose = np.flatnonzero(~program.integer)
    if not len(loose):
        return None
    # the solver of scipy needs no process of its own, and is loaded only when a plan needs mending
    from scipy.optimize import Bounds, LinearConstraint, milp

    scaling = scale(program)
    program, held = scaling.program, np.where(program.integer, plan, 0.0)
    activity = np.asarray(program.matrix @ held)
    part = program.matrix[:, loose]
    used = np.diff(part.indptr) > 0
    answer = milp(
        program.objective[loose],
        constraints=LinearConstraint(
            part[used], (program.row_lower - activity)[used], (program.row_upper - activity)[used]
        ),
        bounds=Bounds(program.lower[loose], program.upper[loose]),
        options={"time_limit": _SECONDS},
    )
    if answer.x is None:
        if answer.status == _OUT_OF_TIME:
            raise TimeoutError("the continuous part of a plan takes too long")
        return None
    whole = held.copy()
    whole[loose] = answer.x
    return scaling.values(whole)
