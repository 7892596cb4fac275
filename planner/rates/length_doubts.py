"""Doubts about lengths: of which only means are given, and what their variation would make of the rates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels import RequestLengths
from kernels.lengths import gamma_law
from planner.instance import Phase
from planner.rates.kernel import alike_in_conditions, asked_of, conditions_of
from planner.rates.kernel_detail import KERNEL
from planner.rates.options import expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernels import Conditions
    from planner.instance import Instance
    from planner.rates.rates import Rates

PUBLIC_SCV = (0.9, 10.0)
"""Squared variation of prompts in public traces: the Azure conversations of 2023, ServeGen's deepseek-r1."""


def length_doubts(instance: Instance, rates: Rates) -> Iterator[str]:
    """One sentence for each workload of which the kernel rated units that read, knowing its mean lengths alone."""
    for column, work in enumerate(rates.works):
        lengths = instance.workloads[work.workload].lengths
        readers = [
            unit
            for unit in np.flatnonzero(rates.rate[:, column]).tolist()
            if rates.details[unit][work.name].source == KERNEL
        ]
        if work.phase is not Phase.PREFILL or lengths is None or lengths.vary or not readers:
            continue
        shares = [_least_share(instance, rates, column, readers, scv) for scv in PUBLIC_SCV]
        low, high = PUBLIC_SCV
        yield (
            f"workloads.{work.workload}.lengths: means alone, so that every prompt counts as one of "
            f"{lengths.input_tokens:,.0f} tokens. Attention grows with the square of the length: were prompts to vary "
            f"as in public traces (squared variation {low:g} to {high:g}), units would read {shares[0]:.2f} to "
            f"{shares[1]:.2f} of what they are planned to; give classes, csv, or input_scv and output_scv"
        )


def _least_share(instance: Instance, rates: Rates, column: int, units: list[int], scv: float) -> float:
    """Smallest share of its rate that one of some units would do, did prompts follow a gamma law of this variation."""
    work = rates.works[column]
    named = {one.name: one for one in expand(instance)}
    options = [named[rates.units[unit].name] for unit in units]
    architecture = kernels.architecture(instance.workloads[work.workload].model)
    least = 1.0
    for places in alike_in_conditions(instance, work.workload, list(range(len(options))), options):
        asked = [options[place] for place in places]
        varied = _varied(
            conditions_of(instance, work.workload, asked[0].run, sharing=asked[0].workloads), scv
        )
        points = kernels.operating_points(architecture, asked_of(instance, asked), varied)
        planned = rates.rate[[units[place] for place in places], column]
        shares = points.prefill_tokens_per_s / planned
        least = min(least, float(np.nanmin(shares, initial=1.0)))
    return least


def _varied(given: Conditions, scv: float) -> Conditions:
    """The conditions with prompts that vary, the same share of each cached, and no limit on the time of a prompt."""
    prompt, share = gamma_law(given.input_tokens, scv)
    cached = prompt * given.cache_hit_share
    lengths = RequestLengths(share, prompt - cached, cached, np.full_like(prompt, given.output_tokens))
    return replace(
        given,
        lengths=lengths,
        kv_tokens=given.context_tokens,
        prefill_time_s=np.inf,
    )
