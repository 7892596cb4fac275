"""Zones of time by their IANA names, such as Europe/Berlin."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean


def zone_of(name: str, path: str) -> ZoneInfo:
    """The zone of a name. Raises InstanceError at `path` where there is none, with what may have been meant."""
    known = available_timezones()
    if name not in known:
        hint = did_you_mean(name, known)
        hint = hint if "mean" in hint else ": an IANA name, such as Europe/Berlin or UTC"
        raise InstanceError([Fault(f"'{name}' is no zone of time{hint}", path)])
    return ZoneInfo(name)
