"""How unsteady a workload's requests are: what makes a latency promise cost capacity."""

from __future__ import annotations

from typing import Literal

from planner.instance.base import NonNegative, OpenShare, SquaredVariation, Strict


class Queueing(Strict):
    """Variability of arrivals and lengths, as squared coefficients of variation (variance over squared mean).

    Where it is given, units that serve the workload run below full load, so that waiting stays within the
    service level at its percentile; small pools more so than large ones.
    """

    arrival_scv: SquaredVariation = 1.0
    """Times between arrivals: 1 for independent users, more for bursts (chat traces 1 to 4, code over 10)."""
    arrival_law: Literal["gamma", "hyperexponential"] = "gamma"
    """How gaps vary: in clumps of requests (gamma, as published traces were fitted), or in busy and quiet spells."""
    router: Literal["least_work", "round_robin", "random", "prefix_affinity"] = "least_work"
    """How requests choose among units: the one with the least work, by turns, by chance, or the one that keeps their
    prefix (planned as by chance). Where it does not look at work each unit is a queue of its own: less headroom."""
    ranks: Literal["dealt", "bound", "even"] = "dealt"
    """How requests are spread over the data-parallel ranks of units that read or write alone, which step together and
    wait for the busiest: whole, to the one with the least work, as balancers do; whole, to any; or the work of each
    evenly over all, as where a prompt is split. Units that do both count as they were measured."""
    decode_arrival_scv: SquaredVariation | None = None
    """The same as decode meets them; absent: as prefill does."""
    prefill_scv: SquaredVariation | None = None
    """Work of reading a prompt (computed tokens of public traces: 0.9 to 10); absent: by `lengths`, or 1 where these
    are means alone."""
    decode_scv: SquaredVariation | None = None
    """Generated tokens of a request (public traces 0.5 to 3); absent: by `lengths`, or 1 where these are means
    alone."""
    prefill_busy_limit: OpenShare | None = None
    """How busy prefill units may be, where a replay of one's own trace has shown it; absent: by formula."""
    decode_busy_limit: OpenShare | None = None
    """The same of decode units."""
    kv_transfer_ms: NonNegative | None = None
    """Time to hand the KV cache of a prompt from a prefill to a decode unit; absent: by the kernel, from its links."""

    @property
    def arrival_scv_of_decode(self) -> float:
        """`decode_arrival_scv`, or `arrival_scv`."""
        return self.arrival_scv if self.decode_arrival_scv is None else self.decode_arrival_scv
