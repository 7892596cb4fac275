"""What is said of a service -> the text of its first instance, read back before anybody sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, tried
from planner.loader.beginning.compose import LOOSENED, TPOT_MS, TTFT_MS, instance_text
from planner.loader.beginning.sizes import cheapest_sizes
from planner.loader.benchmarks.sweep import NoLoadWithin
from planner.loader.load import loads
from planner.rates.compute import compute_rates

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.loader.beginning.compose import Service
    from planner.loader.beginning.measured import LoadTest
    from planner.loader.benchmarks.measured_rate import MeasuredRate


_LOOSER = [1.0, 2.0, 4.0, 8.0, 16.0]
"""Factors on promises that nobody made, in the order in which they are tried."""


class PromisesUnkept(InstanceError):
    """No hardware serves as promised."""


@dataclass(frozen=True)
class FirstInstance:
    """Text of the instance, texts of the files it names, and what is to be known of it: warnings, what was left out."""

    text: str
    files: dict[str, str]
    remarks: tuple[str, ...]

    @property
    def assumptions(self) -> int:
        """How many assumptions are marked in it."""
        return self.text.count("# ASSUMED: ")


def first_instance(service: Service, tested: LoadTest | None) -> FirstInstance:
    """The instance, with replicas of the size that suits each hardware, or as they were measured.

    Promises that nobody made are loosened where no hardware keeps them. Raises InstanceError with every value that does
    not fit, or where no hardware serves.
    """
    unkept: PromisesUnkept | None = None
    for assumed_ms in _assumable(service):
        try:
            return _with_promises(replace(service, assumed_ms=assumed_ms), tested)
        except PromisesUnkept as error:
            unkept = unkept or error
    raise unkept or AssertionError


def _assumable(service: Service) -> list[tuple[float, float]]:
    """What may be assumed of promises that nobody made, the usual first, the least loosened before others."""
    usual = service.assumed_ms
    ttft = [1.0] if service.ttft_ms is not None else _LOOSER
    tpot = [1.0] if service.tpot_ms is not None else _LOOSER[:3]
    factors = sorted(product(ttft, tpot), key=lambda one: (one[0] * one[1], one[1]))
    return [(usual[0] * one, usual[1] * other) for one, other in factors]


def _with_promises(service: Service, tested: LoadTest | None) -> FirstInstance:
    """The same with promises that are made or assumed. Raises PromisesUnkept where no hardware keeps them."""
    remarks = [f"note: {note}" for note in service.demand.remarks]
    with TemporaryDirectory() as folder:
        for name, text in service.demand.files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        faults: list[Fault] = []
        rate: MeasuredRate | None = None
        try:
            rate = None if tested is None else _rate_of(tested, service, folder)
        except PromisesUnkept:
            raise
        except InstanceError as error:
            faults += error.faults
        if tested is not None and service.tpot_ms is None:
            remarks.append(f"note: {tested.times_per_token()}")
        if tested is not None and rate is not None:
            remarks += [f"warning: {warning}" for warning in rate.warnings]
            service = replace(service, measured={tested.facts.accelerator: rate})
        if faults:
            tried(faults, partial(_sized, service, folder))
            raise InstanceError(faults)
        service, left_out = _sized(service, folder)
    remarks += [f"left out: {reason}" for reason in left_out]
    if service.assumed_ms != (TTFT_MS, TPOT_MS):
        remarks.append(f"note: promises that nobody made are {LOOSENED}: look at sla")
    return FirstInstance(instance_text(service), service.demand.files, tuple(remarks))


def _rate_of(tested: LoadTest, service: Service, folder: str) -> MeasuredRate:
    """What a load test says of the service.

    Raises InstanceError where no load keeps its promises, PromisesUnkept where nobody made all of them.
    """
    try:
        return tested.rate_in(_read_back(service, folder), service.workload)
    except NoLoadWithin as error:
        if service.ttft_ms is None or service.tpot_ms is None:
            raise PromisesUnkept([*error.faults]) from None
        raise


def _read_back(service: Service, folder: str) -> Instance:
    """The instance as it would be read. Raises InstanceError without places in files that nobody has."""
    try:
        return loads(instance_text(service), folder)
    except InstanceError as error:
        unseen = [replace(one, file="", line=None, column=None) for one in error.faults]
        raise InstanceError(unseen) from None


def _sized(service: Service, folder: str) -> tuple[Service, list[str]]:
    """The service with sizes of replicas, on the hardware that can serve it, and why not on other."""
    instance = _read_back(service, folder)
    rates = compute_rates(instance)
    sizes = cheapest_sizes(instance, rates, service.workload)
    why = dict.fromkeys(f"{one.name}: {one.why}" for one in rates.rejected if one.hardware not in sizes)
    if not sizes:
        raise PromisesUnkept(
            [Fault(f"no replica serves this as promised: {reason}", "--hardware") for reason in why]
        )
    offers = [one for one in service.offers if one.hardware in sizes]
    return replace(service, sizes=sizes, offers=offers), list(why)
