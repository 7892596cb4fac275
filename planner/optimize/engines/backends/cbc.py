"""CBC, the program that comes with PuLP: bound, gap and end are read from its own log, never from PuLP."""

from __future__ import annotations

import importlib.util
import math
import platform
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.engines.mps import write_mps
from planner.optimize.engines.protocol import Claim, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.channel import HostChannel
    from planner.optimize.engines.protocol import EngineOptions
    from planner.optimize.engines.raw import RawProgram

DISTRIBUTION = "pulp"
# measured: it calls 227.19 optimal where 226.88 exists, and a limit an infeasibility
PROOFS = frozenset[Claim]()
EXACT = True

_NUMBER = r"([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)"
_VERSION = re.compile(r"^Version:\s+(\S+)", re.MULTILINE)
_LOWER_BOUND = re.compile(rf"best possible {_NUMBER}|^Lower bound:\s+{_NUMBER}")
_OBJECTIVE = re.compile(rf"^Objective value:\s+{_NUMBER}|^Optimal objective {_NUMBER}")
_CLAIMS = {
    "Result - Optimal solution found": Claim.OPTIMAL,
    "Optimal objective": Claim.OPTIMAL,
    "Result - Problem proven infeasible": Claim.INFEASIBLE,
    "Result - Linear relaxation infeasible": Claim.INFEASIBLE,
    "Problem is infeasible": Claim.INFEASIBLE,
    "Result - Linear relaxation unbounded": Claim.UNBOUNDED,
    "Problem is unbounded": Claim.UNBOUNDED,
}
_EITHER = "Pre-processing says infeasible or unbounded"
_WITHIN_GAP = "within gap tolerance"


def version() -> str:
    """Version of the CBC program."""
    said = subprocess.run(
        [_binary(), "-quit"], capture_output=True, text=True, check=False, timeout=30
    ).stdout
    found = _VERSION.search(said)
    if found is None:
        raise OSError("CBC does not say its version")
    return found.group(1)


def refusal(program: RawProgram) -> str | None:
    """CBC takes every program that has columns."""
    return None if program.column_count else "CBC does not take a program without columns"


def run(program: RawProgram, options: EngineOptions, channel: HostChannel) -> Outcome:
    """Solve; see `Backend.run`. CBC gives its plan at its end only; bounds come on the way."""
    with tempfile.TemporaryDirectory(prefix="planner-cbc-") as folder:
        model, plan = Path(folder, "model.mps"), Path(folder, "plan.txt")
        write_mps(program, model)
        command = [_binary(), str(model), *_switches(program, options, channel, Path(folder, "hint.txt"))]
        process = subprocess.Popen(
            [*command, "-solve", "-solution", str(plan)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        channel.on_interrupt(lambda: process.send_signal(signal.SIGINT))
        assert process.stdout is not None
        log = _Log(program)
        with process.stdout as lines:
            for line in lines:
                log.read(line)
                channel.report(bound=log.bound)
        if process.wait() != 0:
            raise RuntimeError(f"CBC left with exit code {process.returncode}: {log.last}")
        values = _read_plan(plan, program.column_count)
    limit = None if log.claim is not Claim.NOTHING else "interrupt" if channel.interrupted else "time"
    return Outcome(claim=log.claim, bound=log.bound, values=values, limit=limit)


class _Log:
    """What CBC's log says so far: a valid bound (offset included) and a claim."""

    def __init__(self, program: RawProgram) -> None:
        self._offset = program.offset
        self._either = Claim.INFEASIBLE if math.isfinite(program.cost_floor()) else Claim.NOTHING
        self._exact = False
        self.bound = -math.inf
        self.claim = Claim.NOTHING
        self.last = ""

    def read(self, line: str) -> None:
        """Take one line."""
        self.last = line.strip() or self.last
        if line.startswith(_EITHER):
            self.claim = self._either
        for text, claim in _CLAIMS.items():
            if line.startswith(text):
                self.claim = claim
                self._exact = _WITHIN_GAP not in line
        self._raise(_LOWER_BOUND.search(line))
        if self.claim is Claim.OPTIMAL and self._exact:
            self._raise(_OBJECTIVE.search(line))

    def _raise(self, found: re.Match[str] | None) -> None:
        if found is None:
            return
        bound = _rounded_down(next(filter(None, found.groups()))) + self._offset
        if bound > -1e40:  # CBC's word for no bound is -1e50
            self.bound = max(self.bound, bound)


def _rounded_down(text: str) -> float:
    """The printed number less half a unit of its last digit: printing may have rounded it up."""
    mantissa, _, exponent = text.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(text) - 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _switches(program: RawProgram, options: EngineOptions, channel: HostChannel, hint: Path) -> list[str]:
    switches = ["-timeMode", "elapsed", "-ratio", repr(options.relative_gap), "-allow", "0"]
    switches += [
        "-randomCbcSeed",
        str(options.seed),
        "-threads",
        str(options.threads if options.threads > 1 else 0),
    ]
    if math.isfinite(channel.seconds_left):
        switches += ["-sec", f"{channel.seconds_left:.3f}"]
    if options.hint is not None:
        known = np.flatnonzero(~np.isnan(options.hint) & program.integer).tolist()
        hint.write_text(
            "hint\n" + "".join(f"{j} C{j} {options.hint[j]:.0f} 0\n" for j in known), encoding="ascii"
        )
        switches += ["-mipstart", str(hint)]
    return switches


def _read_plan(path: Path, count: int) -> NDArray[np.float64] | None:
    """Column values of a solution file, which lists those that are not 0; None when CBC wrote none."""
    if not path.exists():
        return None
    values = np.zeros(count)
    for line in path.read_text(encoding="ascii").splitlines()[1:]:
        words = line.replace("**", "").split()
        values[int(words[1][1:])] = float(words[2])
    return values


def _binary() -> str:
    """Path of the CBC that PuLP carries; found without importing PuLP, which would load other solvers."""
    spec = importlib.util.find_spec("pulp")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("PuLP, which carries CBC, is not installed")
    system = {"darwin": "osx", "win32": "win"}.get(sys.platform, "linux")
    machine = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "i64"
    name = "cbc.exe" if system == "win" else "cbc"
    path = Path(spec.submodule_search_locations[0], "solverdir", "cbc", system, machine, name)
    if not path.exists():
        raise OSError(f"there is no CBC at {path}")
    return str(path)
