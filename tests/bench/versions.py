"""The suite in fresh environments: newest versions, lowest allowed versions, and those of constraints.txt.

    python tests/bench/versions.py newest lowest constraints -- -n 2

Needs pip and an index. The lowest are read from pyproject.toml: every requirement of the core and of the `test`
extra at exactly its lower bound, so bounds that do not go together show as an environment that cannot be made.
What follows `--` goes to pytest. Prints a line for each environment and ends with 1 when any is not green.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = ("newest", "lowest", "constraints")


def direct_requirements(extra: str) -> Iterator[str]:
    """Requirements of the core and of an extra, with the extras that it takes in turn."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    yield from project["dependencies"]
    waiting = [extra]
    while waiting:
        for requirement in project["optional-dependencies"][waiting.pop()]:
            own = re.fullmatch(rf"{project['name']}\[(.+)\]", requirement)
            if own is None:
                yield requirement
            else:
                waiting += own.group(1).split(",")


def lowest(extra: str = "test") -> list[str]:
    """Every direct requirement pinned to its lower bound. Raises ValueError for one that states none."""
    pins = {}
    for requirement in direct_requirements(extra):
        found = re.match(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9][^,; ]*)", requirement)
        if found is None:
            raise ValueError(f"{requirement} states no lower bound")
        pins[found.group(1)] = f"{found.group(1)}=={found.group(2)}"
    return list(pins.values())


def made(kind: str, folder: Path) -> Path | None:
    """The Python of a fresh environment with this kind of versions; None where it cannot be made."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", f"{ROOT}[test]"]
    if kind == "constraints":
        command += ["-c", ROOT / "constraints.txt"]
    if kind == "lowest":
        (folder / "lowest.txt").write_text("\n".join(lowest()))
        command += ["-c", folder / "lowest.txt"]
    return python if subprocess.run(command, check=False).returncode == 0 else None


def main() -> int:
    """Make each environment and run the suite in it."""
    arguments, _, after = " ".join(sys.argv[1:]).partition("--")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", choices=KINDS, default=list(KINDS))
    red = 0
    for kind in parser.parse_args(arguments.split()).kinds:
        with tempfile.TemporaryDirectory(prefix=f"planner-{kind}-") as folder:
            python = made(kind, Path(folder))
            if python is None:
                print(f"{kind}: cannot be installed", flush=True)
                red += 1
                continue
            done = subprocess.run(
                [python, "-m", "pytest", "-q", "-rs", *after.split()], cwd=ROOT, check=False
            )
            red += done.returncode != 0
            print(f"{kind}: {'green' if done.returncode == 0 else 'NOT GREEN'}", flush=True)
    return min(red, 1)


if __name__ == "__main__":
    sys.exit(main())
