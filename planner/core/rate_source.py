"""Where rates that an instance does not give come from."""

from __future__ import annotations

from enum import StrEnum


class RateSource(StrEnum):
    """The throughput kernel, the public package aiconfigurator, or nothing but measured units."""

    KERNEL = "kernel"
    AICONFIGURATOR = "aiconfigurator"
    MEASURED = "measured"
