"""Present value: what money paid later is worth at the beginning of a plan.

    value of 1 paid at t years                     (1 + r)^-t
    value of 1 a year paid evenly from a to b      ((1 + r)^-a - (1 + r)^-b) / ln(1 + r);  b - a where r is 0
    yearly payment that repays 1 over n years      ln(1 + r) / (1 - (1 + r)^-n);           1 / n where r is 0

r: discount rate per year. Even payments add up over any split of the time they are paid in, so a plan whose stages are
split costs the same (continuous cash flows at an effective yearly rate: e.g. Newnan, Eschenbach, Lavelle,
*Engineering Economic Analysis*, ch. 4). The last line is the inverse of the second from 0 to n: what is bought, paid
by it over a life of n years, has its price as its present value, so renting by the year and buying compare alike
whether the plan sees the payment or the annuity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Years = NDArray[np.float64]


def discounted_years(rate_per_year: float, begin: Years, end: Years) -> Years:
    """Present value of 1 a year paid evenly between two times, in years; 0 where the end is not later."""
    end = np.maximum(begin, end)
    if rate_per_year == 0.0:
        return np.asarray(end - begin)
    force = np.log1p(rate_per_year)
    return np.asarray(np.exp(-force * begin) * -np.expm1(-force * (end - begin)) / force)


def even_recovery(rate_per_year: float, years: float) -> float:
    """Yearly payment, paid evenly, that repays 1 over some years."""
    return 1.0 / float(discounted_years(rate_per_year, np.zeros(1), np.array([years]))[0])
