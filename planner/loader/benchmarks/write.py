"""A measured rate as text: the deployment for an instance file, with where each value is from above it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.core.commented import commented_yaml

if TYPE_CHECKING:
    from planner.loader.benchmarks.measured_rate import MeasuredRate


def provenance(rate: MeasuredRate) -> list[str]:
    """A line for each value that was found, taken from an option, or computed."""
    facts, best = rate.facts, rate.best
    lines = [
        f"{name.replace('_', ' ')}: {getattr(facts, name)} ({origin})"
        for name, origin in facts.origins.items()
    ]
    prompt, output = rate.lengths
    lines.append(f"requests of {prompt:,.1f} prompt and {output:,.1f} output tokens")
    within = " and ".join(map(str, rate.limits)) or "no limit on latencies"
    loads = " and ".join(f"{point.concurrency:.4g} ({point.place})" for point in best.between)
    lines.append(
        f"best load within {within}: {best.concurrency:.4g} concurrent requests, measured at {loads}"
    )
    lines.append(f"beyond it: {best.beyond}")
    lines += [*best.answered, *dict.fromkeys(words for point in best.between for words in point.derived)]
    unknown = [point.place for point in best.between if point.failed is None]
    lines += [f"failed requests: not stated by {', '.join(unknown)}"] if unknown else []
    if rate.ratio != 1.0:
        lines.append(
            f"measured {best.requests_per_s:.4g} requests/s x {rate.ratio:.4g}, what the kernel predicts at these "
            f"lengths over what it predicts at {best.input_tokens:,.1f} and {best.output_tokens:,.1f} tokens"
        )
    if rate.wanted.role == "colocated":
        lines.append(
            f"prefill takes {rate.prefill_share:.1%} of the time, by the kernel; the requests/s are measured"
        )
    if math.isfinite(rate.predicted.requests_per_s):
        lines.append(
            f"the kernel predicts {rate.predicted.requests_per_s:.4g} requests/s at this load and these lengths, as "
            f"{rate.predicted.runs_as}"
        )
    return lines


def deployment_text(rate: MeasuredRate) -> str:
    """YAML with the key `deployments`, to be put into an instance."""
    comments = [*provenance(rate), *(f"WARNING {warning}" for warning in rate.warnings)]
    return commented_yaml(comments, {"deployments": [rate.deployment()]})


def as_record(rate: MeasuredRate) -> dict[str, Any]:
    """The same as plain data."""
    prompt, output = rate.lengths
    best = rate.best
    return {
        "requests_per_s": rate.requests_per_s,
        "input_tokens": prompt,
        "output_tokens": output,
        "measured": {
            "requests_per_s": best.requests_per_s,
            "input_tokens": best.input_tokens,
            "output_tokens": best.output_tokens,
            "concurrency": best.concurrency,
            "ttft_ms": best.ttft_ms,
            "tpot_ms": best.tpot_ms,
            "points": [point.place for point in best.between],
            "beyond": best.beyond,
        },
        "ratio": rate.ratio,
        "band_low": rate.band_low,
        "band_high": rate.band_high,
        "predicted_requests_per_s": rate.predicted.requests_per_s,
        "provenance": provenance(rate),
        "warnings": list(rate.warnings),
        "deployment": rate.deployment(),
    }
