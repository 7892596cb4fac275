"""What a process sees after `pip install -e .`: the packages the core depends on, and no other.

    python -m tests.app.cli.core_only FILE

runs the command lines in FILE (a JSON list of lists) one after another where every import of another installed
package fails as it would if that were not there, and prints a JSON list of (exit code, what was printed).
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]


def project() -> dict[str, object]:
    """The `project` table of pyproject.toml."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """The distribution that a requirement names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return normal(found.group())


def closure(requirements: Sequence[str]) -> set[str]:
    """Distributions that these requirements bring along, without anybody's extras."""
    known: set[str] = set()
    waiting = [name_of(requirement) for requirement in requirements]
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        try:
            further = requires(name) or []
        except PackageNotFoundError:  # for another system or version of Python
            continue
        waiting += [name_of(text) for text in further if not re.search(r"extra\s*==", text)]
    return known


class OthersMissing(MetaPathFinder):
    """Refuses every installed module that none of these distributions holds."""

    def __init__(self, distributions: set[str]) -> None:
        self._refused = {
            module
            for module, holders in packages_distributions().items()
            if not {normal(holder) for holder in holders} & distributions
        } - {"planner", "kernels", "tests", "pip"}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Nothing, or ModuleNotFoundError."""
        if fullname.partition(".")[0] in self._refused:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def main() -> None:
    """Run the command lines."""
    dependencies = project()["dependencies"]
    assert isinstance(dependencies, list)
    sys.meta_path.insert(0, OthersMissing(closure(dependencies)))
    from typer.testing import CliRunner

    from planner.app.cli.main import app
    from planner.core.errors import PlannerError
    from planner.optimize.engines import run
    from tests.warm_engines import WarmEngines

    engines = WarmEngines()
    run.EngineProcess = engines.take  # type: ignore[assignment,misc]
    answers = []
    for arguments in json.loads(Path(sys.argv[1]).read_text()):
        done = CliRunner().invoke(app, arguments)
        if isinstance(done.exception, PlannerError):
            answers.append((int(done.exception.exit_code), f"{done.output}{done.exception}"))
        else:
            trouble = done.exception if done.exit_code == 1 else ""
            answers.append((done.exit_code, f"{done.output}{type(trouble).__name__}: {trouble}"))
    engines.close()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
