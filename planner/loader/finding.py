"""What a check of an instance finds: where in the instance, and what is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.loader.strict_yaml import Path

PathFinding = tuple["Path", str]
