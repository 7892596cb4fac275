"""What the project states about itself: versions, licence, and the files that say so."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import planner
from tests.app.cli.core_only import project
from tests.bench.versions import direct_requirements, lowest

ROOT = Path(__file__).parents[2]


def pins() -> dict[str, list[str]]:
    """The exact versions of constraints.txt by distribution; several where they depend on the Python."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pin = re.fullmatch(r"([a-z0-9-]+)==([^ ;]+)( ; .+)?", line)
            assert pin is not None, line
            found.setdefault(pin.group(1), []).append(pin.group(2))
    return found


def test_constraints_pin_every_requirement_within_its_bounds() -> None:
    pinned = pins()
    for text in direct_requirements("test"):
        requirement = Requirement(text)
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), text


def test_every_requirement_has_a_lower_bound_that_its_own_range_admits() -> None:
    floors = {canonicalize_name(Requirement(pin).name): Requirement(pin) for pin in lowest()}
    for text in direct_requirements("test"):
        requirement = Requirement(text)
        (pin,) = floors[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), text


def test_the_version_is_the_same_everywhere() -> None:
    assert project()["version"] == planner.__version__
    assert f"## [{planner.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_licence_is_there_and_packed() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "[name of copyright owner]" not in text
    assert project()["license"] == "Apache-2.0"
    assert project()["license-files"] == ["LICENSE"]
