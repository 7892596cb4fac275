"""Demand in requests where units count tokens: requests/s of known mean lengths are so many tokens/s.

    input = requests * mean prompt    cached = cached_share * input    output = requests * mean output

What a request costs that goes unserved is so much for each of its tokens that would be computed or generated.

Where a deployment has the role `request` requests stay requests: its rate says how many a unit serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

SHARE = "cached_share"
SHED_REQUESTS, SHED_TOKENS = "shed_usd_per_million_requests", "shed_usd_per_million_tokens"


class RequestsAsTokens:
    """Puts tokens in the place of requests in a document, and collects what is wrong and what was assumed."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.faults: list[Fault] = []
        self.assumed: list[str] = []

    def fill(self) -> None:
        """Look at the demand of every workload, in place. What does not fit is left to the schema."""
        data = self._document.data
        workloads, deployments = data.get("workloads"), data.get("deployments")
        if not isinstance(workloads, dict) or not isinstance(deployments, list):
            return
        roles = [one.get("role") for one in deployments if isinstance(one, dict)]
        for name, workload in workloads.items():
            demand = workload.get("demand") if isinstance(workload, dict) else None
            if isinstance(demand, dict):
                self._fill(name, workload, demand, in_tokens=bool(roles) and "request" not in roles)

    def _fill(self, name: str, workload: dict[str, Any], demand: dict[str, Any], in_tokens: bool) -> None:
        path: Keys = ("workloads", name, "demand")
        requests = _numbers(demand.get("requests_per_s"))
        share = demand.get(SHARE)
        if (
            requests is None
            or not in_tokens
            or any(f"{key}_tokens_per_s" in demand for key in ("input", "output"))
        ):
            if share is not None:
                wrong = "is of demand in requests that units serve by the token; in tokens, say cached_tokens_per_s"
                self.faults.append(self._document.fault((*path, SHARE), wrong))
            return
        if (other := self._of_another_length(requests)) is not None:
            self.faults.append(self._document.fault((*path, "requests_per_s"), other))
            requests = np.asarray(requests.mean())
        lengths = workload.get("lengths")
        prompt, output = (
            lengths.get(key) if isinstance(lengths, dict) else None
            for key in ("input_tokens", "output_tokens")
        )
        if not isinstance(prompt, int | float) or not isinstance(output, int | float):
            wrong = "is in requests, and no deployment has the role request: give lengths, of which tokens are made"
            self.faults.append(self._document.fault((*path, "requests_per_s"), wrong))
            return
        if share is not None and (not isinstance(share, int | float) or not 0 <= share < 1):
            return
        demand["input_tokens_per_s"] = (requests * prompt).tolist()
        demand["output_tokens_per_s"] = (requests * output).tolist()
        if share:
            demand["cached_tokens_per_s"] = (requests * prompt * share).tolist()
        for key in ("requests_per_s", SHARE):
            demand.pop(key, None)
        shed = workload.get(SHED_REQUESTS)
        if isinstance(shed, int | float):
            workload[SHED_TOKENS] = shed / (prompt * (1.0 - (share or 0.0)) + output)
            del workload[SHED_REQUESTS]
        means_of = f"{prompt:,.6g} prompt and {output:,.6g} output tokens"
        self.assumed.append(
            f"workloads.{name}.demand: each request counts as {means_of}, the means of its lengths"
        )

    def _of_another_length(self, requests: Any) -> str | None:
        """What is wrong with a series that has not a value for each period; None where it has, or none is stated."""
        horizon = self._document.data.get("horizon")
        periods = horizon.get("periods") if isinstance(horizon, dict) else None
        if requests.ndim == 0 or type(periods) is not int or len(requests) == periods:
            return None
        ways = f"set horizon.periods to {len(requests)}, or give a value for each period"
        return f"has {len(requests)} values, the horizon has {periods} periods: {ways}"


def _numbers(stated: Any) -> Any:
    """A figure or a list of them as an array of shape [] or [period]; None for anything else."""
    if type(stated) in (int, float):
        return np.asarray(float(stated))
    if isinstance(stated, list) and stated and all(type(one) in (int, float) for one in stated):
        return np.asarray(stated, dtype=np.float64)
    return None
