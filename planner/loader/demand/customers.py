"""Customers of a log: how many, how large, and how far each strays from the course that all take together.

    N_c[t]      requests of customer c in ten minutes t: Poisson of mean n_c m[t] G_c[t], where the common course m and
                the own factors G_c have mean 1, and each G_c is independent of the others
    E_c[t]      = n_c (S[t] - N_c[t]) / (mean of S - n_c), S = sum of all N_c      what the others lead one to expect
    W_c[t]      = n_c times S at that time of other days, over the mean of S       any course known apart from t
    M[t]        = (S^2 - sum_c N_c^2) / (sum over pairs c, d of n_c n_d)           of mean m^2
    burstiness  = sum_c,t ((N_c - E_c) (N_c - W_c) - N_c) / sum_c,t n_c^2 M        Var G_c

over the customers of a class: the largest that bring half of the requests, those that bring the next four tenths, and
the rest. It is the `burstiness_scv` of an instance's customers, at the grain that pooling is computed at. What the
others stray by is in E_c once, as a factor of what is independent of it, so it adds nothing on average: two customers
have each their own figure (moments of products of counts; Daley and Vere-Jones 2003, section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from planner.loader.demand.measure import Measure, jackknife

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAIN_S = 600.0
_WINDOWS_A_DAY = int(SECONDS_PER_HOUR * HOURS_PER_DAY / GRAIN_S)
MOST_CELLS = 4_000_000
"""Customers times ten minutes that are remembered."""
_BUFFERED = 500_000
LEAST_WINDOWS, LEAST_CUSTOMERS = 12, 2
MOST_BURSTINESS = 10_000.0
"""That an instance may state: customers who come once in a long log seem to have more."""
CLASS_SHARES = (0.5, 0.9, 1.0)
"""Of all requests: up to where the customers of each class reach, the largest first."""


@dataclass(frozen=True)
class _Cells:
    """Requests by customer and ten minutes, each array of shape [cell]."""

    customers: NDArray[np.uint64]
    windows: NDArray[np.int64]
    counts: NDArray[np.float64]

    def only(self, kept: NDArray[np.bool_]) -> _Cells:
        return _Cells(self.customers[kept], self.windows[kept], self.counts[kept])


def _merged(parts: list[_Cells]) -> _Cells:
    """The same counts with each customer and ten minutes once."""
    customers = np.concatenate([one.customers for one in parts])
    windows = np.concatenate([one.windows for one in parts])
    counts = np.concatenate([one.counts for one in parts])
    if not len(counts):
        return _Cells(customers, windows, counts)
    order = np.lexsort((windows, customers))
    customers, windows = customers[order], windows[order]
    first = np.concatenate([[True], (customers[1:] != customers[:-1]) | (windows[1:] != windows[:-1])])
    return _Cells(customers[first], windows[first], np.add.reduceat(counts[order], np.flatnonzero(first)))


@dataclass(frozen=True)
class MeasuredClass:
    """Customers alike in size: how many, mean requests in ten minutes of one, and their burstiness."""

    count: int
    requests: float
    burstiness: Measure


class CustomerCounts:
    """Requests by customer and ten minutes, in memory that is bounded; `complete` until it was not enough."""

    def __init__(self) -> None:
        self._cells = _Cells(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), np.zeros(0))
        self._new: list[_Cells] = []
        self.complete = True

    def add(self, customers: NDArray[np.uint64], seconds: NDArray[np.float64]) -> None:
        """Add requests of customers by hash, at seconds since the origin of the log, both of shape [request]."""
        if not self.complete:
            return
        windows = np.floor(seconds / GRAIN_S).astype(np.int64)
        self._new.append(_merged([_Cells(customers, windows, np.ones(len(customers)))]))
        if sum(len(one.counts) for one in self._new) > len(self._cells.counts) + _BUFFERED:
            self._merge()

    def _merge(self) -> None:
        self._cells, self._new = _merged([self._cells, *self._new]), []
        if len(self._cells.counts) > MOST_CELLS:
            self._cells, self.complete = (
                self._cells.only(np.zeros(len(self._cells.counts), dtype=bool)),
                False,
            )

    def classes(self, first_s: float, last_s: float) -> list[MeasuredClass]:
        """The classes over the whole ten minutes of a log; none where customers or time are too few."""
        self._merge()
        first, end = int(np.ceil(first_s / GRAIN_S)), int(np.floor(last_s / GRAIN_S))
        cells = self._cells.only((self._cells.windows >= first) & (self._cells.windows < end))
        windows = end - first
        names, who = np.unique(cells.customers, return_inverse=True)
        if windows < LEAST_WINDOWS or len(names) < LEAST_CUSTOMERS:
            return []
        when, counts = cells.windows - first, cells.counts
        means = np.bincount(who, weights=counts) / windows
        total = np.asarray(np.bincount(when, weights=counts, minlength=windows), dtype=np.float64)
        order = np.argsort(-means, kind="stable")
        reach = np.cumsum(means[order]) / means.sum()
        bounds = np.searchsorted(reach, np.array(CLASS_SHARES) - 1e-9) + 1
        found, begin = [], 0
        for bound in np.minimum(bounds, len(names)).tolist():
            if bound > begin:
                ours = np.zeros(len(names), dtype=bool)
                ours[order[begin:bound]] = True
                found.append(_measured(ours, means, total, (who, when, counts)))
            begin = max(begin, bound)
        return found


def _measured(
    ours: NDArray[np.bool_],
    means: NDArray[np.float64],
    total: NDArray[np.float64],
    cells: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
) -> MeasuredClass:
    """One class, `ours` of shape [customer]; a customer without requests in a window is expected to have had some."""
    share = means / np.maximum(total.mean() - means, 1e-12)
    usual = _at_other_days(total / total.mean())
    who, when, counts = cells
    pairs = total**2 - np.bincount(when, weights=counts**2, minlength=len(total))
    kept = ours[who]
    who, when, counts = who[kept], when[kept], counts[kept]
    silent = share[who] * means[who] * total[when] * usual[when]
    strays = (counts - share[who] * (total[when] - counts)) * (counts - means[who] * usual[when])
    strayed = (share[ours] * means[ours]).sum() * total * usual
    strayed += np.bincount(when, weights=strays - counts - silent, minlength=len(total))
    squares = (means[ours] ** 2).sum() * np.stack(
        [pairs / max(total.mean() ** 2 - (means**2).sum(), 1e-12), np.ones(len(total))]
    )

    def ratio(sums: NDArray[np.float64]) -> float:
        """The mean square of a course of mean 1 is no less than 1, though of customers who never meet it seems 0."""
        return min(float(sums[0] / max(sums[1], sums[2])), MOST_BURSTINESS)

    found = jackknife(np.stack([strayed, *squares]), ratio)
    high = found.high if found.high is None else max(0.0, found.high)
    burstiness = Measure(max(0.0, found.value), found.low, high)
    return MeasuredClass(int(ours.sum()), float(means[ours].mean()), burstiness)


def _at_other_days(course: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of a course at the same time of other days, shape [window]; 1 where there is no other day."""
    time = np.arange(len(course)) % _WINDOWS_A_DAY
    others = np.bincount(time)[time] - 1
    rest = np.bincount(time, weights=course)[time] - course
    return np.where(others > 0, rest / np.maximum(others, 1), 1.0)
